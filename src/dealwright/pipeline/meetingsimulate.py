"""MeetingSimulate: what other settings would make of meetings that are here; nothing is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import Clock
from dealwright.core.delivery import Step
from dealwright.core.mapping import MatchDefaults
from dealwright.core.plan import Change, Create, Plan, Update
from dealwright.core.record import RECORD_TYPES, Record, RecordId, RecordKind
from dealwright.meetings.outcome import MeetingResult
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.logmeeting import LogMeeting
from dealwright.pipeline.mirror import Mirror
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.tenure import Tenure
from dealwright.store.engine import Store
from dealwright.store.mirror import state as mirror_state

#: What the mirror knows counts for as long: a simulation asks nobody who is new.
_ALWAYS_S: Final = 10 * 365 * 86_400.0


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What would be otherwise, as people read it: of which meeting, what, from, to."""

    meeting: str
    title: str
    what: str
    before: str
    after: str


@dataclass(slots=True)
class Rehearsal:
    """Takes Plans and writes nothing; what would be made has made-up ids below zero."""

    steps: list[Step] = field(default_factory=list[Step])
    fresh: dict[RecordKind, Record] = field(default_factory=dict[RecordKind, Record])
    changes: list[Change] = field(default_factory=list[Change])

    async def write(self, plan: Plan) -> RecordId | None:
        """Note what would be written."""
        for change in plan.changes:
            self.changes.append(change)
            if isinstance(change, Create | Update):
                made = change.record_id if isinstance(change, Update) else -len(self.changes)
                self.fresh[change.kind] = _pretended(change.kind, made)
        return None

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """Simulates for one Connection; deals are asked for, at 10 tokens a guest."""

    store: Store
    connection_id: int
    client: Client
    clock: Clock
    pace: Pace
    defaults: MatchDefaults
    base_url: str

    async def differences(
        self,
        meetings: Iterable[tuple[int, str]],
        settings: Callable[[MeetingSettings], MeetingSettings],
    ) -> list[Difference]:
        """What would be otherwise for meetings (id, page id) if their settings were changed so."""
        found: list[Difference] = []
        for meeting_id, page in meetings:
            now = await self._played(meeting_id, lambda known: known)
            then = await self._played(meeting_id, settings)
            if now is not None and then is not None:
                found += _differing(page, now, then)
        return found

    async def _played(
        self, meeting_id: int, settings: Callable[[MeetingSettings], MeetingSettings]
    ) -> MeetingResult | None:
        tenure = Tenure(
            self.store,
            connection_id=self.connection_id,
            holder="simulation",
            clock=self.clock,
            lease_s=self.pace.lease_s,
        )
        records = Records(self.client)
        pace = replace(self.pace, fresh_s=_ALWAYS_S, trust_s=_ALWAYS_S)
        mirror = Mirror(tenure, pace=pace, region=self.defaults.region)
        states = await tenure.read(lambda db: mirror_state(db, self.connection_id))
        mirror.begin(states, listening=True)
        lessons = Lessons(self.connection_id)
        await tenure.read(lessons.heed)
        reading = mirror.reading(records)
        recent = Recent(
            start_ms=tenure.now_ms, keep_ms=int(pace.recent_s * 1000), region=self.defaults.region
        )
        resolver = Resolver(
            records=records,
            mirror=reading,
            recent=recent,
            defaults=self.defaults,
            clock=self.clock,
            taught=lessons.taught.records,
        )
        log = LogMeeting(
            meeting_id=meeting_id,
            source_id=0,
            tenure=tenure,
            client=records.client,
            mirror=reading,
            resolver=resolver,
            accounts=AccountBook(self.store, connection_id=self.connection_id, clock=self.clock),
            scribe=Rehearsal(),
            base_url=self.base_url,
            settings=settings,
        )
        await log.verdict()
        return log.result


def _pretended(kind: RecordKind, record_id: RecordId) -> Record:
    return msgspec.convert({"id": record_id}, RECORD_TYPES[kind])


def _differing(meeting: str, now: MeetingResult, then: MeetingResult) -> Iterator[Difference]:
    for what, before, after in (
        ("state", now.state, then.state),
        ("deal", _deal(now), _deal(then)),
        ("conversation type", now.conversation_type, then.conversation_type),
        ("activity", _activity(now), _activity(then)),
        ("persons", _persons(now), _persons(then)),
    ):
        if before != after:
            yield Difference(
                meeting=meeting, title=then.title, what=what, before=before, after=after
            )


def _deal(result: MeetingResult) -> str:
    return (
        "none" if result.deal is None or result.deal.deal_id is None else str(result.deal.deal_id)
    )


def _activity(result: MeetingResult) -> str:
    return result.activity_reason or "written"


def _persons(result: MeetingResult) -> str:
    told = [
        f"{one.name or one.email or one.phone}: "
        f"{'new' if (one.person_id or 0) < 0 else one.person_id or 'none'}"
        for one in result.participants
        if one.match is not None
    ]
    return ", ".join(told) or "none"
