"""Priority: what may spend how much of a day's API tokens, as data."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class Priority(IntEnum):
    """How urgent a piece of work is; the smaller number goes first. Stored as the number."""

    CARD = 10
    MEETING = 20
    HIGH = 30
    NORMAL = 40
    LOW = 50
    BACKFILL = 60


#: What a person may give a Mapping; the others belong to doors and replays.
OF_MAPPINGS: Mapping[str, Priority] = MappingProxyType(
    {"high": Priority.HIGH, "normal": Priority.NORMAL, "low": Priority.LOW}
)

#: Percent of the day's tokens that each leaves untouched, beyond its share of the reserve: the
#: less urgent a piece of work is, the earlier in the day it stops.
MARGIN: Mapping[Priority, int] = MappingProxyType(
    {
        Priority.CARD: 0,
        Priority.MEETING: 0,
        Priority.HIGH: 0,
        Priority.NORMAL: 5,
        Priority.LOW: 15,
        Priority.BACKFILL: 25,
    }
)

#: How much of the reserve each leaves, in percent of it. It is kept for people, so what people wait
#: for may use it: cards all of it, meetings half.
RESERVE_KEPT: Mapping[Priority, int] = MappingProxyType(
    {
        Priority.CARD: 0,
        Priority.MEETING: 50,
        Priority.HIGH: 100,
        Priority.NORMAL: 100,
        Priority.LOW: 100,
        Priority.BACKFILL: 100,
    }
)


def floor(priority: Priority, *, limit: int, reserve_percent: int) -> int:
    """Tokens of a day of `limit` that have to be left after work of this priority.

    >>> floor(Priority.NORMAL, limit=300_000, reserve_percent=20)
    75000
    """
    percent = reserve_percent * RESERVE_KEPT[priority] / 100 + MARGIN[priority]
    return -int(-limit * min(percent, 100.0) // 100)
