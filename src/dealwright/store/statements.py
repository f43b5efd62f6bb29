"""Statements that both databases speak, though SQLAlchemy keeps them apart."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from dealwright.store.columns import clean_text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T")

#: Ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535.
CHUNK = 5_000


class Rows(Protocol):
    """What a statement of the driver gave: rows in the order of its columns, or how many it met."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        ...

    def fetchall(self) -> Sequence[Any]:
        """Every row."""
        ...


def run(db: sa.Connection, sql: str, *values: int | str | bytes | None) -> Rows:
    """Run a statement that every Event needs, written for the driver with `?` for its values.

    Texts have to be `cleaned` by then, and record ids are texts.
    """
    if db.dialect.name == "sqlite":
        # Past SQLAlchemy, which costs ten times what such a statement does.
        driver: sqlite3.Connection = db.connection.driver_connection  # type: ignore[assignment]
        return driver.execute(sql, values)
    return cast("Rows", db.exec_driver_sql(sql.replace("?", "%s"), values))


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
