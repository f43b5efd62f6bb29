"""DryEvents: the Events that a dry run looks at: of a range of the log, or of a file."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError
from dealwright.pipeline.dryrun import BATCH, MOST_EVENTS
from dealwright.pipeline.importing import checked_rows
from dealwright.store.dry_runs import count_events, first_of_newest
from dealwright.store.engine import Store
from dealwright.store.events import StoredEvent, end_of_log, read_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of the log, both ends included."""

    first: int
    last: int


def newest(db: sa.Connection, count: int) -> Span:
    """Where the newest Events of the log are, so many at most."""
    return Span(first=first_of_newest(db, min(count, MOST_EVENTS)), last=end_of_log(db))


def see_that_it_fits(db: sa.Connection, span: Span) -> int:
    """How many Events a range has; raises ConfigError (`too_many_events`, `nothing_to_try`)."""
    count = count_events(db, span.first, span.last)
    if not count:
        raise ConfigError(
            "There is no event in this range. Choose another one.", code="nothing_to_try"
        )
    if count > MOST_EVENTS:
        raise _too_many(count)
    return count


async def of_log(store: Store, span: Span) -> AsyncGenerator[Sequence[StoredEvent]]:
    """The Events of a range, in its order."""
    after = span.first - 1
    while True:
        found = await store.read(partial(read_batch, after=after, limit=BATCH))
        batch = [event for event in found if event.seq <= span.last]
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        after = batch[-1].seq


def of_lines(
    lines: Iterable[bytes], *, source_id: int, after: int, clock: Clock, max_event_bytes: int
) -> list[StoredEvent]:
    """Events that are in no log, as if they came now to a Source; `after` is the log's end.

    They are numbered from 1 on beyond it. Raises ConfigError for a line that is no event.
    """
    found: list[StoredEvent] = []
    now_ms = to_ms(clock.now())
    events, rejects = checked_rows(lines, source_id, now_ms=now_ms, max_event_bytes=max_event_bytes)
    if rejects:
        first = rejects[0]
        raise ConfigError(
            f"{len(rejects)} of the events cannot be used. The first: {first.reason}",
            code=first.code,
        )
    if len(events) > MOST_EVENTS:
        raise _too_many(len(events))
    for number, row in enumerate(events, 1):
        found.append(StoredEvent(after + number, *row))
    return found


async def of_list(events: Sequence[StoredEvent]) -> AsyncGenerator[Sequence[StoredEvent]]:
    """Events that are here already, some at a time."""
    for start in range(0, len(events), BATCH):
        yield events[start : start + BATCH]


def _too_many(count: int) -> ConfigError:
    return ConfigError(
        f"A dry run looks at {MOST_EVENTS:,} events at most; these are {count:,}. "
        "Choose a smaller range.",
        code="too_many_events",
    )
