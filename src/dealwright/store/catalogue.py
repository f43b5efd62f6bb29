"""Catalogue: the lists of a Connection's account as they were told last, for every process."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.drift_tables import drift_names
from dealwright.store.statements import upsert
from dealwright.store.tables import catalogue as table


class Kept(NamedTuple):
    """One list: when it was told, and its JSON."""

    fetched_at_ms: int
    body: bytes


def kept(db: sa.Connection, connection_id: int, *, lists: Iterable[str]) -> dict[str, Kept]:
    """What is kept of these lists; those that are not are left out."""
    chosen = sa.select(table.c.list, table.c.fetched_at_ms, table.c.body).where(
        table.c.connection_id == connection_id, table.c.list.in_([str(one) for one in lists])
    )
    return {row.list: Kept(row.fetched_at_ms, bytes(row.body)) for row in db.execute(chosen)}


def moments(db: sa.Connection, connection_id: int) -> dict[str, int]:
    """When each list that is kept was told, in ms; the lists themselves are not read."""
    chosen = sa.select(table.c.list, table.c.fetched_at_ms).where(
        table.c.connection_id == connection_id
    )
    return {row.list: row.fetched_at_ms for row in db.execute(chosen)}


def keep(
    db: sa.Connection, connection_id: int, *, name: str, fetched_at_ms: int, body: bytes
) -> None:
    """Keep a list in the place of what was told before."""
    _leave_behind(db, connection_id, [name])
    statement = upsert(db, table).values(
        connection_id=connection_id, list=str(name), fetched_at_ms=fetched_at_ms, body=body
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "list"],
            set_={"fetched_at_ms": fetched_at_ms, "body": body},
        )
    )


def forget(db: sa.Connection, connection_id: int, *, lists: Iterable[str]) -> int:
    """Forget lists, so that they are asked for when they are wanted next; says how many."""
    names = [str(one) for one in lists]
    _leave_behind(db, connection_id, names)
    gone = sa.delete(table).where(table.c.connection_id == connection_id, table.c.list.in_(names))
    return db.execute(gone).rowcount


def _leave_behind(db: sa.Connection, connection_id: int, lists: Iterable[str]) -> None:
    """Let what nobody has compared yet be compared with what is told next (store/drift.py)."""
    old = sa.select(table).where(
        table.c.connection_id == connection_id, table.c.list.in_([str(one) for one in lists])
    )
    copied = upsert(db, drift_names).from_select(list(table.c.keys()), old)
    db.execute(copied.on_conflict_do_nothing())
