"""/duplicates: records that are likely one: found for nothing, merged when a person says so."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from dealwright.core.clock import from_ms
from dealwright.core.correction import CorrectionKind
from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.core.twins import IN_WORDS, Sign
from dealwright.pipeline import duplicates as finding
from dealwright.pipeline import mergeplan
from dealwright.pipeline.mergeplan import Fate, merge_price, plan_merge, queue_merge
from dealwright.store import duplicates as store_of
from dealwright.store.connections import connection
from dealwright.store.corrections import Correction, correction, correction_states, list_corrections
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Duplicates"])

READ = allowed(Permission.MIRROR_READ)
Acting = Annotated[Act, acting(Permission.DELIVERIES_ACT)]
Running = Annotated[Act, acting(Permission.JOBS_RUN)]

Number = Annotated[int, Field(ge=1, le=LARGEST)]

#: A page goes on by score, then by number; both are in one number.
_SCORE = 2**50


class FindIn(Given):
    """Which account is to be looked through, and for which kinds (all three without)."""

    connection_id: Number
    kinds: list[RecordKind] | None = Field(default=None, min_length=1, max_length=6)


class Looked(BaseModel):
    """A kind that was looked through: so many records, when."""

    kind: RecordKind
    records: int
    at: datetime


class LooksOut(BaseModel):
    """What was looked through."""

    items: list[Looked]


class Reason(BaseModel):
    """What two records have in common, as a code and in words."""

    sign: Sign
    words: str


class PairOut(BaseModel):
    """Two records that are likely one; `score` is out of 100."""

    one: int
    other: int
    score: int
    reasons: list[Reason]


class DuplicatesOut(BaseModel):
    """Records that are likely all one, and the price of merging them."""

    id: int
    connection_id: int
    kind: RecordKind
    records: list[int]
    score: int
    tokens: int
    found_at: datetime
    pairs: list[PairOut]


class FieldOut(BaseModel):
    """A value of a record that goes, and what stands in the one that stays, before and after."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    gone: str
    before: str
    after: str
    fate: Fate


class TwinOut(BaseModel):
    """A record: how many of the senders' ids are linked to it, and how much hangs on it."""

    model_config = ConfigDict(from_attributes=True)

    record_id: int
    name: str
    made: str = Field(description="When it was made, as Pipedrive says.")
    links: int
    hanging: int = Field(description="Persons, deals and leads in the mirror.")
    fields: list[FieldOut]


class MergeOut(BaseModel):
    """A merge that was begun, and how many of its Deliveries are in each state."""

    id: int
    connection_id: int
    summary: str
    made_by: str
    made_at: datetime
    states: dict[State, int]


class MergePlanOut(BaseModel):
    """What a merge does: each of `going` becomes part of `into`; `merge` where it was begun."""

    duplicates_id: int
    kind: RecordKind
    into: TwinOut
    going: list[TwinOut]
    lost: int = Field(description="Values that are gone for good.")
    links: int = Field(description="Links that move to the record that stays.")
    tokens: int
    merge: MergeOut | None = None


class MergeIn(Given):
    """Which record stays, and which go (all others without). It cannot be undone.

    With `dry_run` nothing is done, and what would be is told.
    """

    into: Number | None = Field(
        default=None,
        description="Else that with the most Links, on which most hangs, that is the oldest.",
    )
    only: list[Number] = Field(default=[], max_length=100)
    dry_run: bool = False


class NotSameIn(Given):
    """Which records are not the same: one is none of the others, of several each is another.

    Without any, all of them are different.
    """

    records: list[Number] = Field(default=[], max_length=100)


class NotSameOut(BaseModel):
    """How many pairs that was news of."""

    pairs: int


@router.post("/duplicates/find")
async def find_duplicates(given: FindIn, act: Running) -> LooksOut:
    """Look through the mirror of an account now; costs no API tokens."""
    early = await act.earlier(answer=LooksOut)
    if early is not None:
        return early
    office = act.office
    await office.read(lambda db: connection(db, given.connection_id))
    kinds = given.kinds or finding.KINDS
    looked = await finding.find_duplicates(
        office.store, given.connection_id, now_ms=office.now_ms(), kinds=kinds
    )
    told = [Looked(kind=one.kind, records=one.records, at=from_ms(one.at_ms)) for one in looked]

    def change(db: sa.Connection) -> LooksOut:
        after = {"kinds": [one.kind.value for one in looked]}
        act.note(db, "duplicates.find", f"connection:{given.connection_id}", after=after)
        return LooksOut(items=told)

    return await act.do(change, answer=LooksOut)


