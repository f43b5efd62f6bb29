"""Polling: what came is asked of recorders, for their webhooks get lost (MEETINGS 1.2)."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.clock import to_ms
from dealwright.core.errors import DealwrightError, StoreUnavailable
from dealwright.meetings.source import Access, Polled, Source
from dealwright.pipeline.meetingbench import Bench, Seat
from dealwright.pipeline.providers import asked
from dealwright.store.meeting_desk import DeskLost, report
from dealwright.store.meeting_inbox import InboxState, NewInbox, take_in
from dealwright.store.meeting_sources import MeetingSource, list_meeting_sources, set_polled

_log = structlog.get_logger(__name__)

#: How often a recorder is asked when nobody says otherwise, and how far back.
EVERY_S: Final = 900
BACK: Final = timedelta(hours=24)

#: Sources are looked for that are due as often; their moments are no finer.
_LOOK_S: Final = 5.0


class Poller:
    """Asks the recorders of all Sources whose time has come."""

    def __init__(self, bench: Bench, seat: Seat) -> None:
        self._bench = bench
        self._seat = seat
        self._look_at_s = 0.0
        self._due: list[MeetingSource] = []

    async def is_due(self) -> bool:
        """Whether a Source is to be asked; raises StoreUnavailable."""
        now_s = self._bench.clock.monotonic_s()
        if now_s < self._look_at_s:
            return False
        self._look_at_s = now_s + _LOOK_S
        now_ms = self._bench.now_ms
        there = await self._bench.store.read(list_meeting_sources)
        self._due = [
            one
            for one in there
            if one.poll_s and one.settings.poll and (one.poll_at_ms or 0) <= now_ms
        ]
        return bool(self._due)

    async def poll(self) -> None:
        """Ask them, one after the other; raises DeskLost and StoreUnavailable."""
        for source in self._due:
            code = await self._ask(source)
            now_ms = self._bench.now_ms
            next_ms = now_ms + source.poll_s * 1000
            await self._seat.write(
                lambda db, one=source.source_id, code=code, now=now_ms, next_ms=next_ms: set_polled(
                    db, one, now_ms=now, code=code, next_ms=next_ms
                )
            )

    async def ask_now(self, source: MeetingSource) -> list[Polled]:
        """What the recorder tells of the last day; raises the UpstreamError tree."""
        recorder = self._bench.recorders.get(source.kind)
        if recorder is None or recorder.poll is None:
            return []
        keys = await self._bench.keys_of(source.source_id)
        now = self._bench.clock.now()
        access = Access(credentials=keys.credentials, media=source.settings.fetch_media)
        return await asked(recorder.poll(access, now - BACK, now), recorder, ask=self._bench.ask)

    async def _ask(self, source: MeetingSource) -> str:
        """Ask one, and put what is new into the inbox; the code of what went wrong, else ""."""
        try:
            found = await self.ask_now(source)
        except (DeskLost, StoreUnavailable):
            raise
        except DealwrightError as error:
            _log.warning("meeting.not_polled", source_id=source.source_id, code=error.code)
            return error.code
        except Exception:  # noqa: BLE001 - a recorder's odd answer must not stop the others
            _log.exception("meeting.not_polled", source_id=source.source_id)
            return "internal_error"
        recorder = self._bench.recorders[source.kind]
        for one in found:
            await self._take_in(source, recorder, one)
        return ""

    async def _take_in(self, source: MeetingSource, recorder: Source, polled: Polled) -> None:
        digest = hashlib.sha256(polled.raw).hexdigest()
        new = NewInbox(
            source_id=source.source_id,
            delivery_key=f"poll-{digest}",
            meeting_key=polled.meeting_key,
            received_at_ms=to_ms(self._bench.clock.now()),
            headers=msgspec.json.encode({}),
            body=await asyncio.to_thread(self._bench.vault.seal, polled.raw),
            status=recorder.accepted,
            answer=b"{}",
            state=InboxState.OPEN,
        )

        def take(db: sa.Connection) -> None:
            known = polled.only_new and report(db, source.source_id, key=polled.meeting_key)
            if not known:
                take_in(db, new)

        await self._seat.write(take)
