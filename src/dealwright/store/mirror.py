"""The mirror: what is known of an account's records, by what each can be found by.

A key is kept as a number of 64 bits, not as text: whatever a person typed is as short as any other,
and nobody reads addresses in the index. Two keys may meet in one number, so a hit has to be
verified against the record, as every hit is.
"""

import sqlite3
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.store.mirror_turn import take_turn
from dealwright.store.privacy import suppressed_persons
from dealwright.store.statements import chunks
from dealwright.store.tables import mirror_keys, mirror_records, mirror_state

# SQLite allows 32,766 parameters in one statement; most of ours take one an id.
_ROWS = 1_000


class MirrorRow(NamedTuple):
    """A record as it was seen. `body` is its `core.record` Struct in JSON, `keys` what finds it.

    `updated_at_ms` is Pipedrive's own time of its last change, `checked_at_ms` ours: when a read
    was asked for, or when the answer to a write came. Not `exact`: a hint, to be read before it
    decides.
    """

    kind: RecordKind
    record_id: RecordId
    updated_at_ms: int
    checked_at_ms: int
    exact: bool
    deleted: bool
    body: bytes
    keys: tuple[str, ...] = ()


class Mirrored(NamedTuple):
    """A record as the mirror has it; a deleted one is remembered without keys.

    The `body` of a deleted one is empty, or the id of the record that it was merged into.
    """

    kind: RecordKind
    record_id: RecordId
    updated_at_ms: int
    checked_at_ms: int
    exact: bool
    deleted: bool
    body: bytes


class MirrorState(NamedTuple):
    """How far the mirror of a kind is, and how fresh.

    `crawling`: a crawl is wanted; it began at `started_at_ms`, has read `crawled` records, goes on
    at `crawl_cursor`, and rests until `next_at_ms`. `complete_at_ms`: one has been finished.
    `fresh_at_ms`: everything that was changed before is known; `reconciled_at_ms`: the same, looked
    at once more. None: not yet. `region`: that of phone numbers without a country code, of which
    keys were made; a crawl for another has to make them anew.
    """

    kind: RecordKind
    crawling: bool = False
    crawl_cursor: str | None = None
    crawled: int = 0
    started_at_ms: int | None = None
    complete_at_ms: int | None = None
    fresh_at_ms: int | None = None
    reconciled_at_ms: int | None = None
    next_at_ms: int | None = None
    region: str = ""

    @property
    def complete(self) -> bool:
        """Whether every record of the kind is known."""
        return self.complete_at_ms is not None


class _Held(NamedTuple):
    updated_at_ms: int
    checked_at_ms: int
    exact: bool
    deleted: bool
    keys: bytes


def put_records(db: sa.Connection, connection_id: int, rows: Iterable[MirrorRow]) -> int:
    """Take over what was seen, unless something newer is known; says how much was taken.

    The later `updated_at_ms` wins. Between equal ones an exact row wins over a hint, then the one
    that was not checked before the other. A read that was asked for after a hint, or a deletion,
    was heard of wins over it.
    """
    by_kind: dict[RecordKind, dict[str, MirrorRow]] = {}
    for row in rows:
        seen = by_kind.setdefault(row.kind, {})
        other = seen.get(str(row.record_id))
        if other is None or _wins(row, _held_of(other)):
            seen[str(row.record_id)] = row
    if by_kind:
        take_turn(db, connection_id)
    taken = 0
    for kind, seen in by_kind.items():
        for texts in chunks(list(seen), _ROWS):
            taken += _put(db, connection_id, kind, {text: seen[text] for text in texts})
    return taken


def by_keys(
    db: sa.Connection, connection_id: int, kind: RecordKind, keys: Sequence[str]
) -> dict[str, list[RecordId]]:
    """Ids of records that have a key, in order; keys that none has are left out. Unverified."""
    texts = {key_number(kind, key): key for key in keys}
    found: dict[str, list[RecordId]] = {}
    for numbers in chunks(list(texts), _ROWS):
        for number, text in _each(db, _FIND, (connection_id, kind.value), numbers):
            found.setdefault(texts[number], []).append(_id_of(kind, text))
    for ids in found.values():
        ids.sort()  # type: ignore[reportCallIssue] - the ids of one kind are of one type
    return found


