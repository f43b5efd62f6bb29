"""Settle: makes a Meeting of what its Sources tell, and hands it to the drain of its Connection."""

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.record import Member
from dealwright.meetings.contacts import clean_email
from dealwright.meetings.deciding import Becomes, is_excluded
from dealwright.meetings.folding import changed
from dealwright.meetings.meeting import Meeting, Origin, Summary
from dealwright.meetings.merging import MERGE_KEYS, merge_reason, merged
from dealwright.meetings.naming import title_of
from dealwright.meetings.participants import Judge
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.source import Gone
from dealwright.pipeline.meetingbench import Bench, Seat
from dealwright.pipeline.meetinghome import Home, home_of
from dealwright.pipeline.meetingkeeping import keep_at_once, stays_removed
from dealwright.pipeline.meetingkeys import public_id
from dealwright.pipeline.meetinglanes import lanes_of_meeting
from dealwright.pipeline.meetingmedia import is_wanted
from dealwright.store import meeting_desk, meeting_inbox
from dealwright.store.meeting_deliveries import await_summary, queue_meeting, withdraw_meeting
from dealwright.store.meeting_desk import NewMeeting, Report
from dealwright.store.meeting_inbox import InboxState
from dealwright.store.meeting_media import want_media
from dealwright.store.meeting_sources import MeetingSource, meeting_source
from dealwright.store.meetings import Merge, StoredMeeting, meeting

#: What its page shows before its Delivery was tried.
QUEUED: Final = "queued"

#: There is no Connection that it could go to.
NO_CONNECTION: Final = "needs_review:no_connection"

_DELETED: Final = "deleted"

#: A Meeting that has no Connection looks for one as often.
_LOOK_AGAIN_MS: Final = 300_000


class _Ending(Enum):
    """Whether a summary that is still expected is waited for."""

    WAIT = "wait"
    NOW = "now"


class _Known(NamedTuple):
    """All that a Meeting is made of. `stored` None: it is new. `why`: it joins another's."""

    stored: StoredMeeting | None
    reports: Sequence[Report]
    sources: dict[int, MeetingSource]
    why: str | None
    home: Home


class _Draft(NamedTuple):
    """A Meeting as it is to stand; `wait_until_ms` while its summary is expected."""

    body: Meeting
    merge: Merge | None
    settings: MeetingSettings
    wait_until_ms: int | None


