"""Scan: a table looked through for somebody, and cleared of them, a window of rows at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import sqlalchemy as sa

from dealwright.core.privacy import Sought

#: Rows looked at in one transaction: some ten milliseconds' work.
WINDOW: Final = 1_000

Key = tuple[Any, ...]
Row = Mapping[str, Any]

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Hit(NamedTuple):
    """A row with something of them: all of it is theirs, or it only names them."""

    key: Key
    is_theirs: bool
    row: Row


class Look(NamedTuple):
    """What a window had, and where the next one begins; None: there is no more.

    `held` are rows that a legal hold keeps as they are.
    """

    hits: list[Hit]
    following: Key | None
    held: int = 0


class Place(Protocol):
    """Where somebody's data may be."""

    @property
    def name(self) -> str:
        """What people are told of it."""
        ...

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The tables that it answers for."""
        ...

    def look(self, db: sa.Connection, sought: Sought, after: Key) -> Look:
        """Look through the next window."""
        ...

    def erase(self, db: sa.Connection, sought: Sought, hits: Sequence[Hit], now_ms: int) -> int:
        """Clear these rows of them, for good; says how many were."""
        ...


def _of_nobody(row: Row, sought: Sought) -> bool:
    del row, sought
    return False


def _deleted(row: Row, sought: Sought) -> None:
    del row, sought


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A table of rows that can be told by themselves.

    `json` and `texts` are the columns that may name somebody. `mine` tells whose a row is,
    `whole` that one which names them is theirs. `gone` are the values of a row of theirs from then
    on; None: it is deleted. `also` does what follows of it in other tables.
    """

    name: str
    table: sa.Table
    keys: tuple[str, ...] = ("id",)
    json: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    mine: Callable[[Row, Sought], bool] = _of_nobody
    whole: bool = False
    gone: Callable[[Row, Sought], Mapping[str, Any] | None] = _deleted
    marked: Mapping[str, Any] | None = None
    also: Callable[[sa.Connection, Sequence[Row], Sought], None] | None = None
    beside: tuple[sa.Table, ...] = ()
    only: sa.ColumnElement[bool] | None = None

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The table, and those that go along."""
        return (self.table, *self.beside)

    def look(self, db: sa.Connection, sought: Sought, after: Key) -> Look:
        """Look through the next window."""
        columns = [self.table.c[key] for key in self.keys]
        chosen = sa.select(self.table).order_by(*columns).limit(WINDOW)
        if self.only is not None:
            chosen = chosen.where(self.only)
        if after:
            chosen = chosen.where(_behind(columns, after))
        rows = [dict(row) for row in db.execute(chosen).mappings()]
        hits = [hit for row in rows if (hit := self._hit(row, sought)) is not None]
        return Look(hits, self._key(rows[-1]) if len(rows) == WINDOW else None)

    def erase(self, db: sa.Connection, sought: Sought, hits: Sequence[Hit], now_ms: int) -> int:
        """Delete or empty rows of theirs, and take their name out of the others."""
        del now_ms
        for hit in hits:
            mine = sa.and_(
                *(self.table.c[key] == one for key, one in zip(self.keys, hit.key, strict=True))
            )
            values = self.gone(hit.row, sought) if hit.is_theirs else self._without(hit.row, sought)
            if values is None:
                db.execute(sa.delete(self.table).where(mine))
            else:
                db.execute(sa.update(self.table).where(mine).values(values))
        theirs = [hit.row for hit in hits if hit.is_theirs]
        if self.also is not None and theirs:
            self.also(db, theirs, sought)
        return len(hits)

    def _hit(self, row: Row, sought: Sought) -> Hit | None:
        named = any(names(sought, row[column]) for column in (*self.json, *self.texts))
        theirs = self.mine(row, sought) or (named and self.whole)
        return Hit(self._key(row), theirs, row) if theirs or named else None

    def _key(self, row: Row) -> Key:
        return tuple(row[key] for key in self.keys)

    def _without(self, row: Row, sought: Sought) -> dict[str, Any]:
        values: dict[str, Any] = {key: without(row[key], sought) for key in self.json}
        values |= {key: sought.without(row[key]) for key in self.texts}
        return values | dict(self.marked or {})


def names(sought: Sought, value: bytes | str | None) -> bool:
    """Whether a column, JSON or text, names them."""
    if not value:
        return False
    raw = value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value)
    if not sought.may_be_in(raw):
        return False
    return sought.is_in(_plain(raw))


def without(value: bytes | None, sought: Sought) -> bytes | None:
    """JSON without their name; nothing where it cannot be read."""
    if value is None:
        return None
    try:
        return _encode(sought.without(_decode(value)))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return b""


def shown(row: Row) -> dict[str, Any]:
    """A row as people may read it: JSON as such, what was sealed or packed left out."""
    told: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, bytes):
            try:
                told[key] = _decode(value)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                told[key] = value.decode("utf-8", "replace") if value else None
        else:
            told[key] = value
    return told


def _behind(columns: Sequence[sa.ColumnElement[Any]], after: Key) -> sa.ColumnElement[bool]:
    if len(columns) == 1:
        return columns[0] > after[0]
    bound = [sa.literal(one, column.type) for column, one in zip(columns, after, strict=True)]
    return sa.tuple_(*columns) > sa.tuple_(*bound)


def _plain(raw: bytes) -> str:
    """Text as it is meant: JSON may spell any letter by its number."""
    if b"\\u" in raw:
        try:
            return _encode(_decode(raw)).decode()
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass
    return raw.decode("utf-8", "replace")
