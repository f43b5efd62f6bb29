"""Sources, and the write keys by which their senders are known."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.store.statements import upsert
from dealwright.store.tables import sources, write_keys


class WriteKey(NamedTuple):
    """A write key as people see it: `id` tells it apart, `prefix` is how it begins."""

    id: str
    source_id: int
    prefix: str
    created_at_ms: int
    used_at_ms: int | None


class Source(NamedTuple):
    """Where Events come from."""

    id: int
    name: str
    created_at_ms: int


_columns = sa.select(sources.c.id, sources.c.name, sources.c.created_at_ms)


def create_source(db: sa.Connection, name: str, *, now_ms: int) -> Source:
    """Make a Source; raises ConfigError (`name_taken`)."""
    made = (
        upsert(db, sources)
        .values(name=name, created_at_ms=now_ms)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(sources.c.id)
    )
    source_id = db.scalar(made)
    if source_id is None:
        raise ConfigError(
            f"There is a source named {name} already. Choose another name.", code="name_taken"
        )
    return source(db, source_id)


def list_sources(db: sa.Connection) -> list[Source]:
    """Every Source, oldest first."""
    return [Source._make(row) for row in db.execute(_columns.order_by(sources.c.id))]


def source(db: sa.Connection, source_id: int) -> Source:
    """One Source; raises NotFound."""
    row = db.execute(_columns.where(sources.c.id == source_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no source {source_id}.")
    return Source._make(row)


def source_by_name(db: sa.Connection, name: str) -> Source:
    """One Source; raises NotFound."""
    row = db.execute(_columns.where(sources.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no source named {name}. `dealwright sources` lists them.")
    return Source._make(row)


def rename_source(db: sa.Connection, source_id: int, *, name: str) -> Source:
    """Call a Source so; raises NotFound, and ConfigError (`name_taken`)."""
    same = sa.select(sources.c.id).where(sources.c.name == name, sources.c.id != source_id)
    if db.scalar(same) is not None:
        raise ConfigError(
            f"There is a source named {name} already. Choose another name.", code="name_taken"
        )
    db.execute(sa.update(sources).where(sources.c.id == source_id).values(name=name))
    return source(db, source_id)


def add_write_key(
    db: sa.Connection, source_id: int, *, key_hash: str, prefix: str, now_ms: int
) -> None:
    """Let senders with a key speak for a Source; only the key's hash is kept.

    `prefix` is what people are shown, to tell keys apart.
    """
    db.execute(
        sa.insert(write_keys).values(
            key_hash=key_hash, source_id=source_id, prefix=prefix, created_at_ms=now_ms
        )
    )


def keys(db: sa.Connection) -> dict[str, int]:
    """Source ids by the hash of their write keys."""
    chosen = sa.select(write_keys.c.key_hash, write_keys.c.source_id)
    return {row.key_hash: row.source_id for row in db.execute(chosen)}


#: So much of a key's hash tells it apart, and of the key itself nothing.
_ID_DIGITS = 16


def list_write_keys(db: sa.Connection, source_id: int) -> list[WriteKey]:
    """The write keys of a Source, oldest first; raises NotFound."""
    source(db, source_id)
    mine = sa.select(write_keys).where(write_keys.c.source_id == source_id)
    rows = db.execute(mine.order_by(write_keys.c.created_at_ms, write_keys.c.key_hash))
    return [
        WriteKey(
            id=row.key_hash[:_ID_DIGITS],
            source_id=row.source_id,
            prefix=row.prefix,
            created_at_ms=row.created_at_ms,
            used_at_ms=row.used_at_ms,
        )
        for row in rows
    ]


def revoke_write_key(db: sa.Connection, source_id: int, *, key_id: str) -> WriteKey:
    """Let a key open nothing any more; raises NotFound."""
    for found in list_write_keys(db, source_id):
        if found.id == key_id:
            begins = write_keys.c.key_hash.startswith(key_id, autoescape=True)
            db.execute(sa.delete(write_keys).where(write_keys.c.source_id == source_id, begins))
            return found
    raise NotFound(f"Source {source_id} has no write key {key_id}.")


def note_write_keys(db: sa.Connection, hashes: Iterable[str], *, at_ms: int) -> None:
    """Remember that keys were used."""
    used = write_keys.c.key_hash.in_(list(hashes))
    db.execute(sa.update(write_keys).where(used).values(used_at_ms=at_ms))
