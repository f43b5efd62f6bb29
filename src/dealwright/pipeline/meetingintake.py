"""Meetings that people bring: by the API, as files, from the command line.

They go through the same inbox as what recorders post, and are read by the same desk.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import InvalidEvent
from dealwright.meetings.attendees import union
from dealwright.meetings.files.ics import Invitation
from dealwright.meetings.files.upload import read_upload
from dealwright.meetings.meeting import Attendee, Crm, Meeting, Part
from dealwright.meetings.moments import after
from dealwright.meetings.source import Arrival, Facts, Refused, Source, Told
from dealwright.pipeline.meetingdoor import MeetingDoor, Reply
from dealwright.pipeline.meetingkeys import public_id
from dealwright.pipeline.meetingsetup import NewRecorder, add_recorder
from dealwright.store.connections import list_connections
from dealwright.store.engine import Store
from dealwright.store.meeting_inbox import InboxState, NewInbox, public_id_of, take_in
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.meetings import LinkedDeal, link_deal
from dealwright.store.secrets import Vault

#: Deliveries with such a key are Meetings by now, whatever their Source speaks.
READ_ALREADY: Final = "upload-"

_read_meeting = msgspec.json.Decoder(Meeting).decode


def read_kept(raw: bytes) -> Facts:
    """What a file told when it was brought."""
    return Told(meeting=_read_meeting(raw), event="upload")


def _refuse(_arrival: Arrival, _secrets: Sequence[object]) -> None:
    raise Refused("Nothing is posted here.", code="signature")


#: The Source of files; nothing is posted to it.
UPLOADS: Final = Source(
    key="upload", title="Upload", path="", proof="", verify=_refuse, read=read_kept
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody says of the file that they bring; "" and None: what the file says."""

    title: str = ""
    started_at: datetime | None = None
    conversation_type: str = ""
    language: str = ""
    participants: Sequence[Attendee] = ()
    deal_id: int | None = None


class Taken(NamedTuple):
    """A Meeting that was taken in: the id of its page, where that is, its key, what it was."""

    meeting_id: str
    url: str
    key: str
    kind: str


