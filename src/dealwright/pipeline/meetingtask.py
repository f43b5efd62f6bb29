"""What the desk does with one delivery of a recorder, and when a wait for a summary is over."""

import asyncio
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa
import structlog

from dealwright.core.errors import (
    ConfigError,
    DealwrightError,
    InvalidEvent,
    RateLimited,
    StoreUnavailable,
    UpstreamError,
)
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.source import Access, Facts, Gone, NotOfAMeeting, Source, Told
from dealwright.pipeline.meetingbench import Bench, Seat
from dealwright.pipeline.meetingintake import READ_ALREADY, read_kept
from dealwright.pipeline.meetingsettle import Settler
from dealwright.pipeline.providers import asked
from dealwright.store import meeting_desk, meeting_inbox
from dealwright.store.meeting_desk import DeskLost, Report
from dealwright.store.meeting_inbox import InboxRow, InboxState, Unread
from dealwright.store.meeting_keeping import forget_raw_of
from dealwright.store.meeting_sources import MeetingSource, count_dead, meeting_source
from dealwright.store.meetings import meeting

_log = structlog.get_logger(__name__)

#: Seconds between tries at a recorder that does not answer; about a day.
RETRIES_S: Final = (60, 300, 900, 3600, 3600, 10_800, 10_800, 21_600, 21_600)

#: Where a defect of ours stopped the end of a wait, it is tried again after this.
_DEFECT_PAUSE_MS: Final = 3_600_000

_DEFECT: Final = "The hub failed at reading this; its log says why."


class _Desk(NamedTuple):
    """What is known before a delivery is read."""

    row: InboxRow
    source: MeetingSource
    report: Report | None
    waiting: list[InboxRow]


