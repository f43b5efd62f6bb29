"""Tidy: forget what nobody needs any more, some of it at a time, so that others can write."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import sqlalchemy as sa
import structlog

from dealwright.core.cardstate import MAX_AGE_S
from dealwright.core.clock import Clock, to_ms
from dealwright.pipeline.duplicates import find_when_due
from dealwright.pipeline.meetingkeeping import keep_raw, keep_some, policies
from dealwright.pipeline.meetingmedia import delete_files
from dealwright.pipeline.privacyerase import Eraser
from dealwright.pipeline.privacyruns import tend
from dealwright.store.card_acts import delete_old
from dealwright.store.dry_runs import prune_dry_runs
from dealwright.store.engine import Store
from dealwright.store.events import Pruned, prune_events, prune_rejects, too_old_by_size
from dealwright.store.intents import prune_intents
from dealwright.store.journal import prune_journal
from dealwright.store.ledger import hour_of, prune_ledger
from dealwright.store.proposals import prune_proposals
from dealwright.store.retention import give_back, prune_deliveries, write_off
from dealwright.store.secrets import Vault
from dealwright.store.seen import prune_seen
from dealwright.store.touches import prune_touches

_log = structlog.get_logger(__name__)

#: How often a worker looks.
EVERY_S = 3600.0

#: A clock of Pipedrive that is as far from ours would be noticed elsewhere.
_MARGIN_MS = 3_600_000

#: A button of a card that is older does nothing: what it did need not be known any more.
_BUTTON_S = MAX_AGE_S + 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long things are kept, in seconds.

    messageIds for repeats, refused events, Events that all have read and nobody needs again,
    intents whose outcome is known, Deliveries that have ended (at least as long as their Event),
    those that are held or have failed, the journal of what was written, what dry runs foretold, and
    lines of the Ledger.
    Buttons that were pressed go after their Deliveries. `events_bytes` is how large the log may
    grow, in which the oldest leave earlier; 0: as large as it will. Of meetings each Source has
    its own times; `media` is the folder of recordings. With the `vault` persons who are
    suppressed are taken out of the mirrors, and erasures go on that a crash has left.
    """

    seen_s: float = 7 * 86_400.0
    rejects_s: float = 30 * 86_400.0
    events_s: float = 90 * 86_400.0
    intents_s: float = 7 * 86_400.0
    deliveries_s: float = 90 * 86_400.0
    stuck_s: float = 365 * 86_400.0
    journal_s: float = 365 * 86_400.0
    dry_runs_s: float = 30 * 86_400.0
    ledger_s: float = 400 * 86_400.0
    events_bytes: int = 0
    media: Path | None = None
    vault: Vault | None = None


async def tidying(store: Store, *, clock: Clock, keep: Keep) -> NoReturn:
    """Tidy again and again, and look for duplicates once a week; deliveries go on meanwhile.

    What goes wrong is tried again.
    """
    while True:
        await clock.sleep(EVERY_S)
        try:
            await tidy(store, clock=clock, keep=keep)
            await find_when_due(store, clock=clock)
        except Exception:  # noqa: BLE001 - whatever it is, it must not end the worker
            _log.exception("worker.not_tidied")


async def tidy(store: Store, *, clock: Clock, keep: Keep) -> None:
    """Delete what is older than it is kept; raises StoreUnavailable."""
    now_ms = to_ms(clock.now())

    def ago_ms(seconds: float) -> int:
        return now_ms - int(seconds * 1000)

    intents_ms = ago_ms(keep.intents_s)
    found = {
        "seen": await _all(store, lambda db: prune_seen(db, ago_ms(keep.seen_s))),
        "rejects": await _all(store, lambda db: prune_rejects(db, ago_ms(keep.rejects_s))),
        "intents": await _all(
            store, lambda db: prune_intents(db, intents_ms, margin_ms=_MARGIN_MS)
        ),
        "events": await _events(store, ago_ms(keep.events_s), keep.events_bytes),
        "written_off": await _all(
            store, lambda db: write_off(db, ago_ms(keep.stuck_s), now_ms=now_ms)
        ),
        "deliveries": await _walk(
            store, lambda db, after: prune_deliveries(db, ago_ms(keep.deliveries_s), after=after)
        ),
        "card_acts": await _all(store, lambda db: delete_old(db, before_ms=ago_ms(_BUTTON_S))),
        "dry_runs": await _all(store, lambda db: prune_dry_runs(db, ago_ms(keep.dry_runs_s))),
        "journal": await _all(store, lambda db: prune_journal(db, ago_ms(keep.journal_s))),
        "proposals": await _all(store, lambda db: prune_proposals(db, ago_ms(keep.journal_s))),
        "touches": await _all(store, lambda db: prune_touches(db, ago_ms(keep.journal_s))),
        "ledger": await store.write(
            lambda db: prune_ledger(db, before_day=hour_of(ago_ms(keep.ledger_s))[0])
        ),
        "meetings": await _meetings(store, now_ms),
        "recordings": 0 if keep.media is None else await delete_files(store, keep.media),
        "suppressed": await _private(store, clock, keep),
        "pages": await _all(store, give_back),
    }
    if any(found.values()):
        _log.info("store.tidied", **found)


async def _meetings(store: Store, now_ms: int) -> int:
    """Remove what is over of meetings, each Source by its own times."""
    by_source = await store.read(policies)
    removed = await _all(store, lambda db: keep_raw(db, by_source=by_source, now_ms=now_ms))
    after: int | None = 0
    while after is not None:
        some, after = await store.write(
            lambda db, after=after: keep_some(db, after, by_source=by_source, now_ms=now_ms)
        )
        removed += some
    return removed


async def _private(store: Store, clock: Clock, keep: Keep) -> int:
    if keep.vault is None or keep.media is None:
        return 0
    return await tend(Eraser(store=store, clock=clock, vault=keep.vault, media=keep.media))


async def _all(store: Store, prune: Callable[[sa.Connection], int]) -> int:
    deleted = 0
    while some := await store.write(prune):
        deleted += some
    return deleted


async def _events(store: Store, before_ms: int, largest_bytes: int) -> int:
    until = 0
    if largest_bytes:
        until = await store.read(lambda db: too_old_by_size(db, largest_bytes))
    return await _walk(
        store, lambda db, after: prune_events(db, before_ms, until=until, after=after)
    )


async def _walk(store: Store, prune: Callable[[sa.Connection, int], Pruned]) -> int:
    deleted, after = 0, 0
    while True:
        pruned = await store.write(lambda db, after=after: prune(db, after))
        deleted += pruned.deleted
        if pruned.looked_to is None:
            return deleted
        after = pruned.looked_to
