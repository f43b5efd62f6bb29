"""A row in any table, made from what the table declares: a new table needs no new test."""

from typing import Any

import sqlalchemy as sa

from dealwright.store.columns import Sealed
from dealwright.store.sealed import sealed_columns


def seal_everywhere(db: sa.Connection, sealed: bytes) -> list[str]:
    """Put a sealed value into every sealed column; which they are, as `table.column`."""
    for table in {column.table for column in sealed_columns()}:
        put(db, table, sealed=sealed)
    return sorted(f"{column.table.name}.{column.name}" for column in sealed_columns())


def put(db: sa.Connection, table: Any, *, sealed: bytes) -> None:
    """Insert one row, its parents before it, unless there is one already."""
    if db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
        if any(isinstance(column.type, Sealed) for column in table.columns):
            secret = {c: sealed for c in table.columns if isinstance(c.type, Sealed)}
            db.execute(sa.update(table).values(secret))
        return
    for column in table.columns:
        for key in column.foreign_keys:
            put(db, key.column.table, sealed=sealed)
    wanted = [one for one in table.columns if not one.identity]
    db.execute(sa.insert(table).values({one: _value(one, sealed) for one in wanted}))


def _value(column: Any, sealed: bytes) -> Any:
    if isinstance(column.type, Sealed):
        return sealed
    match column.type.python_type:
        case kind if kind is int:
            return 1
        case kind if kind is bytes:
            return b"{}"
        case _:
            return "1"
