"""Columns as every table has them, on SQLite and PostgreSQL alike.

Machine times are BIGINT milliseconds, flags are 0 or 1, JSON is bytes that msgspec wrote: the two
databases treat datetime, BOOLEAN and JSON too differently for shared code.
"""

from typing import Any

import sqlalchemy as sa

from dealwright.core.record import RecordId

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# Only a column whose declared type is exactly INTEGER gets SQLite's row id.
Int = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def clean_text(text: str) -> str:
    """`text` without what a database cannot hold: NUL characters and lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


class CleanText(sa.types.TypeDecorator[str]):
    """TEXT that is cleaned on its way in; PostgreSQL refuses NUL, so SQLite does not get it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Clean one value."""
        del dialect
        return value if value is None else clean_text(value)


class RecordIdText(sa.types.TypeDecorator[RecordId]):
    """A record's id as TEXT, since leads have UUIDs; read as a number where it is one."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: RecordId | None, dialect: sa.Dialect) -> str | None:
        """As text."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> RecordId | None:
        """As Pipedrive gives it: a whole number, of a lead a UUID."""
        del dialect
        return None if value is None else record_id_of(value)


class Sealed(sa.types.TypeDecorator[bytes]):
    """Bytes that a Vault sealed. Whatever has this type is found by `store.sealed` by itself."""

    impl = sa.LargeBinary
    cache_ok = True


def record_id_of(text: str) -> RecordId:
    """A record's id of its text."""
    return int(text) if text.isdecimal() else text


def table(name: str, *items: sa.Column[Any] | sa.Index, **options: Any) -> sa.Table:
    """A table of ours; STRICT, or SQLite puts a text into an integer column."""
    return sa.Table(name, metadata, *items, sqlite_strict=True, **options)


def own_id() -> sa.Column[int]:
    """A number that the database gives."""
    return sa.Column("id", Int, sa.Identity(), primary_key=True)


def number(name: str, **options: Any) -> sa.Column[int]:
    """An integer, a moment in ms, or a flag."""
    return sa.Column(name, Int, nullable=False, **options)


def maybe_number(name: str) -> sa.Column[int]:
    """The same, or nothing."""
    return sa.Column(name, Int, nullable=True)


def text(name: str, **options: Any) -> sa.Column[str]:
    """A text that is cleaned on its way in."""
    return sa.Column(name, CleanText(), nullable=False, **options)


def blob(name: str) -> sa.Column[bytes]:
    """Bytes."""
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def maybe_blob(name: str) -> sa.Column[bytes]:
    """Bytes, or nothing."""
    return sa.Column(name, sa.LargeBinary(), nullable=True)


def sealed(name: str) -> sa.Column[bytes]:
    """A secret, as the Vault sealed it."""
    return sa.Column(name, Sealed(), nullable=False)


def maybe_sealed(name: str) -> sa.Column[bytes]:
    """The same, or nothing."""
    return sa.Column(name, Sealed(), nullable=True)


def record_id(**options: Any) -> sa.Column[RecordId]:
    """The id of a record of Pipedrive, as text."""
    return sa.Column("record_id", RecordIdText(), **options)


def of(name: str, parent: str, **options: Any) -> sa.Column[int]:
    """The id of a row of another table, which takes this one along when it goes."""
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE")
    return sa.Column(name, Int, key, nullable=False, **options)
