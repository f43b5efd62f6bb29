"""Probes: accounts that cannot be used for a reason that ends by itself, and when to ask again."""

import sqlalchemy as sa

from dealwright.store.connections import Connection, ConnectionState, list_connections
from dealwright.store.tables import connections

#: Whoever mends this does it in Pipedrive, and need not tell the hub.
PROBED = frozenset({ConnectionState.PAYMENT_REQUIRED})

#: Seconds until the first, second, … look; the last counts for all further ones.
WAITS_S = (300, 900, 1800, 3600, 7200, 14400, 21600)


def probed(db: sa.Connection) -> list[Connection]:
    """Connections that are asked again from time to time."""
    return [one for one in list_connections(db) if one.state in PROBED]


def take_probe(db: sa.Connection, one: Connection, *, now_ms: int) -> bool:
    """Be the one that asks now; False while it is too early, or another was faster.

    The first call only begins the wait: that it cannot be used has just been found out.
    """
    if one.probe_at_ms is not None and one.probe_at_ms > now_ms:
        return False
    wait_s = WAITS_S[min(one.probes, len(WAITS_S) - 1)]
    taken = (
        sa.update(connections)
        .where(
            connections.c.id == one.id,
            connections.c.state == one.state.value,
            connections.c.probes == one.probes,
            connections.c.probe_at_ms.is_not_distinct_from(one.probe_at_ms),
        )
        .values(probe_at_ms=now_ms + wait_s * 1000, probes=connections.c.probes + 1)
    )
    return bool(db.execute(taken).rowcount) and one.probe_at_ms is not None