class Settler:
    """Settles one meeting at a time, so that two reports of one never make two Meetings."""

    def __init__(self, bench: Bench, seat: Seat) -> None:
        self._bench = bench
        self._seat = seat
        self._turn = asyncio.Lock()

    def fresh_id(self) -> str:
        """An id for addresses that nobody has yet."""
        return public_id(self._bench.now_ms)

    async def keep(self, report: Report, body: Meeting) -> None:
        """Keep what a Source tells by now."""
        await self._seat.write(
            lambda db: meeting_desk.put_report(
                db, report.id, body=body, heard_at_ms=report.heard_at_ms
            )
        )

    async def settle(self, report: Report, *, row_id: int) -> None:
        """Make a Meeting of a report, or add it to one; the delivery `row_id` is then read."""
        await self.keep(report, _body(report))
        read = partial(self._known, report_id=report.id)
        await self._store(read, _Ending.WAIT, report=report, row_id=row_id)

    async def complete(self, meeting_id: int) -> None:
        """Go on with a Meeting that was waited for long enough."""
        read = partial(self._of_meeting, meeting_id=meeting_id)
        await self._store(read, _Ending.NOW, report=None, row_id=None)

    async def gone(self, facts: Gone, *, source_id: int, row_id: int) -> None:
        """Know that the recorder has deleted a meeting, or no more than its summary."""
        now_ms = self._bench.now_ms

        def bury(db: sa.Connection) -> None:
            meeting_inbox.set_read(
                db, row_id, state=InboxState.DONE, outcome=f"ignored:{facts.event}"
            )
            report = meeting_desk.report(db, source_id, key=facts.key)
            if facts.summary_only or report is None or report.meeting_id is None:
                return
            if len(meeting_desk.reports_of(db, report.meeting_id)) > 1:
                # Another recorder still tells of it.
                return
            meeting_desk.bury(db, report.meeting_id, state=_DELETED, now_ms=now_ms)
            withdraw_meeting(
                db, report.meeting_id, message="The recorder deleted the meeting.", now_ms=now_ms
            )

        async with self._turn:
            await self._seat.write(bury)

    # -- what is known

    def _known(self, db: sa.Connection, *, report_id: int) -> _Known:
        report = meeting_desk.report_by_id(db, report_id)
        if report.meeting_id is not None:
            return self._of_meeting(db, meeting_id=report.meeting_id)
        source = meeting_source(db, report.source_id)
        if source.settings.cross_source_merge:
            for other in meeting_desk.alike(db, _body(report), source_id=report.source_id):
                why = merge_reason(other.body, _body(report))
                if why is not None and other.settings.cross_source_merge:
                    reports = [*meeting_desk.reports_of(db, other.id), report]
                    return self._with_sources(db, other, reports, _first_key(other.merge, why))
        return self._with_sources(db, None, [report], None)

    def _of_meeting(self, db: sa.Connection, *, meeting_id: int) -> _Known:
        stored = meeting(db, meeting_id)
        reports = meeting_desk.reports_of(db, meeting_id)
        why = stored.merge.why if stored.merge is not None else None
        return self._with_sources(db, stored, reports, why)

    def _with_sources(
        self,
        db: sa.Connection,
        stored: StoredMeeting | None,
        reports: Sequence[Report],
        why: str | None,
    ) -> _Known:
        # The first to tell goes first, and it is the one whose key the Meeting has.
        first = stored.key if stored is not None else reports[0].key
        ordered = sorted(reports, key=lambda one: (one.key != first, one.id))
        sources = {one.source_id: meeting_source(db, one.source_id) for one in ordered}
        default = sources[ordered[0].source_id].connection_id
        kept = None if stored is None else stored.connection_id
        presenter = next(
            (one.body.presenter_email for one in ordered if one.body and one.body.presenter_email),
            "",
        )
        home = home_of(db, kept=kept, default=default, presenter=clean_email(presenter))
        return _Known(stored, ordered, sources, why, home)

    # -- what it becomes

    async def _store(
        self,
        read: Callable[[sa.Connection], _Known],
        ending: _Ending,
        *,
        report: Report | None,
        row_id: int | None,
    ) -> None:
        """Keep what a Meeting is by now; a summary is made while others have their turn."""
        summed: tuple[Meeting, Summary] | None = None
        while True:
            async with self._turn:
                known = await self._bench.store.read(read)
                if known.stored is not None and stays_removed(known.stored.body):
                    await self._seat.write(
                        lambda db: meeting_desk.refuse(db, report, row_id=row_id)
                    )
                    return
                draft = self._drafted(known, ending)
                if not _lacks_summary(draft) or (summed and summed[0] == draft.body):
                    await self._keep_draft(known, draft, summed, report=report, row_id=row_id)
                    return
            summary = await self._bench.summarise(
                draft.body, settings=draft.settings, users=known.home.users
            )
            summed = (draft.body, summary)

    async def _keep_draft(
        self,
        known: _Known,
        draft: _Draft,
        summed: tuple[Meeting, Summary] | None,
        *,
        report: Report | None,
        row_id: int | None,
    ) -> None:
        summary = draft.body.summary
        if draft.wait_until_ms is not None and known.stored is not None:
            # What was made here shows until the recorder's own comes.
            summary = known.stored.body.summary
        elif _lacks_summary(draft) and summed is not None:
            summary = summed[1]
        draft = draft._replace(body=msgspec.structs.replace(draft.body, summary=summary))
        now_ms = self._bench.now_ms
        woken = await self._seat.write(
            lambda db: self._put(db, known, draft, report=report, row_id=row_id, now_ms=now_ms)
        )
        if woken is not None:
            self._bench.waker.wake(woken)

    def _drafted(self, known: _Known, ending: "_Ending") -> _Draft:
        bodies = [_body(one) for one in known.reports]
        body = bodies[0]
        for other in bodies[1:]:
            body = merged(body, other)
        first = known.sources[known.reports[0].source_id]
        body = _with_summary(body, bodies, first.settings.source_priority)
        body = _keeping_own(body, known.stored)
        merge = None
        if len(bodies) > 1:
            others = tuple(one.key for one in known.reports[1:])
            merge = Merge(why=known.why or "", kept=known.reports[0].key, merged=others)
        until_ms = None if ending is _Ending.NOW else self._wait_until_ms(known, body)
        return _Draft(body, merge, first.settings, until_ms)

    def _wait_until_ms(self, known: _Known, body: Meeting) -> int | None:
        """Until when the summary is waited for; None when it is here, or nobody needs it."""
        settings = known.sources[known.reports[0].source_id].settings
        if body.summary is not None or not body.answered or body.crm.skip:
            return None
        if is_excluded(body, settings, conversation_type=body.said_type):
            return None
        ends = (
            one.heard_at_ms + self._grace_ms(known.sources[one.source_id])
            for one in known.reports
            if _body(one).summary_expected
        )
        until_ms = max(ends, default=0)
        return until_ms if until_ms > self._bench.now_ms else None

    def _grace_ms(self, source: MeetingSource) -> int:
        own_s = source.settings.summary_grace_seconds
        recorder = self._bench.recorders.get(source.kind)
        grace_s = own_s if own_s is not None else (recorder.grace_s if recorder else 0)
        return grace_s * 1000

    def _put(
        self,
        db: sa.Connection,
        known: _Known,
        draft: _Draft,
        *,
        report: Report | None,
        row_id: int | None,
        now_ms: int,
    ) -> int | None:
        """Keep it, and make its Delivery; whom to wake."""
        stored, home = known.stored, known.home.connection_id
        is_new = stored is None or _is_news(stored, draft, home=home)
        new = NewMeeting(
            public_id=known.reports[0].public_id,
            source_id=known.reports[0].source_id,
            connection_id=home,
            revision=1 if stored is None else stored.revision + is_new,
            body=draft.body,
            merge=draft.merge,
            state=_state(stored, draft, home=home, is_new=is_new),
            next_at_ms=draft.wait_until_ms if home is not None else now_ms + _LOOK_AGAIN_MS,
            title=_title(draft, known.home.users),
        )
        meeting_id = meeting_desk.put_meeting(
            db, new, meeting_id=None if stored is None else stored.id, now_ms=now_ms
        )
        if report is not None:
            meeting_desk.attach(db, report.id, meeting_id=meeting_id)
        if row_id is not None:
            meeting_inbox.set_read(db, row_id, state=InboxState.DONE, outcome="accepted")
        if home is None:
            return None
        if draft.wait_until_ms is not None:
            await_summary(
                db,
                meeting_id,
                connection_id=home,
                source_id=new.source_id,
                now_ms=now_ms,
                until_ms=draft.wait_until_ms,
            )
            return None
        if is_wanted(draft.body, draft.settings):
            want_media(db, meeting_id, now_ms=now_ms)
        keep_at_once(db, meeting_id, now_ms=now_ms)
        if not is_new:
            return None
        region = draft.settings.default_region
        lanes = lanes_of_meeting(draft.body, meeting_id=meeting_id, region=region)
        queue_meeting(
            db,
            meeting_id,
            connection_id=home,
            source_id=new.source_id,
            lanes=lanes,
            now_ms=now_ms,
        )
        return home