def records(
    db: sa.Connection, connection_id: int, kind: RecordKind, ids: Collection[RecordId]
) -> dict[RecordId, Mirrored]:
    """Records by id, deleted ones too; those that are not known are left out."""
    found: dict[RecordId, Mirrored] = {}
    for some in chunks([str(record_id) for record_id in ids], _ROWS):
        for text, updated, checked, exact, deleted, body in _each(
            db, _READ, (connection_id, kind.value), some
        ):
            record_id = _id_of(kind, text)
            found[record_id] = Mirrored(
                kind, record_id, updated, checked, bool(exact), bool(deleted), bytes(body)
            )
    return found


def bury(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    *,
    record_id: RecordId,
    at_ms: int,
    into: RecordId | None = None,
) -> None:
    """Say that a record is no more, as of `at_ms`; an answer that is older does not revive it.

    `into` is the record that it was merged into; its grave says so for good.
    """
    take_turn(db, connection_id)
    known = _held(db, connection_id, kind, [str(record_id)]).get(str(record_id))
    updated_at_ms = known.updated_at_ms if known else at_ms
    if known is not None and known.checked_at_ms > at_ms:
        return
    body = b"" if into is None else msgspec.json.encode(into)
    grave = MirrorRow(kind, record_id, updated_at_ms, at_ms, exact=True, deleted=True, body=body)
    _write(db, connection_id, kind, {str(record_id): grave}, {str(record_id): known})


def doubt(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, record_ids: Sequence[RecordId]
) -> None:
    """Have records read by id before they decide anything."""
    take_turn(db, connection_id)
    mine = _of_kind(connection_id, kind)
    for some in chunks([str(record_id) for record_id in record_ids], _ROWS):
        these = mirror_records.c.record_id.in_(some)
        db.execute(sa.update(mirror_records).where(mine, these).values(exact=0))


def doubt_unseen(db: sa.Connection, connection_id: int, kind: RecordKind, *, since_ms: int) -> int:
    """Have records read by id before they decide that nothing was heard of since; says how many.

    A crawl that did not meet them does not prove that they are gone: they may be archived, or not
    for our eyes. Whoever needs one asks for 1 token; nobody pays for those that nobody needs.
    """
    take_turn(db, connection_id)
    unseen = mirror_records.c.checked_at_ms < since_ms, mirror_records.c.deleted == 0
    doubted = sa.update(mirror_records).where(_of_kind(connection_id, kind), *unseen)
    return db.execute(doubted.values(exact=0)).rowcount


def state(db: sa.Connection, connection_id: int) -> dict[RecordKind, MirrorState]:
    """How far and how fresh the mirror of each kind is; kinds without one are left out."""
    found: dict[RecordKind, MirrorState] = {}
    for kind, crawling, *rest in _driven(db, _STATES, (connection_id,)):
        found[RecordKind(kind)] = MirrorState(RecordKind(kind), bool(crawling), *rest)
    return found


def counts(db: sa.Connection, connection_id: int) -> dict[RecordKind, int]:
    """How many records of each kind are known to be there."""
    chosen = (
        sa.select(mirror_records.c.kind, sa.func.count())
        .where(mirror_records.c.connection_id == connection_id, mirror_records.c.deleted == 0)
        .group_by(mirror_records.c.kind)
    )
    return {RecordKind(kind): count for kind, count in db.execute(chosen)}


def wipe(db: sa.Connection, connection_id: int) -> None:
    """Forget everything; nothing is crawled again before somebody asks for it."""
    take_turn(db, connection_id)
    for table in (mirror_keys, mirror_records, mirror_state):
        db.execute(sa.delete(table).where(table.c.connection_id == connection_id))


