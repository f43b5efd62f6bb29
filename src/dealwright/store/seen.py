"""Which messages a Connection has met already: repeats are dropped after the acknowledgement.

A unique index on the log would double the cost of intake (ENGINE.md 3).
"""

from collections.abc import Sequence
from hashlib import blake2b

import sqlalchemy as sa

from dealwright.store.statements import chunks
from dealwright.store.tables import connections, seen, sources

#: Sixteen bytes: two messages of one Connection never share them, and keys stay short.
_DIGEST_BYTES = 16

# SQLite allows 32,766 parameters; a row takes four.
_ROWS = 500

_Key = tuple[int, bytes]


def unseen(
    db: sa.Connection, connection_id: int, *, items: Sequence[tuple[int, str]], at_ms: int
) -> list[bool]:
    """Remember messages; for each, whether this is the first time that it is met.

    Items are pairs of Source id and messageId; of equal ones only the first is new. Part of the
    transaction that uses the answer, so that a crash forgets both.
    """
    keys = [(source_id, _digest(message_id)) for source_id, message_id in items]
    new: set[_Key] = set()
    for some in chunks(list(dict.fromkeys(keys)), _ROWS):
        new |= _insert(db, connection_id, some, at_ms)
    answers: list[bool] = []
    for key in keys:
        answers.append(key in new)
        new.discard(key)
    return answers


def met_at_ms(db: sa.Connection, message_id: str) -> int | None:
    """When a message was first met by whatever Connection; None when none has, or long ago."""
    called = _digest(message_id)
    pairs = sa.select(connections.c.id, sources.c.id).select_from(
        connections.join(sources, sa.true())
    )
    keys = [(*pair, called) for pair in db.execute(pairs)]
    met = sa.tuple_(seen.c.connection_id, seen.c.source_id, seen.c.digest)
    found = [
        db.scalar(sa.select(sa.func.min(seen.c.at_ms)).where(met.in_(some)))
        for some in chunks(keys, _ROWS)
    ]
    return min((at_ms for at_ms in found if at_ms is not None), default=None)


def prune_seen(db: sa.Connection, before_ms: int, *, limit: int = 10_000) -> int:
    """Forget the messages that were met first, at most some more than `limit`; says how many."""
    old = sa.select(seen.c.at_ms).where(seen.c.at_ms < before_ms).order_by(seen.c.at_ms)
    # A batch is met in one millisecond and is forgotten as one.
    last = db.scalar(old.offset(limit - 1).limit(1))
    until = seen.c.at_ms < before_ms if last is None else seen.c.at_ms <= last
    return db.execute(sa.delete(seen).where(until)).rowcount


def _digest(message_id: str) -> bytes:
    return blake2b(message_id.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()


_INTO = "INSERT INTO seen (connection_id, source_id, digest, at_ms) "
_NEW = " ON CONFLICT DO NOTHING RETURNING source_id, digest"
_FROM_ARRAYS = (
    "SELECT %s::bigint, source_id, digest, %s::bigint"
    " FROM unnest(%s::bigint[], %s::bytea[]) AS new (source_id, digest)"
)


def _insert(db: sa.Connection, connection_id: int, keys: Sequence[_Key], at_ms: int) -> set[_Key]:
    if db.dialect.name == "sqlite":
        source = "VALUES " + ", ".join(["(?, ?, ?, ?)"] * len(keys))
        values = tuple(
            value
            for source_id, digest in keys
            for value in (connection_id, source_id, digest, at_ms)
        )
    else:
        source = _FROM_ARRAYS
        source_ids, digests = zip(*keys, strict=True)
        values = (connection_id, at_ms, list(source_ids), list(digests))
    found = db.exec_driver_sql(_INTO + source + _NEW, values)
    return {(source_id, bytes(digest)) for source_id, digest in found}