def _first_key(before: Merge | None, why: str) -> str:
    """Of the keys by which several reports fit, the one that goes first (MEETINGS 1.6)."""
    whys = {why} if before is None else {why, before.why}
    return next(key for key in MERGE_KEYS if key in whys)


def _lacks_summary(draft: _Draft) -> bool:
    """Whether one is to be made here."""
    body = draft.body
    waits = draft.wait_until_ms is not None
    return not waits and body.summary is None and body.answered and not body.crm.skip


def _body(report: Report) -> Meeting:
    assert report.body is not None  # noqa: S101 - only reports that were read are settled
    return report.body


def _with_summary(body: Meeting, bodies: Sequence[Meeting], priority: Sequence[str]) -> Meeting:
    """The first Source's summary, else that of whoever has one; one that is set goes before."""
    having = [one for one in bodies if one.summary is not None]
    ranks = {key: rank for rank, key in enumerate(priority)}
    ranked = sorted(having, key=lambda one: ranks.get(one.source, len(ranks)))
    if not ranked or (body.summary is not None and ranked[0].source not in ranks):
        return body
    best = ranked[0]
    items = best.action_items if best is not bodies[0] else body.action_items
    return msgspec.structs.replace(
        body, summary=best.summary, action_items=items, summary_expected=False
    )


def _keeping_own(body: Meeting, stored: StoredMeeting | None) -> Meeting:
    """What a person decided here wins over whatever a recorder sends later (MEETINGS 3.2)."""
    if stored is None:
        return body
    own = stored.body
    if "manual_notes" in own.kept:
        body = msgspec.structs.replace(body, manual_notes=own.manual_notes)
    if "transcript" in own.kept:
        # It was removed, and what was made of it stays unless the Source tells a summary.
        made = body.summary or own.summary
        body = msgspec.structs.replace(body, transcript=(), summary=made)
    by_hand = own.summary is not None and own.summary.origin is Origin.MANUAL
    if by_hand or "summary" in own.kept:
        body = msgspec.structs.replace(body, summary=own.summary, summary_expected=False)
    return msgspec.structs.replace(body, kept=own.kept)


def _is_news(stored: StoredMeeting, draft: _Draft, *, home: int | None) -> bool:
    """Whether there is anything that its note or its page has not."""
    found_home = stored.state == NO_CONNECTION and home is not None
    if found_home or stored.state == Becomes.PENDING.value or stored.deleted_at_ms is not None:
        return True
    return changed(stored.body, draft.body)


def _state(stored: StoredMeeting | None, draft: _Draft, *, home: int | None, is_new: bool) -> str:
    if home is None:
        return NO_CONNECTION
    if draft.wait_until_ms is not None:
        return Becomes.PENDING.value
    return stored.state if stored is not None and not is_new else QUEUED


def _title(draft: _Draft, users: Sequence[Member]) -> str:
    people = Judge(draft.settings, users=users).people(draft.body)
    return title_of(draft.body, people)