def key_number(kind: RecordKind, key: str) -> int:
    """The number that stands for a key of a kind."""
    digest = blake2b(f"{kind}\n{key}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _wins(new: MirrorRow, old: _Held) -> bool:
    """Whether `new` is to take the place of `old`."""
    doubtful = old.deleted or not old.exact
    if new.exact and doubtful and new.checked_at_ms > old.checked_at_ms:
        return True
    if new.updated_at_ms != old.updated_at_ms:
        return new.updated_at_ms > old.updated_at_ms
    if old.deleted != new.deleted:
        return new.deleted
    return (new.exact, new.checked_at_ms) >= (old.exact, old.checked_at_ms)


def _put(
    db: sa.Connection, connection_id: int, kind: RecordKind, rows: Mapping[str, MirrorRow]
) -> int:
    known = _held(db, connection_id, kind, list(rows))
    gone = suppressed_persons(db, connection_id, list(rows)) if kind is RecordKind.PERSON else ()
    taken = {
        text: row
        for text, row in rows.items()
        if (text not in known or _wins(row, known[text])) and text not in gone
    }
    if taken:
        _write(db, connection_id, kind, taken, known)
    return len(taken)


def _write(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    rows: Mapping[str, MirrorRow],
    known: Mapping[str, _Held | None],
) -> None:
    written: list[tuple[Any, ...]] = []
    old_keys: list[tuple[Any, ...]] = []
    new_keys: list[tuple[Any, ...]] = []
    for text, row in rows.items():
        packed = b"" if row.deleted else _packed(kind, row.keys)
        flags = int(row.exact), int(row.deleted)
        times = row.updated_at_ms, row.checked_at_ms
        written.append((connection_id, kind.value, text, *times, *flags, packed, row.body))
        held = known.get(text)
        before = held.keys if held else b""
        if packed != before:
            had, has = set(_unpacked(before)), set(_unpacked(packed))
            old_keys += ((connection_id, kind.value, number, text) for number in had - has)
            new_keys += ((connection_id, kind.value, number, text) for number in has - had)
    _many(db, _PUT, written)
    _many(db, _DROP_KEYS, old_keys)
    # In the order of the index: a page of it is met once.
    _many(db, _ADD_KEYS, sorted(new_keys))


def _held(
    db: sa.Connection, connection_id: int, kind: RecordKind, texts: Sequence[str]
) -> dict[str, _Held]:
    found = _each(db, _HELD, (connection_id, kind.value), texts)
    return {
        text: _Held(updated, checked, bool(exact), bool(deleted), bytes(keys))
        for text, updated, checked, exact, deleted, keys in found
    }


def _held_of(row: MirrorRow) -> _Held:
    return _Held(row.updated_at_ms, row.checked_at_ms, row.exact, row.deleted, b"")


# -- driver SQL: a page of 500 records is ten thousand values, and a look-up is made for each Event.


class _Sql(NamedTuple):
    sqlite: str
    postgres: str


_OF = "WHERE connection_id = ? AND kind = ?"
_PG_OF = "WHERE connection_id = %s AND kind = %s"
_FIELDS = ", ".join(MirrorState._fields)
_STATES = _Sql(
    f"SELECT {_FIELDS} FROM mirror_state WHERE connection_id = ?",  # noqa: S608 - constants
    f"SELECT {_FIELDS} FROM mirror_state WHERE connection_id = %s",  # noqa: S608 - constants
)
_FIND = _Sql(
    f"SELECT key, record_id FROM mirror_keys {_OF} AND key IN ",  # noqa: S608 - constants
    f"SELECT key, record_id FROM mirror_keys {_PG_OF} AND key = ANY(%s)",  # noqa: S608 - constants
)
_READ = _Sql(
    "SELECT record_id, updated_at_ms, checked_at_ms, exact, deleted, body"  # noqa: S608 - constants
    f" FROM mirror_records {_OF} AND record_id IN ",
    "SELECT record_id, updated_at_ms, checked_at_ms, exact, deleted, body"  # noqa: S608 - constants
    f" FROM mirror_records {_PG_OF} AND record_id = ANY(%s)",
)
_HELD = _Sql(
    "SELECT record_id, updated_at_ms, checked_at_ms, exact, deleted, keys"  # noqa: S608 - constants
    f" FROM mirror_records {_OF} AND record_id IN ",
    "SELECT record_id, updated_at_ms, checked_at_ms, exact, deleted, keys"  # noqa: S608 - constants
    f" FROM mirror_records {_PG_OF} AND record_id = ANY(%s)",
)
_COLUMNS = (
    "connection_id, kind, record_id, updated_at_ms, checked_at_ms, exact, deleted, keys, body"
)
_SET = (
    ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[3:-1])
    # Where a record went that was merged is told once; later it is only said to be deleted.
    + ", body = CASE WHEN excluded.deleted = 1 AND mirror_records.deleted = 1"
    " AND length(excluded.body) = 0 THEN mirror_records.body ELSE excluded.body END"
)
_PUT = _Sql(
    f"INSERT INTO mirror_records ({_COLUMNS}) VALUES ({', '.join('?' * 9)})"  # noqa: S608
    f" ON CONFLICT (connection_id, kind, record_id) DO UPDATE SET {_SET}",
    f"INSERT INTO mirror_records ({_COLUMNS}) SELECT * FROM unnest("  # noqa: S608 - constants
    "%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],"
    " %s::bytea[], %s::bytea[]) ON CONFLICT (connection_id, kind, record_id) DO UPDATE"
    f" SET {_SET}",
)
_KEY_ARRAYS = "unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[])"
_ADD_KEYS = _Sql(
    "INSERT INTO mirror_keys (connection_id, kind, key, record_id) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO mirror_keys (connection_id, kind, key, record_id)"  # noqa: S608 - constants
    f" SELECT * FROM {_KEY_ARRAYS} ON CONFLICT DO NOTHING",
)
_DROP_KEYS = _Sql(
    f"DELETE FROM mirror_keys {_OF} AND key = ? AND record_id = ?",  # noqa: S608 - constants
    f"DELETE FROM mirror_keys USING {_KEY_ARRAYS} AS old (connection_id, kind, key, record_id)"  # noqa: S608
    " WHERE mirror_keys.connection_id = old.connection_id AND mirror_keys.kind = old.kind"
    " AND mirror_keys.key = old.key AND mirror_keys.record_id = old.record_id",
)


