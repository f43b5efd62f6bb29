"""The door of meetings: what a recorder posts is verified, kept, and only then answered."""

import asyncio
import contextlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import NotFound, StoreUnavailable
from dealwright.meetings.source import (
    Accepted,
    Answered,
    Arrival,
    DeadLetter,
    Ignored,
    Received,
    Refused,
    Secret,
    Source,
    receive,
)
from dealwright.pipeline.meetingkeys import hash_segment, opened, public_id
from dealwright.pipeline.wake import Waker
from dealwright.store import meeting_inbox, meeting_sources
from dealwright.store.engine import Store
from dealwright.store.meeting_inbox import InboxState, NewInbox
from dealwright.store.secrets import Vault

_log = structlog.get_logger(__name__)

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
#: A larger body is judged in a thread: reading it takes longer than others want to wait.
_LARGE: Final = 65_536
#: Headers that are kept with a delivery; the others prove something, or say nothing.
_KEPT: Final = frozenset({"content-type", "user-agent"})
_RECEIVED: Final = msgspec.json.encode({"received": True})
#: A Source that accepts with this says in its answer which Meeting it is, and where its page is.
SAYS_WHERE: Final = 202
_UNREADABLE: Final = "The hub failed at reading this; its log says why."


class Reply(NamedTuple):
    """What a sender is answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """A request at the door: path, headers with names in small letters, body, and from where."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    address: str


class _Place(NamedTuple):
    """What is received at a path: by which recorder, and for which Source ("" none is set up)."""

    source: Source
    source_id: int | None
    secrets: list[Secret]


