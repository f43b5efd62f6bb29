"""Teachings: what people said once for all: whose an identifier is, what a label means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.question import short_key
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.taught import Taught, TaughtOption, TaughtOptions, TaughtRecord
from dealwright.store.columns import record_id_of
from dealwright.store.review_tables import teachings as table
from dealwright.store.statements import run

#: What a teaching is about; `link`: a sender's own id, which is a Link.
RECORD, OPTION, LINK = "record", "option", "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTeaching:
    """What is to hold: the `key` (an identifier's, or of a field and a label) is `value`.

    `about` is RECORD, OPTION or LINK. `shown` is the identifier or the label as a person wrote it;
    the key of an option is the field's key, a line break, and the folded label. `source_id` is that
    of a LINK, else 0.
    """

    connection_id: int
    about: str
    kind: RecordKind
    key: str
    value: str
    shown: str
    taught_by: str
    source_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """A teaching that holds."""

    id: int
    connection_id: int
    source_id: int
    about: str
    kind: str
    key: str
    value: str
    shown: str
    taught_by: str
    at_ms: int


# Every run of a drain asks for it.
_STAMP = "SELECT count(*), coalesce(max(id), 0) FROM teachings WHERE connection_id = ?"


class Stamp(NamedTuple):
    """What all teachings of a Connection are told apart by from those of another moment."""

    number: int = 0
    last: int = 0


def put_teaching(db: sa.Connection, new: NewTeaching, *, now_ms: int) -> Teaching:
    """Have something hold, in the place of what was taught of the same."""
    key = short_key(new.key)
    earlier = (
        (table.c.connection_id == new.connection_id)
        & (table.c.source_id == new.source_id)
        & (table.c.about == new.about)
        & (table.c.kind == str(new.kind))
        & (table.c.key == key)
    )
    db.execute(sa.delete(table).where(earlier))
    made = (
        sa.insert(table)
        .values(
            connection_id=new.connection_id,
            source_id=new.source_id,
            about=new.about,
            kind=str(new.kind),
            key=key,
            value=new.value,
            shown=new.shown,
            taught_by=new.taught_by,
            at_ms=now_ms,
        )
        .returning(table)
    )
    return _teaching(db.execute(made).one())


def teaching(db: sa.Connection, teaching_id: int) -> Teaching:
    """One teaching; raises NotFound."""
    row = db.execute(sa.select(table).where(table.c.id == teaching_id)).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no teaching {teaching_id}. `dealwright review taught` lists them."
        )
    return _teaching(row)


def drop_teaching(db: sa.Connection, teaching_id: int) -> bool:
    """Let a teaching hold no more; False where somebody was faster."""
    return bool(db.execute(sa.delete(table).where(table.c.id == teaching_id)).rowcount)


def list_teachings(
    db: sa.Connection, connection_id: int | None = None, *, limit: int, before: int | None = None
) -> list[Teaching]:
    """What was taught, newest first; `before` is the last id of the page before."""
    chosen = sa.select(table).order_by(table.c.id.desc()).limit(limit)
    if connection_id is not None:
        chosen = chosen.where(table.c.connection_id == connection_id)
    if before is not None:
        chosen = chosen.where(table.c.id < before)
    return [_teaching(row) for row in db.execute(chosen)]


def taught_record(
    db: sa.Connection, connection_id: int, kind: RecordKind, key: str
) -> RecordId | None:
    """Which record an identifier is, as was taught; None where nothing was taught of it."""
    chosen = sa.select(table.c.value).where(
        table.c.connection_id == connection_id,
        table.c.source_id == 0,
        table.c.about == RECORD,
        table.c.kind == kind.value,
        table.c.key == short_key(key),
    )
    value = db.scalar(chosen)
    return None if value is None else record_id_of(value)


def stamp(db: sa.Connection, connection_id: int) -> Stamp:
    """Whether anything was taught since: numbers are given once, and what is gone is counted."""
    (row,) = run(db, _STAMP, connection_id).fetchall()
    return Stamp(*row)


def taught(db: sa.Connection, connection_id: int) -> Taught:
    """All that a Connection was taught, for those who obey it."""
    mine = (table.c.connection_id == connection_id) & (table.c.about != LINK)
    rows = [_teaching(row) for row in db.execute(sa.select(table).where(mine).order_by(table.c.id))]
    return Taught(records=_records(rows), options=_options(rows))


def _records(rows: Sequence[Teaching]) -> dict[tuple[RecordKind, str], TaughtRecord]:
    return {
        (RecordKind(one.kind), one.key): TaughtRecord(
            record_id_of(one.value), one.id, one.taught_by
        )
        for one in rows
        if one.about == RECORD
    }


def _options(rows: Sequence[Teaching]) -> dict[RecordKind, TaughtOptions]:
    found: dict[RecordKind, dict[str, tuple[TaughtOption, ...]]] = {}
    for one in rows:
        if one.about != OPTION:
            continue
        field = one.key.partition("\n")[0]
        fields = found.setdefault(RecordKind(one.kind), {})
        option = TaughtOption(one.shown, int(one.value), one.id, one.taught_by)
        fields[field] = (*fields.get(field, ()), option)
    return dict(found.items())


def _teaching(row: Any) -> Teaching:
    return Teaching(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
