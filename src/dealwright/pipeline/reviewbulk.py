"""ReviewBulk: the same decided of many items at once, after their number was shown."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from dealwright.core.people import Principal
from dealwright.pipeline.reviewdesk import AlreadyDecided, Decision, decide
from dealwright.pipeline.reviewqueue import ReviewFilter, queue, waiting_item

#: In one transaction, while nobody else can write; what is left is another one.
MOST: Final = 1_000


class Bulk(NamedTuple):
    """How many items are meant, of those how many were `decided`, and what went `along` with them.

    `more`: there are others that are like that, for the next time.
    """

    meant: int
    decided: int = 0
    along: int = 0
    more: bool = False


class QueueChanged(AlreadyDecided):
    """Not as many items are meant as were shown; nothing was done."""

    code = "queue_changed"


def decide_many(
    db: sa.Connection,
    which: Sequence[str] | ReviewFilter,
    decision: Decision,
    *,
    by: Principal,
    now_ms: int,
    expected: int | None = None,
) -> Bulk:
    """Decide the same of items, by their ids or all that fit; at most `MOST` at once.

    Without `expected` nothing is done: the answer shows how many are meant. With it, that many have
    to be meant still, or QueueChanged is raised. Items that go along with an earlier one of them
    count as `along`. Raises as `decide`; then nothing was done.
    """
    ids, more = _meant(db, which)
    if expected is None:
        return Bulk(len(ids), more=more)
    if expected != len(ids):
        raise QueueChanged(
            f"{len(ids)} are meant by now, not {expected}; nothing was done. Look at them again."
        )
    decided = along = 0
    for item_id in ids:
        if waiting_item(db, item_id) is not None:
            along += decide(db, item_id, decision, by=by, now_ms=now_ms).along
            decided += 1
    return Bulk(len(ids), decided, along, more)


def _meant(db: sa.Connection, which: Sequence[str] | ReviewFilter) -> tuple[list[str], bool]:
    if isinstance(which, ReviewFilter):
        page = queue(db, which, limit=MOST)
        return [one.id for one in page.items], page.next_before is not None
    ids = list(dict.fromkeys(which))
    there = [one for one in ids[:MOST] if waiting_item(db, one) is not None]
    return there, len(ids) > MOST