@dataclass(frozen=True, slots=True)
class MeetingTask:
    """Works at one meeting at a time; any number of its methods run side by side."""

    bench: Bench
    seat: Seat
    settler: Settler

    async def read(self, unread: Unread) -> None:
        """Take up one raw delivery: read it, ask its recorder, and make a Meeting of it.

        Raises DeskLost and StoreUnavailable; then it is taken up again.
        """
        row_id = unread.id
        try:
            await self._read(await self.bench.store.read(lambda db: _load(db, row_id)))
        except (DeskLost, StoreUnavailable):
            raise
        except Exception:  # noqa: BLE001 - one delivery's defect must not stop the others
            _log.exception("meeting.defect", inbox_id=row_id)
            await self._bury(row_id, unread.source_id, _DEFECT)

    async def wait_is_over(self, meeting_id: int) -> None:
        """Ask for the last time, and go on with what is here; raises as `read` does."""
        try:
            await self._end_wait(meeting_id)
        except (DeskLost, StoreUnavailable):
            raise
        except Exception:  # noqa: BLE001 - nor one meeting's
            _log.exception("meeting.defect", meeting_id=meeting_id)
            until_ms = self.bench.now_ms + _DEFECT_PAUSE_MS
            await self.seat.write(
                lambda db: meeting_desk.wait_on(db, meeting_id, until_ms=until_ms)
            )

    # -- one delivery

    async def _read(self, desk: _Desk) -> None:
        recorder = self.bench.recorders.get(desk.source.kind)
        if recorder is None:
            reason = f"There is no recorder {desk.source.kind} any more."
            await self._bury(desk.row.id, desk.row.source_id, reason)
            return
        try:
            facts = await asyncio.to_thread(self._facts, recorder, desk.row)
        except InvalidEvent as fault:
            await self._bury(desk.row.id, desk.row.source_id, str(fault))
            return
        match facts:
            case NotOfAMeeting(event=event):
                await self._done(desk.row.id, f"ignored:{event}")
            case Gone():
                await self.settler.gone(facts, source_id=desk.row.source_id, row_id=desk.row.id)
            case Told() if facts.waits and (desk.report is None or desk.report.body is None):
                await self._let_wait(desk.row.id, facts.event)
            case Told():
                await self._tell(recorder, desk, facts)

    def _facts(self, recorder: Source, row: InboxRow) -> Facts:
        """What a raw delivery says; raises InvalidEvent, and ConfigError (`wrong_key`)."""
        read = read_kept if row.delivery_key.startswith(READ_ALREADY) else recorder.read
        return read(self.bench.vault.open(row.body))

    async def _tell(self, recorder: Source, desk: _Desk, told: Told) -> None:
        """Lay what was told over what is known, ask for the rest, and have it settled."""
        known = None if desk.report is None else desk.report.body
        if desk.row.attempts and known is not None:
            folded = known
        else:
            before = await asyncio.to_thread(self._before, recorder, desk)
            folded = await asyncio.to_thread(_folded, known, before, told)
        region = desk.source.settings.default_region
        bare = await self.bench.screened(folded, region=region)
        was_suppressed, folded = bare is not folded, bare
        report = await self.seat.write(
            lambda db: self._keep(db, desk, folded, [one.id for one in desk.waiting])
        )
        if told.fetch and recorder.fetch is not None:
            try:
                folded = await self._asked(recorder, desk.source, folded, told)
            except (UpstreamError, ConfigError) as error:
                await self._later(desk, error)
                return
            bare = await self.bench.screened(folded, region=region)
            was_suppressed, folded = was_suppressed or bare is not folded, bare
        await self.settler.settle(report._replace(body=folded), row_id=desk.row.id)
        if was_suppressed:
            await self.seat.write(lambda db: forget_raw_of(db, report.id))

    def _before(self, recorder: Source, desk: _Desk) -> list[Told]:
        """What waited for a delivery like this one."""
        facts = (self._facts(recorder, one) for one in desk.waiting)
        return [one for one in facts if isinstance(one, Told)]

    def _keep(self, db: sa.Connection, desk: _Desk, folded: Meeting, waiting: list[int]) -> Report:
        row, now_ms = desk.row, desk.row.received_at_ms
        meeting_inbox.public_id_of(
            db, row.source_id, key=row.meeting_key, fresh=self.settler.fresh_id(), now_ms=now_ms
        )
        report = meeting_desk.report(db, row.source_id, key=row.meeting_key)
        assert report is not None  # noqa: S101 - the line above has made it
        meeting_desk.put_report(db, report.id, body=folded, heard_at_ms=row.received_at_ms)
        for one in waiting:
            meeting_inbox.set_read(db, one, state=InboxState.DONE)
        return report._replace(body=folded, heard_at_ms=max(report.heard_at_ms, row.received_at_ms))

    async def _asked(
        self, recorder: Source, source: MeetingSource, known: Meeting, told: Told | None
    ) -> Meeting:
        if recorder.fetch is None:
            return known
        keys = await self.bench.keys_of(source.source_id)
        access = Access(credentials=keys.credentials, media=source.settings.fetch_media)
        return await asked(recorder.fetch(known, told, access), recorder, ask=self.bench.ask)

    async def _later(self, desk: _Desk, error: UpstreamError | ConfigError) -> None:
        """Try again by the schedule; when it is at its end go on with what is known."""
        tries = desk.row.attempts
        _log.warning("meeting.not_fetched", inbox_id=desk.row.id, code=error.code, tries=tries + 1)
        if tries >= len(RETRIES_S):
            report = await self.bench.store.read(
                lambda db: meeting_desk.report(db, desk.row.source_id, key=desk.row.meeting_key)
            )
            if report is not None and report.body is not None and report.body.started_at:
                await self.settler.settle(report, row_id=desk.row.id)
            else:
                await self._bury(desk.row.id, desk.row.source_id, str(error))
            return
        wait_s = float(RETRIES_S[tries])
        if isinstance(error, RateLimited) and error.retry_after_s:
            wait_s = max(wait_s, error.retry_after_s)
        next_ms = self.bench.now_ms + int(wait_s * 1000)
        await self.seat.write(
            lambda db: meeting_inbox.try_later(
                db, desk.row.id, next_ms=next_ms, reason=f"{error.code}: {error}"
            )
        )

    async def _done(self, row_id: int, outcome: str) -> None:
        await self.seat.write(
            lambda db: meeting_inbox.set_read(db, row_id, state=InboxState.DONE, outcome=outcome)
        )

    async def _let_wait(self, row_id: int, event: str) -> None:
        outcome = f"ignored:{event}"
        await self.seat.write(
            lambda db: meeting_inbox.set_read(db, row_id, state=InboxState.WAITING, outcome=outcome)
        )

    async def _bury(self, row_id: int, source_id: int, reason: str) -> None:
        """Let a delivery be that cannot be read, and say why."""
        _log.warning("meeting.dead_letter", inbox_id=row_id, source_id=source_id)

        def bury(db: sa.Connection) -> None:
            meeting_inbox.set_read(db, row_id, state=InboxState.DEAD, outcome="dead", reason=reason)
            count_dead(db, source_id)

        await self.seat.write(bury)

    # -- the end of a wait

    async def _end_wait(self, meeting_id: int) -> None:
        def load(db: sa.Connection) -> list[tuple[Report, MeetingSource]]:
            found = meeting_desk.reports_of(db, meeting_id)
            return [(one, meeting_source(db, one.source_id)) for one in found]

        stored = await self.bench.store.read(lambda db: meeting(db, meeting_id))
        for report, source in await self.bench.store.read(load):
            recorder = self.bench.recorders.get(source.kind)
            if recorder is None or report.body is None or not report.body.summary_expected:
                continue
            try:
                body = await self._asked(recorder, source, report.body, None)
            except DealwrightError as error:
                # What is here is written; what comes later replaces it.
                _log.warning("meeting.not_fetched", meeting_id=meeting_id, code=error.code)
                continue
            region = source.settings.default_region
            await self.settler.keep(report, await self.bench.screened(body, region=region))
        await self.settler.complete(stored.id)


def _load(db: sa.Connection, row_id: int) -> _Desk:
    row = meeting_inbox.raw_delivery(db, row_id)
    report = meeting_desk.report(db, row.source_id, key=row.meeting_key)
    waiting = meeting_inbox.waiting(db, row.source_id, meeting_key=row.meeting_key)
    return _Desk(row, meeting_source(db, row.source_id), report, waiting)


def _folded(known: Meeting | None, before: list[Told], told: Told) -> Meeting:
    for one in before:
        known = fold(known, one)
    return fold(known, told)