class MeetingIntake:
    """Takes Meetings in whose senders are known."""

    def __init__(self, store: Store, clock: Clock, *, vault: Vault, door: MeetingDoor) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._door = door

    @property
    def recorders(self) -> Mapping[str, Source]:
        """Every recorder that a Source can be of."""
        return self._door.recorders

    async def told(self, body: bytes) -> Reply:
        """Take what the generic webhook takes; raises Refused (422) and StoreUnavailable."""
        generic = self._door.recorders["generic"]
        source_id = await self._source_id(generic, "Meetings by API")
        arrival = Arrival(
            path="/api/v1/meetings",
            headers={"content-type": "application/json"},
            body=body,
            now=self._clock.now(),
        )
        return await self._door.keep_trusted(source_id, generic, arrival)

    async def uploaded(self, raw: bytes, *, filename: str, given: Given) -> list[Taken]:
        """Take a file, and say which Meetings it makes; none for an invitation alone.

        Raises InvalidEvent and StoreUnavailable.
        """
        recorders = self._door.recorders
        read = await asyncio.to_thread(read_upload, raw, filename=filename, sources=recorders)
        await self._link(read.invitations)
        source_id = await self._source_id(UPLOADS, "Uploads")
        meetings = [_as_given(one.meeting, given) for one in read.told]
        if undated := [one for one in meetings if one.started_at is None]:
            raise InvalidEvent(
                f"{filename or 'The file'} does not say when “{undated[0].title or 'it'}” was: "
                "say when it began.",
                code="start_missing",
            )
        bodies = [await self._door.sealed(msgspec.json.encode(one)) for one in meetings]
        sealed = list(zip(meetings, bodies, strict=True))
        taken = await self._store.write(lambda db: self._keep(db, source_id, read.kind, sealed))
        if taken:
            self._door.desk.wake()
        return taken

    # -- keep

    def _keep(
        self,
        db: sa.Connection,
        source_id: int,
        kind: str,
        meetings: Sequence[tuple[Meeting, bytes]],
    ) -> list[Taken]:
        now_ms = to_ms(self._clock.now())
        homes = {one.kind: one.source_id for one in list_meeting_sources(db)}
        taken: list[Taken] = []
        for meeting, body in meetings:
            # What a recorder has exported is the same meeting as the one that it posts.
            home = homes.get(meeting.source, source_id)
            digest = hashlib.sha256(msgspec.json.encode(meeting)).hexdigest()
            public = public_id_of(db, home, key=meeting.key, fresh=public_id(now_ms), now_ms=now_ms)
            where = self._door.page_of(public)
            new = NewInbox(
                source_id=home,
                delivery_key=f"{READ_ALREADY}{digest}",
                meeting_key=meeting.key,
                received_at_ms=now_ms,
                headers=b"{}",
                body=body,
                status=202,
                answer=b"{}",
                state=InboxState.OPEN,
            )
            take_in(db, new)
            taken.append(Taken(public, where, meeting.key, kind))
        return taken

    async def _link(self, invitations: Sequence[Invitation]) -> None:
        """Remember which deals invitations name, until their meetings come."""
        named = [one for one in invitations if one.uid and one.deal_id is not None]
        if named:
            await self._store.write(lambda db: self._linked(db, named))

    def _linked(self, db: sa.Connection, invitations: Sequence[Invitation]) -> None:
        now_ms = to_ms(self._clock.now())
        for invitation in invitations:
            for found in list_connections(db):
                if invitation.deal_id is not None and _is_of(invitation.company, found.base_url):
                    deal = LinkedDeal(invitation.deal_id, "invite_url")
                    link_deal(db, found.id, of=invitation.uid, deal=deal, now_ms=now_ms)

    async def _source_id(self, source: Source, name: str) -> int:
        """The first Source of a kind, which is made where there is none."""

        def find_or_make(db: sa.Connection) -> int:
            for one in list_meeting_sources(db):
                if one.kind == source.key:
                    return one.source_id
            new = NewRecorder(name=name, source=source, secrets=[])
            now_ms = to_ms(self._clock.now())
            return add_recorder(db, new, vault=self._vault, now_ms=now_ms).source_id

        return await self._store.write(find_or_make)


def _as_given(meeting: Meeting, given: Given) -> Meeting:
    started_at = given.started_at or meeting.started_at
    ended_at = meeting.ended_at
    if started_at is not None and started_at != meeting.started_at:
        ends = (one.end or one.start for one in meeting.transcript)
        ended_at = after(started_at, max(ends, default=0.0))
    return msgspec.structs.replace(
        meeting,
        title=given.title or meeting.title,
        said_type=given.conversation_type or meeting.said_type,
        language=given.language or meeting.language,
        attendees=union(meeting.attendees, tuple(given.participants)),
        started_at=started_at,
        ended_at=ended_at,
        crm=meeting.crm if given.deal_id is None else Crm(deal_id=given.deal_id),
    )


def _is_of(company: str, base_url: str) -> bool:
    """Whether an invitation's link leads into the account at an address."""
    host = urlsplit(base_url).hostname or ""
    return host.partition(".")[0].lower() == company.lower()


def attendees_of(written: Sequence[str]) -> tuple[Attendee, ...]:
    """People as they are typed: `Ada Keller <ada@love.example>`, an address, a number, a name."""
    found: list[Attendee] = []
    for one in written:
        name, address = parseaddr(one) if "@" in one else ("", "")
        if address:
            found.append(Attendee(name=name, emails=(address,), part=Part.ATTENDEE))
        elif any(character.isdecimal() for character in one):
            found.append(Attendee(phones=(one.strip(),), part=Part.ATTENDEE))
        elif one.strip():
            found.append(Attendee(name=one.strip(), part=Part.ATTENDEE))
    return tuple(found)