@router.get("/duplicates", dependencies=[READ])
async def list_duplicates(
    office: Desk,
    connection_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    kind: RecordKind | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DuplicatesOut]:
    """What is likely one, the surest first."""
    place = place_of(cursor, of="duplicates")
    before = None if place is None else divmod(place, _SCORE)
    found = await office.read(
        lambda db: store_of.list_duplicates(
            db, connection_id=connection_id, kind=kind, limit=limit, before=before
        )
    )
    last = found[-1].group.score * _SCORE + found[-1].id if len(found) == limit else None
    following = None if last is None else cursor_before("duplicates", last)
    return Page(items=[_shown(one) for one in found], next_cursor=following)


@router.get("/duplicates/{group_id}", dependencies=[READ])
async def duplicates(group_id: Id, office: Desk) -> DuplicatesOut:
    """One group, with the reasons of each pair."""
    return _shown(await office.read(lambda db: store_of.group_of(db, group_id)))


@router.post(
    "/duplicates/{group_id}/merge", status_code=201, responses={200: {"model": MergePlanOut}}
)
async def merge_duplicates(
    group_id: Id, given: MergeIn, act: Acting, response: Response
) -> MergePlanOut:
    """Merge by Pipedrive's own merge; or with `dry_run` only tell what is lost, and the price."""

    def planned(db: sa.Connection) -> mergeplan.MergePlan:
        return plan_merge(db, group_id, into=given.into, only=given.only)

    if given.dry_run:
        response.status_code = 200
        return _told(await act.office.read(planned))

    def change(db: sa.Connection) -> MergePlanOut:
        plan = planned(db)
        made = queue_merge(db, plan, made_by=act.who.name, now_ms=act.office.now_ms())
        act.note(db, "merge.create", f"merge:{made.id}", after={"what": made.summary})
        return _told(plan).model_copy(update={"merge": _merge(db, made)})

    return await act.do(change, answer=MergePlanOut)


@router.post("/duplicates/{group_id}/not-same")
async def tell_duplicates_apart(group_id: Id, given: NotSameIn, act: Acting) -> NotSameOut:
    """Say that records are not the same; it is remembered for good."""

    def change(db: sa.Connection) -> NotSameOut:
        pairs = finding.say_apart(
            db, group_id, given.records, said_by=act.who.name, now_ms=act.office.now_ms()
        )
        after: dict[str, Any] = {"records": given.records or "all", "pairs": pairs}
        act.note(db, "duplicates.not_same", f"duplicates:{group_id}", after=after)
        return NotSameOut(pairs=pairs)

    return await act.do(change, answer=NotSameOut)


@router.get("/merges", dependencies=[READ])
async def list_merges(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[MergeOut]:
    """Merges, newest first."""
    before = place_of(cursor, of="merges")

    def look(db: sa.Connection) -> list[MergeOut]:
        kind = CorrectionKind.MERGE
        found = list_corrections(db, kind=kind, limit=limit, before=before)
        return [_merge(db, one) for one in found]

    items = await office.read(look)
    following = cursor_before("merges", items[-1].id) if len(items) == limit else None
    return Page(items=items, next_cursor=following)


@router.get("/merges/{merge_id}", dependencies=[READ])
async def merge(merge_id: Id, office: Desk) -> MergeOut:
    """One merge, and how far it is."""
    return await office.read(
        lambda db: _merge(db, correction(db, merge_id, kind=CorrectionKind.MERGE))
    )


def _shown(one: store_of.Duplicates) -> DuplicatesOut:
    return DuplicatesOut(
        id=one.id,
        connection_id=one.connection_id,
        kind=one.kind,
        records=[int(record_id) for record_id in one.group.ids],
        score=one.group.score,
        tokens=(len(one.group.ids) - 1) * merge_price(one.kind),
        found_at=from_ms(one.found_at_ms),
        pairs=[
            PairOut(
                one=int(pair.one),
                other=int(pair.other),
                score=pair.score,
                reasons=[Reason(sign=sign, words=IN_WORDS[sign]) for sign in pair.signs],
            )
            for pair in one.group.pairs
        ],
    )


def _told(plan: mergeplan.MergePlan) -> MergePlanOut:
    return MergePlanOut(
        duplicates_id=plan.group.id,
        kind=plan.group.kind,
        into=TwinOut.model_validate(plan.into),
        going=[TwinOut.model_validate(twin) for twin in plan.going],
        lost=plan.lost,
        links=plan.links,
        tokens=plan.tokens,
    )


def _merge(db: sa.Connection, one: Correction) -> MergeOut:
    return MergeOut(
        id=one.id,
        connection_id=one.connection_id,
        summary=one.summary,
        made_by=one.made_by,
        made_at=from_ms(one.made_at_ms),
        states=correction_states(db, one.id),
    )
