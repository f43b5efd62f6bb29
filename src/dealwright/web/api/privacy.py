"""/privacy: find, export and erase somebody, and the list of whom nothing is taken in."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dealwright.core.clock import from_ms
from dealwright.core.privacy import Identity, IdentityKind, asked_for
from dealwright.pipeline.privacyerase import Wish, progress_of
from dealwright.pipeline.privacyexport import export as export_of
from dealwright.pipeline.privacyfind import Asked, Found, find
from dealwright.pipeline.privacykeys import opened_keys
from dealwright.pipeline.privacylist import Listing
from dealwright.pipeline.privacyproof import ProofRefused, verified
from dealwright.pipeline.privacyruns import Erasures
from dealwright.store import privacy as kept
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import Count, Given, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Privacy"])

READ = allowed(Permission.PRIVACY)
Doing = Annotated[Act, acting(Permission.PRIVACY)]
_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}}}
_PROOF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}
Text = Annotated[str, Field(max_length=500)]


class Whom(Given):
    """Somebody, by one thing or several. A `person_id` is of a Connection.

    `follow`: what is named leads one step further, as an event with a user id and an address does.
    """

    email: Text = ""
    phone: Text = ""
    user_id: Text = ""
    source_id: Annotated[int, Field(ge=0)] = 0
    person_id: Annotated[int, Field(ge=0)] = 0
    connection_id: Annotated[int, Field(ge=0)] = 0
    follow: bool = True

    def asked(self) -> Asked:
        """As it is looked for; raises ConfigError (`invalid_person`)."""
        found = asked_for(
            email=self.email, phone=self.phone, user_id=self.user_id, source_id=self.source_id
        )
        if self.person_id:
            one = Identity(IdentityKind.PERSON, str(self.person_id), self.connection_id)
            found = (*found, one)
        return Asked(identities=found, follow=self.follow)


class ErasureIn(Whom):
    """Somebody who is to be forgotten, and how."""

    suppress: bool = True
    meetings: bool = False
    compact: bool = True


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class KnownAs(_Shown):
    """By what somebody is known, and where that was found."""

    kind: IdentityKind
    value: str
    scope: int
    via: str


class Placed(_Shown):
    """How much stands in one place."""

    place: str
    theirs: int
    named: int
    held: int


class Standing(_Shown):
    """A person in Pipedrive, who stays there."""

    connection: str
    person_id: int
    url: str


class Everything(_Shown):
    """All that the hub holds of somebody; `meetings` and `held` are ids of pages."""

    known_as: list[KnownAs]
    places: list[Placed]
    meetings: list[str]
    held: list[str]
    in_pipedrive: list[Standing]


class Erasure(BaseModel):
    """An erasure: `running` or `done`; `share` of it is done, about."""

    id: int
    state: str
    share: float
    made_by: str
    begun_at: datetime
    ended_at: datetime | None


class Begun(Erasure):
    """An erasure that was begun, and its plan: what goes, and what stays in Pipedrive."""

    plan: Everything


class Line(BaseModel):
    """A line of the suppression list: a keyed digest, which nobody can read."""

    digest: str
    kind: str
    added_by: str
    added_at: datetime


class Checked(BaseModel):
    """Whether somebody is on the list."""

    suppressed: bool


class Verified(BaseModel):
    """What a proof of this hub says."""

    document: dict[str, Any]


@router.post("/privacy/find", dependencies=[READ])
async def find_person(given: Whom, office: Desk) -> Everything:
    """Everything that the hub holds of somebody, counted by place. Reads the whole store."""
    return Everything.model_validate(await find(office.store, office.vault, given.asked()))


@router.post("/privacy/export", responses=_ZIP)
async def export_person(given: Whom, act: Doing) -> Response:
    """A ZIP of everything of somebody, with a readme in plain words."""
    office = act.office
    body, _ = await export_of(office.store, office.vault, given.asked(), clock=office.clock)
    await office.write(lambda db: act.note(db, "privacy.export", "person"))
    named = {"content-disposition": 'attachment; filename="person.zip"'}
    return Response(body, media_type="application/zip", headers=named)


@router.post("/privacy/erasures", status_code=201)
async def erase_person(given: ErasureIn, act: Doing) -> Begun:
    """Begin to forget somebody; /privacy/erasures/{id} tells when it is done.

    Asked for again before that, it is the same erasure.
    """
    office, runs = act.office, _runs(act.request)
    found: Found = await find(office.store, office.vault, given.asked())
    wish = Wish(suppress=given.suppress, meetings=given.meetings, compact=given.compact)
    number = await runs.eraser.begin(found, wish, by=act.who)
    runs.go_on(number)
    told = await _erasure(office, number)
    return Begun(**told.model_dump(), plan=Everything.model_validate(found))


@router.get("/privacy/erasures", dependencies=[READ])
async def list_erasures(
    office: Desk,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> Page[Erasure]:
    """Erasures, the newest first."""
    found = await office.read(lambda db: kept.list_erasures(db, limit=limit, before=cursor))
    following = str(found[-1].id) if len(found) == limit else None
    return Page(items=[_shown(one) for one in found], next_cursor=following)


@router.get("/privacy/erasures/{erasure_id}", dependencies=[READ])
async def erasure(erasure_id: Id, office: Desk) -> Erasure:
    """How far one is."""
    return await _erasure(office, erasure_id)


@router.post("/privacy/erasures/{erasure_id}/resume")
async def resume_erasure(erasure_id: Id, act: Doing) -> Erasure:
    """Go on with one that broke off."""
    told = await _erasure(act.office, erasure_id)
    if told.ended_at is None:
        _runs(act.request).go_on(erasure_id)
    return told


@router.get("/privacy/erasures/{erasure_id}/proof", dependencies=[READ], responses=_PROOF)
async def proof(erasure_id: Id, office: Desk) -> Response:
    """The signed proof of one that is done."""
    found = await office.read(lambda db: kept.erasure(db, erasure_id))
    if found.proof is None:
        raise ProofRefused(f"Erasure {erasure_id} is not done yet.", code="not_erased_yet")
    named = {"content-disposition": f'attachment; filename="erasure-{erasure_id}.json"'}
    return Response(found.proof, media_type="application/json", headers=named)


@router.post("/privacy/verify", dependencies=[READ])
async def verify_proof(given: dict[str, Any], office: Desk) -> Verified:
    """See that a proof is as this hub signed it."""
    keys = await office.read(lambda db: opened_keys(db, office.vault))
    document = verified(msgspec.json.encode(given), keys)
    return Verified(document=msgspec.to_builtins(document))


@router.get("/privacy/suppressed", dependencies=[READ])
async def list_suppressed(
    office: Desk,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
) -> Page[Line]:
    """The suppression list, in the order of its digests."""
    after = bytes.fromhex(cursor)
    found = await office.read(lambda db: kept.listed(db, limit=limit, after=after))
    following = found[-1].digest.hex() if len(found) == limit else None
    return Page(items=[_line(one) for one in found], next_cursor=following)


@router.post("/privacy/suppressed")
async def suppress_person(given: Whom, act: Doing) -> Count:
    """Take nothing of somebody in from now on; says how many lines are new."""
    return Count(count=await _listing(act.office).add(given.asked().identities, by=act.who))


@router.post("/privacy/suppressed/check", dependencies=[READ])
async def check_suppressed(given: Whom, office: Desk) -> Checked:
    """Whether somebody is on the list."""
    lines = await _listing(office).check(given.asked().identities)
    return Checked(suppressed=bool(lines))


@router.post("/privacy/suppressed/remove")
async def unsuppress_person(given: Whom, act: Doing) -> Count:
    """Take somebody from the list; says how many lines were on it."""
    return Count(count=await _listing(act.office).remove(given.asked().identities, by=act.who))


def _runs(request: Request) -> Erasures:
    found: Erasures = request.app.state.erasures
    return found


def _listing(office: Office) -> Listing:
    return Listing(office.store, office.clock, office.vault)


async def _erasure(office: Office, number: int) -> Erasure:
    return _shown(await office.read(lambda db: kept.erasure(db, number)))


def _shown(found: kept.Erasure) -> Erasure:
    return Erasure(
        id=found.id,
        state=found.state,
        share=1.0 if found.ended_at_ms else progress_of(found).share,
        made_by=found.made_by,
        begun_at=from_ms(found.made_at_ms),
        ended_at=moment(found.ended_at_ms),
    )


def _line(one: kept.Suppressed) -> Line:
    return Line(
        digest=one.digest.hex(),
        kind=one.kind,
        added_by=one.added_by,
        added_at=from_ms(one.added_at_ms),
    )
