"""DryTry: one would-be Delivery: matched and planned as a delivery is, written nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import structlog

from dealwright.core.action import Action
from dealwright.core.catalogue import Catalogue
from dealwright.core.delivery import State
from dealwright.core.errors import (
    DealwrightError,
    RateLimited,
    StoreUnavailable,
    Unavailable,
)
from dealwright.core.match import Ambiguous, Found
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.written import Told
from dealwright.pipedrive.client import Client
from dealwright.pipeline.applymapping import ApplyMapping, House
from dealwright.pipeline.coalesce import Dated, coalesce
from dealwright.pipeline.dryasking import GONE, DryRecords, Gone, NotAsked
from dealwright.pipeline.dryscribe import DryScribe
from dealwright.pipeline.dryworld import DryAhead, DryMirror, DryReading, KeptLists, Overlay
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.mirrored import record_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.route import Route, action_of
from dealwright.pipeline.verdict import Verdict, verdict_of
from dealwright.store.mirror import records as mirrored

_log = structlog.get_logger(__name__)

Ids = frozenset[tuple[RecordKind, RecordId]]


@dataclass(slots=True, kw_only=True)
class DryWorld:
    """What all tries of a dry run share; `house` is what those of a delivery share too.

    `sought` are the kinds of which somebody was looked for.
    """

    house: House
    overlay: Overlay
    mirror: DryMirror
    lists: KeptLists
    lessons: Lessons
    recent: Recent
    client: Client
    pace: Pace
    verifying: bool
    catalogue: Catalogue = field(default_factory=Catalogue)
    sought: set[RecordKind] = field(default_factory=set[RecordKind])

    async def known(self, kind: RecordKind, record_id: RecordId) -> Record | Gone | None:
        """A record as it would be, as far as that is known here."""
        if (kind, record_id) in self.overlay.deleted:
            return GONE
        laid = self.overlay.records.get((kind, record_id))
        if laid is not None or self.verifying:
            return laid
        connection_id = self.house.tenure.connection_id
        rows = await self.house.tenure.read(
            lambda db: mirrored(db, connection_id, kind, [record_id])
        )
        row = rows.get(record_id)
        if row is None:
            return None
        return GONE if row.deleted else record_of(row)


class Tried(NamedTuple):
    """How a would-be Delivery ended. `unknown`: that needs a look into Pipedrive.

    `stale` are the records that it took as the mirror has them, and a delivery would look at.
    """

    verdict: Verdict
    work: ApplyMapping
    scribe: DryScribe
    tokens: int
    candidates: tuple[RecordId, ...]
    stale: Ids
    unknown: bool


async def tried(world: DryWorld, group: Group, *, route: Route, values: Sequence[Dated]) -> Tried:
    """Try a Group; what it would have made is in the Overlay then. Raises StoreUnavailable."""
    records = DryRecords(world.client, known=world.known)
    reading = world.mirror.reading(records)
    scribe = DryScribe(
        overlay=world.overlay,
        lists=world.lists,
        past=world.house.past,
        source_id=group.leader.source_id,
        catalogue=world.catalogue,
    )
    work = _work(world, group, records=records, reading=reading, scribe=scribe)
    scribe.present = partial(_present, work)
    before = frozenset(world.mirror.stale)
    verdict, unknown = await _judged(world, group, work, route=route, values=values)
    world.sought |= {reference.kind for reference in work.references if reference.keys}
    if world.verifying:
        await world.house.tenure.write(reading.store)
    for kind, record in scribe.fresh.items():
        world.recent.note(kind, record, at_ms=world.house.tenure.now_ms)
    stale = frozenset(world.mirror.stale) - before
    return Tried(
        verdict=verdict,
        work=work,
        scribe=scribe,
        tokens=scribe.tokens + records.tokens + len(stale),
        candidates=_candidates(work),
        stale=stale,
        unknown=unknown,
    )


def _work(
    world: DryWorld,
    group: Group,
    *,
    records: DryRecords,
    reading: DryReading,
    scribe: DryScribe,
) -> ApplyMapping:
    house = world.house
    return ApplyMapping(
        house=house,
        leader=group.leader,
        records=records,
        reading=reading,
        resolver=Resolver(
            records=records,
            mirror=reading,
            recent=world.recent,
            defaults=house.defaults,
            clock=house.tenure.clock,
            taught=world.lessons.taught.records,
        ),
        ahead=DryAhead(
            tenure=house.tenure,
            past=house.past,
            mirror=reading,
            source_id=group.leader.source_id,
            overlay=world.overlay,
        ),
        scribe=scribe,
    )


async def _judged(
    world: DryWorld, group: Group, work: ApplyMapping, *, route: Route, values: Sequence[Dated]
) -> tuple[Verdict, bool]:
    try:
        action, told = _told(group, route, values)
        work.see_allowed(action, told)
        before = world.house.turns.count
        return await work.verdict(action, told, made={}, intents=(), before=before), False
    except StoreUnavailable:
        raise
    except (NotAsked, RateLimited, Unavailable) as error:
        return Verdict(state=State.HELD, code=error.code, message=str(error)), True
    except Exception as error:  # noqa: BLE001 - a defect is foretold as well
        if not isinstance(error, DealwrightError):
            _log.exception("dry_run.defect", event_seq=group.leader.event_seq)
        merged = len(group.deliveries) > 1
        return verdict_of(error, attempts=1, merged=merged, pace=world.pace), False


def _told(group: Group, route: Route, values: Sequence[Dated]) -> tuple[Action, Told]:
    action = action_of(route)
    return action, coalesce(action, values, mapping_id=group.leader.mapping_id)


def _present(work: ApplyMapping, record_id: RecordId) -> Record | None:
    """The record that a Plan changes, as it was when it was planned."""
    planned = None if work.planned is None else work.planned.record
    found = [one.record for one in work.matches.values() if isinstance(one, Found)]
    return next((one for one in (planned, *found) if one and one.id == record_id), None)


def _candidates(work: ApplyMapping) -> tuple[RecordId, ...]:
    """Whom a person would have to choose from."""
    return tuple(
        candidate
        for match in work.matches.values()
        if isinstance(match, Ambiguous)
        for candidate in match.candidates
    )