def _each(
    db: sa.Connection, sql: _Sql, of: tuple[int, str], wanted: Sequence[Any]
) -> Iterable[Any]:
    if not wanted:
        return ()
    if db.dialect.name == "sqlite":
        marks = "?" + ", ?" * (len(wanted) - 1)
        return _driven(db, sql._replace(sqlite=f"{sql.sqlite}({marks})"), (*of, *wanted))
    return _driven(db, sql, (*of, list(wanted)))


def _driven(db: sa.Connection, sql: _Sql, values: tuple[Any, ...]) -> Iterable[Any]:
    if db.dialect.name == "sqlite":
        # Past SQLAlchemy, which costs more than the look-up itself.
        driver: sqlite3.Connection = db.connection.driver_connection  # type: ignore[assignment]
        return driver.execute(sql.sqlite, values)
    return db.exec_driver_sql(sql.postgres, values)


def _many(db: sa.Connection, sql: _Sql, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(sql.sqlite, rows)
    else:
        db.exec_driver_sql(sql.postgres, tuple(list(column) for column in zip(*rows, strict=True)))


def _packed(kind: RecordKind, keys: Iterable[str]) -> bytes:
    numbers = sorted({key_number(kind, key) for key in keys})
    return struct.pack(f"<{len(numbers)}q", *numbers)


def _unpacked(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(packed) // 8}q", packed)


def _id_of(kind: RecordKind, text: str) -> RecordId:
    return text if kind is RecordKind.LEAD else int(text)


def _of_kind(connection_id: int, kind: RecordKind) -> sa.ColumnElement[bool]:
    return sa.and_(
        mirror_records.c.connection_id == connection_id, mirror_records.c.kind == kind.value
    )
