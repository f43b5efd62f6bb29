"""Tidy: forget what nobody needs any more."""

from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.store.engine import Store
from dealwright.store.events import prune_rejects
from dealwright.store.seen import prune_seen

_log = structlog.get_logger(__name__)

#: How often a worker looks.
EVERY_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long things are kept, in seconds: messageIds for repeats, and refused events."""

    seen_s: float = 7 * 86_400.0
    rejects_s: float = 30 * 86_400.0


async def tidy(store: Store, *, clock: Clock, keep: Keep) -> None:
    """Delete what is older than it is kept; raises StoreUnavailable."""
    now_ms = to_ms(clock.now())

    def prune(db: sa.Connection) -> tuple[int, int]:
        seen = prune_seen(db, now_ms - int(keep.seen_s * 1000))
        return seen, prune_rejects(db, now_ms - int(keep.rejects_s * 1000))

    seen, rejects = await store.write(prune)
    if seen or rejects:
        _log.info("store.tidied", seen=seen, rejects=rejects)