class MeetingDoor:
    """Takes what recorders post. `base_url` is where the pages of Meetings are."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        vault: Vault,
        recorders: Mapping[str, Source],
        base_url: str,
        desk: Waker,
    ) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._by_path = {source.path: source for source in recorders.values()}
        self._base_url = base_url.rstrip("/")
        self.recorders = recorders
        self.desk = desk

    def page_of(self, public: str) -> str:
        """Where the page of a Meeting is."""
        return f"{self._base_url}/s/{public}"

    async def take(self, knock: Knock) -> Reply:
        """Verify, keep, and say what the sender is answered.

        Raises Refused (counted, and nothing else is kept), NotFound, and StoreUnavailable.
        """
        place = await self._place(knock.path)
        now = self._clock.now()
        arrival = Arrival(path=knock.path, headers=knock.headers, body=knock.body, now=now)
        try:
            received = await self._judged(place, arrival)
        except Refused as refused:
            await self._count(knock, refused.code)
            raise
        if place.source_id is None:
            raise NotFound("Nothing is received here.")
        return await self._keep(place.source, place.source_id, arrival, received)

    async def keep_trusted(self, source_id: int, source: Source, arrival: Arrival) -> Reply:
        """Take something whose sender is known otherwise, such as by an API key.

        The answer always says where its Meeting is. Raises Refused (422) and StoreUnavailable.
        """
        trusted = replace(source, verify=_proved, challenge=None, accepted=SAYS_WHERE)
        received = await asyncio.to_thread(receive, trusted, arrival, [])
        return await self._keep(trusted, source_id, arrival, received)

    async def sealed(self, body: bytes) -> bytes:
        """A body as the inbox keeps it: recorders put tokens into it, and people talk in it."""
        if len(body) < _LARGE:
            return self._vault.seal(body)
        return await asyncio.to_thread(self._vault.seal, body)

    # -- who

    def _source_at(self, path: str) -> tuple[Source, str] | None:
        bare = path.rstrip("/")
        if bare in self._by_path:
            return self._by_path[bare], ""
        stem, _, segment = bare.rpartition("/")
        if stem in self._by_path and _SEGMENT.fullmatch(segment):
            return self._by_path[stem], segment
        return None

    async def _place(self, path: str) -> _Place:
        found = self._source_at(path)
        if found is None:
            raise NotFound("Nothing is received here.")
        source, segment = found

        def look(db: sa.Connection) -> meeting_sources.MeetingDoor | None:
            if not segment:
                return meeting_sources.door_of_kind(db, source.key)
            path_hash = hash_segment(segment)
            return meeting_sources.door_of_path(db, source.key, path_hash=path_hash)

        door = await self._store.read(look)
        if door is None:
            # Whether there is such a Source is nobody's business who can prove nothing.
            return _Place(source, None, [])
        keys = opened(door.sealed, self._vault)
        return _Place(source, door.source_id, list(keys.proofs()))

    async def _judged(self, place: _Place, arrival: Arrival) -> Received:
        if len(arrival.body) < _LARGE:
            return _received(place.source, arrival, place.secrets)
        return await asyncio.to_thread(_received, place.source, arrival, place.secrets)

    async def _count(self, knock: Knock, code: str) -> None:
        now_ms = to_ms(self._clock.now())
        source = self._source_at(knock.path)
        path = knock.path if source is None else source[0].path
        with contextlib.suppress(StoreUnavailable):
            await self._store.write(
                lambda db: meeting_sources.count_refused(
                    db, path=path, code=code, address=knock.address, now_ms=now_ms
                )
            )
        _log.warning("meeting.refused", path=path, code=code, address=knock.address)

    # -- keep

    async def _keep(
        self, source: Source, source_id: int, arrival: Arrival, received: Received
    ) -> Reply:
        body = await self.sealed(arrival.body)
        new = _row_of(received, _blank(source, source_id, arrival, body=body))
        reply = await self._store.write(lambda db: self._stored(db, new))
        if new.state is InboxState.OPEN:
            self.desk.wake()
        return reply

    def _stored(self, db: sa.Connection, new: NewInbox) -> Reply:
        now_ms = new.received_at_ms
        before = meeting_inbox.answered(db, new.source_id, delivery_key=new.delivery_key)
        if before is not None:
            return Reply(before.status, before.answer)
        if new.meeting_key:
            known = meeting_inbox.public_id_of(
                db, new.source_id, key=new.meeting_key, fresh=public_id(now_ms), now_ms=now_ms
            )
            if new.status == SAYS_WHERE:
                new = new._replace(answer=self._whereabouts(known))
        if not meeting_inbox.take_in(db, new):
            # It came twice at once, and the other was first.
            before = meeting_inbox.answered(db, new.source_id, delivery_key=new.delivery_key)
            return Reply(new.status, new.answer) if before is None else Reply(*before[:2])
        meeting_sources.count_heard(
            db,
            new.source_id,
            now_ms=now_ms,
            ignored=int(new.outcome.startswith("ignored:")),
            dead=int(new.state is InboxState.DEAD),
        )
        return Reply(new.status, new.answer)

    def _whereabouts(self, public: str) -> bytes:
        return msgspec.json.encode({"meeting_id": public, "url": self.page_of(public)})


def _received(source: Source, arrival: Arrival, proofs: list[Secret]) -> Received:
    """What `receive` says; what a defect of ours cannot read is kept, if it is authentic."""
    try:
        return receive(source, arrival, proofs)
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - what is authentic is never refused for a fault of ours
        _log.exception("meeting.unreadable", source=source.key)
        source.verify(arrival, proofs)
        return DeadLetter(delivery_key=f"defect-{secrets.token_hex(16)}", reason=_UNREADABLE)


def _proved(_arrival: Arrival, _secrets: Sequence[Secret]) -> None:
    """Let a delivery pass whose sender is known already."""


def _blank(source: Source, source_id: int, arrival: Arrival, *, body: bytes) -> NewInbox:
    kept = {name: value for name, value in arrival.headers.items() if name in _KEPT}
    return NewInbox(
        source_id=source_id,
        delivery_key="",
        meeting_key="",
        received_at_ms=to_ms(arrival.now),
        headers=msgspec.json.encode(kept),
        body=body,
        status=source.accepted,
        answer=_RECEIVED,
        state=InboxState.DONE,
    )


def _row_of(received: Received, blank: NewInbox) -> NewInbox:
    match received:
        case Accepted(delivery_key=key, meeting_key=meeting_key):
            return blank._replace(delivery_key=key, meeting_key=meeting_key, state=InboxState.OPEN)
        case Ignored(delivery_key=key, event=event):
            return blank._replace(delivery_key=key, outcome=f"ignored:{event}")
        case DeadLetter(delivery_key=key, reason=reason):
            return blank._replace(
                delivery_key=key, state=InboxState.DEAD, reason=reason, outcome="dead"
            )
        case Answered(json=answer):
            # A challenge is answered anew each time: the secret may be another by then.
            return blank._replace(
                delivery_key=f"challenge-{secrets.token_hex(16)}",
                status=200,
                answer=msgspec.json.encode(answer),
                outcome="answered:challenge",
            )
