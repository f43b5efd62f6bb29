"""/undos: taking back what was written; planned first, then done by the one way to write."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from dealwright.core.clock import from_ms, to_ms
from dealwright.core.correction import CorrectionKind, Selection
from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.core.undo import Refused as RefusedPart
from dealwright.core.undo import Turned as TurnedPart
from dealwright.pipeline import undoplan
from dealwright.pipeline.undoplan import plan_undo, queue_undo
from dealwright.store import corrections as store_of
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.deliveries import Delivery, shown
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Undo"])

READ = allowed(Permission.DELIVERIES_READ)
Acting = Annotated[Act, acting(Permission.DELIVERIES_ACT)]

Number = Annotated[int, Field(ge=1, le=LARGEST)]

#: Records that a plan names one by one; its figures are of all.
NAMED: Final = 200


class RecordIn(Given):
    """A record of the account."""

    kind: RecordKind
    id: Number | Annotated[str, Field(max_length=36)]


class UndoIn(Given):
    """What is to be undone; more than one of these narrows, and one is needed.

    One Delivery, a version of a Mapping, a replay, a meeting, a card's button, a record, an undo,
    or everything since a moment. With `dry_run` nothing is done, and what would be is told.
    """

    connection_id: Number | None = None
    delivery_id: Number | None = None
    mapping_id: Number | None = None
    mapping_version: Number | None = Field(default=None, description="Else all of them.")
    replay_id: Number | None = None
    meeting_id: Number | None = None
    card_act_id: Number | None = None
    undo_id: Number | None = None
    record: RecordIn | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    remove_created: bool = Field(
        default=False, description="Delete records that were made, where nobody has touched them."
    )
    dry_run: bool = False

    def selection(self) -> Selection:
        """The same as the store understands it; raises InvalidRequest."""
        if self.mapping_version is not None and self.mapping_id is None:
            raise InvalidRequest("mapping_version: say of which mapping, by mapping_id.")
        return Selection(
            connection_id=self.connection_id,
            delivery=self.delivery_id,
            mapping_id=self.mapping_id,
            mapping_version=self.mapping_version,
            replay=self.replay_id,
            meeting=self.meeting_id,
            card_act=self.card_act_id,
            undo=self.undo_id,
            record_kind=self.record.kind if self.record else None,
            record_id=self.record.id if self.record else None,
            since_ms=None if self.since is None else to_ms(self.since),
            until_ms=None if self.until is None else to_ms(self.until),
            remove_created=self.remove_created,
        )


class Turned(BaseModel):
    """A field that is put back: what stands there now, and what will; "" is nothing."""

    field: str
    now: str
    then: str


class Refused(BaseModel):
    """What is not undone, and why; `field` is "" for the record as a whole."""

    field: str
    code: str
    sentence: str


class UndoneRecord(BaseModel):
    """What an undo does to one record; `seen`: compared with the mirror's copy of it."""

    kind: RecordKind
    id: int | str
    name: str
    seen: bool
    tokens: int
    turned: list[Turned]
    refused: list[Refused]


class Undo(BaseModel):
    """An undo that was begun, and how many of its Deliveries are in each state."""

    id: int
    connection_id: int
    summary: str
    made_by: str
    made_at: datetime
    states: dict[State, int]


class Plan(BaseModel):
    """What an undo does, at most 200 of its records by name; `undo` where it was begun."""

    connection_id: int
    summary: str
    records: int = Field(description="Records that anything is done to.")
    left: int = Field(description="Records that are left as they are.")
    tokens: int = Field(description="API tokens, at most.")
    items: list[UndoneRecord]
    refused: list[Refused]
    undo: Undo | None = None


@router.post("/undos", status_code=201, responses={200: {"model": Plan}})
async def create_undo(given: UndoIn, act: Acting, response: Response) -> Plan:
    """Undo; or with `dry_run` only tell what that would do, what it costs and what stays."""
    selection = given.selection()
    if given.dry_run:
        response.status_code = 200
        return await act.office.read(lambda db: _told(plan_undo(db, selection)))
    early = await act.earlier(answer=Plan)
    if early is not None:
        return early
    # Apart from the change: a plan of many records takes seconds, and nobody else writes meanwhile.
    plan = await act.office.read(lambda db: plan_undo(db, selection))

    def change(db: sa.Connection) -> Plan:
        made = queue_undo(db, plan, made_by=act.who.name, now_ms=act.office.now_ms())
        undo = _shown(db, made)
        after = {**given.model_dump(mode="json", exclude_none=True), "records": len(plan.to_do)}
        act.note(db, "undo.create", f"undo:{made.id}", after=after)
        return _told(plan).model_copy(update={"undo": undo})

    return await act.do(change, answer=Plan)


@router.get("/undos", dependencies=[READ])
async def list_undos(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[Undo]:
    """Undos, newest first."""
    before = place_of(cursor, of="undos")

    def look(db: sa.Connection) -> list[Undo]:
        kind = CorrectionKind.UNDO
        found = store_of.list_corrections(db, kind=kind, limit=limit, before=before)
        return [_shown(db, one) for one in found]

    items = await office.read(look)
    following = cursor_before("undos", items[-1].id) if len(items) == limit else None
    return Page(items=items, next_cursor=following)


@router.get("/undos/{undo_id}", dependencies=[READ])
async def undo(undo_id: Id, office: Desk) -> Undo:
    """One undo, and how far it is."""
    return await office.read(
        lambda db: _shown(db, store_of.correction(db, undo_id, kind=CorrectionKind.UNDO))
    )


@router.get("/undos/{undo_id}/deliveries", dependencies=[READ])
async def list_undo_deliveries(
    undo_id: Id, office: Desk, limit: Limit = 50, cursor: Cursor = None
) -> Page[Delivery]:
    """What became of each record of an undo, newest first."""
    before = place_of(cursor, of="deliveries")

    def look(db: sa.Connection) -> list[Delivery]:
        where = DeliveryFilter(
            correction_id=store_of.correction(db, undo_id, kind=CorrectionKind.UNDO).id
        )
        return [shown(one) for one in find_deliveries(db, where, limit=limit, before=before)]

    items = await office.read(look)
    following = cursor_before("deliveries", items[-1].id) if len(items) == limit else None
    return Page(items=items, next_cursor=following)


def _shown(db: sa.Connection, one: store_of.Correction) -> Undo:
    return Undo(
        id=one.id,
        connection_id=one.connection_id,
        summary=one.summary,
        made_by=one.made_by,
        made_at=from_ms(one.made_at_ms),
        states=store_of.correction_states(db, one.id),
    )


def _told(plan: undoplan.UndoPlan) -> Plan:
    to_do = plan.to_do
    named = [*to_do, *(one for one in plan.records if not one.does_something)][:NAMED]
    return Plan(
        connection_id=plan.connection_id,
        summary=plan.selection.summary,
        records=len(to_do),
        left=len(plan.records) - len(to_do),
        tokens=plan.tokens,
        items=[_record(one) for one in named],
        refused=_refused(plan.refused),
    )


def _record(one: undoplan.RecordUndo) -> UndoneRecord:
    return UndoneRecord(
        kind=one.kind,
        id=one.record_id,
        name=one.name,
        seen=one.seen,
        tokens=one.tokens,
        turned=[Turned(**_facts(turned)) for turned in one.reversal.turned],
        refused=_refused(one.reversal.refused),
    )


def _refused(some: Sequence[RefusedPart]) -> list[Refused]:
    return [Refused(**_facts(refused)) for refused in some]


def _facts(one: TurnedPart | RefusedPart) -> dict[str, Any]:
    return one._asdict()
