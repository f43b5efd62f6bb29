"""Statements that both databases speak, though SQLAlchemy keeps them apart."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from dealwright.store.columns import clean_text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")

#: Ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535.
CHUNK = 5_000


def upsert(db: sa.Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say what happens on a conflict."""
    if db.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Values in pieces that fit into one statement."""
    return (values[start : start + size] for start in range(0, len(values), size))


def cleaned(text: str) -> str:
    """`text` as the tables' own type would clean it: for statements that go past it."""
    if text.isascii() and "\0" not in text:
        return text
    return clean_text(text)
