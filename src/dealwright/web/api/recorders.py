"""/recorders and /meeting-sources: what records meetings, and the Sources that take them in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Scheme, Secret, Source
from dealwright.pipeline.meetingkeys import opened, sealed
from dealwright.pipeline.meetingsetup import (
    NewRecorder,
    add_recorder,
    made_secret,
    recorder_of,
    settings_with,
)
from dealwright.store.connections import connection
from dealwright.store.meeting_sources import (
    MeetingSource,
    list_meeting_sources,
    meeting_source,
    sealed_keys,
    set_home,
    set_keys,
    set_meeting_settings,
)
from dealwright.web.api.act import Act, Desk, acting, allowed, configuring
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Configured, Given, Id, moment, tagged
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Meetings"])

READ = allowed(Permission.SOURCES_READ)
Writing = Annotated[Act, acting(Permission.SOURCES_WRITE)]
Configuring = Annotated[Act, configuring(Permission.SOURCES_WRITE)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
SecretText = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]


class Recorder(BaseModel):
    """Something that records meetings. `proof` says what its secret is, and where it is found.

    `credentials` are what its API wants, by their keys.
    """

    kind: str
    title: str
    path: str
    proof: str
    schemes: list[Scheme]
    credentials: dict[str, str]
    waits_seconds: float
    polls: bool


class MeetingSourceIn(Given):
    """A Source of meetings to be made.

    Without a `secret` one is made where anybody may choose it. `settings` are those that are not as
    they are by default; `connection_id` is whose meetings they are where no presenter tells.
    """

    name: Name
    kind: Annotated[str, Field(max_length=40)]
    secret: SecretText | None = None
    scheme: Scheme = Scheme.SIGNATURE
    credentials: Annotated[dict[str, SecretText], Field(default_factory=dict)]
    settings: Annotated[dict[str, Any], Field(default_factory=dict)]
    connection_id: Number | None = None
    poll_minutes: Annotated[int, Field(ge=0, le=10_080)] | None = None


class MeetingSourceChange(Given):
    """What is to be otherwise: settings that are named, and whose meetings they are."""

    settings: Annotated[dict[str, Any], Field(default_factory=dict)]
    connection_id: Number | None = None


class KeysIn(Given):
    """Another secret, which counts beside the one before; and credentials of its API."""

    secret: SecretText | None = None
    scheme: Scheme = Scheme.SIGNATURE
    credentials: Annotated[dict[str, SecretText], Field(default_factory=dict)]


class MeetingSourceOut(Configured):
    """A Source of meetings, and how it does. `settings` are all of them, as they count."""

    PASSING: ClassVar = frozenset({"heard_at", "received", "ignored", "dead", "poll_code"})

    id: int
    name: str
    kind: str
    connection_id: int | None
    settings: dict[str, Any]
    poll_seconds: int
    poll_code: str
    heard_at: datetime | None
    received: int
    ignored: int
    dead: int


class NewMeetingSource(MeetingSourceOut):
    """One that was just made: its address, and a secret that was made, are told only here."""

    PASSING: ClassVar = MeetingSourceOut.PASSING | {"url", "secret"}

    url: str
    secret: str | None


class NewSecret(BaseModel):
    """A secret that was made is told only here."""

    secret: str | None


@router.get("/recorders", dependencies=[READ])
async def list_recorders(office: Desk) -> Page[Recorder]:
    """Everything that a Source of meetings can be of."""
    there = office.meetings.recorders
    return Page(items=[_recorder(there[kind]) for kind in sorted(there)])


@router.get("/meeting-sources", dependencies=[READ])
async def list_sources_of_meetings(office: Desk) -> Page[MeetingSourceOut]:
    """Every Source of meetings, oldest first."""
    found = await office.read(list_meeting_sources)
    return Page(items=[MeetingSourceOut(**_told(one)) for one in found])


@router.post("/meeting-sources", status_code=201)
async def create_meeting_source(given: MeetingSourceIn, act: Writing) -> NewMeetingSource:
    """Make a Source of meetings; its recorder posts to `url`."""
    source = recorder_of(given.kind, act.office.meetings.recorders)
    made = None if given.secret else _made_secret(source, given.scheme)
    proof = Secret(value=given.secret or made or "", scheme=given.scheme)
    settings = settings_with(MeetingSettings(), given.settings)

    def change(db: sa.Connection) -> NewMeetingSource:
        if given.connection_id is not None:
            connection(db, given.connection_id)
        new = NewRecorder(
            name=given.name.strip(),
            source=source,
            secrets=[proof],
            credentials=given.credentials,
            settings=settings,
            connection_id=given.connection_id,
            poll_s=None if given.poll_minutes is None else given.poll_minutes * 60,
        )
        there = add_recorder(db, new, vault=act.office.vault, now_ms=act.office.now_ms())
        told = _told(meeting_source(db, there.source_id))
        act.note(db, "source.create", f"source:{there.source_id}", after=MeetingSourceOut(**told))
        url = f"{(act.office.public_url or act.office.address).rstrip('/')}{there.path}"
        return NewMeetingSource(**told, url=url, secret=made)

    return tagged(await act.do(change, answer=NewMeetingSource), act.response)


@router.get("/meeting-sources/{source_id}", dependencies=[READ])
async def source_of_meetings(source_id: Id, office: Desk, response: Response) -> MeetingSourceOut:
    """One Source of meetings."""
    found = await office.read(lambda db: meeting_source(db, source_id))
    return tagged(MeetingSourceOut(**_told(found)), response)


@router.patch("/meeting-sources/{source_id}")
async def change_meeting_source(
    source_id: Id, given: MeetingSourceChange, act: Configuring
) -> MeetingSourceOut:
    """Change how its meetings are treated, and to whom they belong."""

    def change(db: sa.Connection) -> MeetingSourceOut:
        found = meeting_source(db, source_id)
        before = MeetingSourceOut(**_told(found))
        act.check(before.etag())
        if given.settings:
            settings = settings_with(found.settings, given.settings)
            set_meeting_settings(db, source_id, settings=settings)
        if "connection_id" in given.model_fields_set:
            if given.connection_id is not None:
                connection(db, given.connection_id)
            set_home(db, source_id, connection_id=given.connection_id)
        after = MeetingSourceOut(**_told(meeting_source(db, source_id)))
        act.note(db, "source.update", f"source:{source_id}", before=before, after=after)
        return after

    return tagged(await act.do(change, answer=MeetingSourceOut), act.response)


@router.post("/meeting-sources/{source_id}/secret")
async def change_meeting_secret(source_id: Id, given: KeysIn, act: Writing) -> NewSecret:
    """Give it another secret, and credentials; the secret before it counts as well."""

    def change(db: sa.Connection) -> NewSecret:
        found = meeting_source(db, source_id)
        source = recorder_of(found.kind, act.office.meetings.recorders)
        wanted = given.secret is not None or not given.credentials
        made = _made_secret(source, given.scheme) if wanted and given.secret is None else None
        keys = opened(sealed_keys(db, source_id), act.office.vault)
        if proof := given.secret or made:
            keys = keys.with_secret(checked(source, Secret(value=proof, scheme=given.scheme)))
        keys = keys.with_credentials(given.credentials)
        set_keys(db, source_id, sealed=sealed(keys, act.office.vault))
        act.note(db, "source.secret", f"source:{source_id}")
        return NewSecret(secret=made)

    return await act.do(change, answer=NewSecret)


def _made_secret(source: Source, scheme: Scheme) -> str:
    made = made_secret(source, scheme)
    if made is None:
        raise InvalidRequest(f"{source.title} needs its secret. {source.proof}")
    return made


def _recorder(source: Source) -> Recorder:
    return Recorder(
        kind=source.key,
        title=source.title,
        path=source.path,
        proof=source.proof,
        schemes=sorted(source.schemes),
        credentials={one.key: one.title for one in source.credentials},
        waits_seconds=source.grace_s,
        polls=source.poll is not None,
    )


def _told(one: MeetingSource) -> Mapping[str, Any]:
    return {
        "id": one.source_id,
        "name": one.name,
        "kind": one.kind,
        "connection_id": one.connection_id,
        "settings": {
            key: msgspec.to_builtins(getattr(one.settings, key))
            for key in MeetingSettings.__struct_fields__
        },
        "poll_seconds": one.poll_s,
        "poll_code": one.poll_code,
        "heard_at": moment(one.heard_at_ms),
        "received": one.received,
        "ignored": one.ignored,
        "dead": one.dead,
    }
