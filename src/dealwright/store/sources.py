"""Sources, and the write keys by which their senders are known."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.store.statements import upsert
from dealwright.store.tables import sources, write_keys


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
