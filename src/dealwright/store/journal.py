"""Journal: every Change that was done to a record, with what stood there before.

An update is entered before it is sent, in the transaction that says that the try begins: what it
writes over is known, however the try ends. It is sure once an answer came; what was refused leaves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.correction import Selection
from dealwright.core.journal import Act, Entry
from dealwright.core.record import RecordId, RecordKind
from dealwright.store.journal_tables import journal
from dealwright.store.statements import chunks, cleaned, run
from dealwright.store.tables import deliveries

# As it is sent: an amount is a number.
_encoded = msgspec.json.Encoder(decimal_format="number").encode
_decoded = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What was done to a record; `after` in v2 shape as it was sent, `before` of the same fields.

    Of a link `external_id`, `after` its `source_id`, and `before` the record (`record_id`) that it
    was, if any; of one that was taken away `before` that it was. Of people who joined or left a
    deal `after` has `person_ids`; of options `field`, `name` and `ids` by label.
    """

    act: Act
    kind: RecordKind
    record_id: RecordId | None
    after: Mapping[str, Any] = field(default_factory=dict[str, Any])
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    external_id: str = ""
    is_sure: bool = True
    update_time: str = ""


# Driver SQL, for each write runs these.
_ADD = (
    "INSERT INTO journal (connection_id, delivery_id, at_ms, act, kind, record_id, external_id,"
    " before, after, is_sure, correction_id, update_time)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_SURE = "UPDATE journal SET is_sure = 1, update_time = ? WHERE id = ?"
_DROP = "DELETE FROM journal WHERE id = ?"


def enter(
    db: sa.Connection,
    connection_id: int,
    new: NewEntry,
    *,
    delivery_id: int,
    correction_id: int | None = None,
    now_ms: int,
) -> int:
    """Enter what was done, or is about to be; the entry's id."""
    values = (
        connection_id,
        delivery_id,
        now_ms,
        new.act.value,
        str(new.kind),
        None if new.record_id is None else str(new.record_id),
        cleaned(new.external_id),
        _encoded(new.before),
        _encoded(new.after),
        int(new.is_sure),
        correction_id,
        new.update_time,
    )
    ((entry_id,),) = run(db, _ADD, *values).fetchall()
    return entry_id


def make_sure(db: sa.Connection, entry_id: int, *, update_time: str = "") -> None:
    """Say that an answer came: it was done; `update_time` is the record's since then."""
    run(db, _SURE, update_time, entry_id)


def strike(db: sa.Connection, entry_id: int) -> None:
    """Take an entry out: what it says was refused."""
    run(db, _DROP, entry_id)


def entries_of_deliveries(db: sa.Connection, delivery_ids: Sequence[int]) -> list[Entry]:
    """What these Deliveries did, oldest first."""
    found: list[Entry] = []
    for some in chunks(list(delivery_ids)):
        chosen = sa.select(journal).where(journal.c.delivery_id.in_(some))
        found += _entries(db, chosen)
    return sorted(found, key=lambda one: one.id)


def entries_of_record(
    db: sa.Connection, connection_id: int, *, kind: RecordKind, record_id: RecordId
) -> list[Entry]:
    """What was done to one record, oldest first."""
    chosen = sa.select(journal).where(
        journal.c.connection_id == connection_id,
        journal.c.kind == kind.value,
        journal.c.record_id == record_id,
    )
    return list(_entries(db, chosen.order_by(journal.c.id)))


def chosen_entries(
    db: sa.Connection, connection_id: int | None, selection: Selection, *, limit: int
) -> list[Entry]:
    """The entries that a Selection is of, oldest first, at most `limit`."""
    found = sa.select(journal).order_by(journal.c.id).limit(limit)
    if connection_id is not None:
        found = found.where(journal.c.connection_id == connection_id)
    if selection.of_deliveries:
        carried = journal.c.delivery_id.in_(_deliveries_of(selection))
        # The journal is kept for longer than Deliveries are.
        itself = journal.c.delivery_id == selection.delivery
        found = found.where(carried if selection.delivery is None else carried | itself)
    elif selection.undo is None:
        found = found.where(journal.c.correction_id.is_(None))
    for column, value in (
        (journal.c.correction_id, selection.undo),
        (journal.c.kind, selection.record_kind and selection.record_kind.value),
        (journal.c.record_id, selection.record_id),
    ):
        found = found if value is None else found.where(column == value)
    if selection.since_ms is not None:
        found = found.where(journal.c.at_ms >= selection.since_ms)
    if selection.until_ms is not None:
        found = found.where(journal.c.at_ms < selection.until_ms)
    return list(_entries(db, found))


def _deliveries_of(selection: Selection) -> sa.Select[Any]:
    """The Deliveries whose writes those of a Selection were carried by."""
    found = sa.select(sa.func.coalesce(deliveries.c.written_by, deliveries.c.id))
    for column, value in (
        (deliveries.c.id, selection.delivery),
        (deliveries.c.mapping_id, selection.mapping_id),
        (deliveries.c.mapping_version, selection.mapping_version),
        (deliveries.c.replay_id, selection.replay),
        (deliveries.c.meeting_id, selection.meeting),
        (deliveries.c.card_act_id, selection.card_act),
    ):
        found = found if value is None else found.where(column == value)
    return found


def prune_journal(db: sa.Connection, before_ms: int, *, limit: int = 10_000) -> int:
    """Forget what was done before a moment, at most `limit` of it; says how many."""
    old = sa.select(journal.c.id).where(journal.c.at_ms < before_ms).order_by(journal.c.id)
    return db.execute(sa.delete(journal).where(journal.c.id.in_(old.limit(limit)))).rowcount


def _entries(db: sa.Connection, chosen: sa.Select[Any]) -> Iterator[Entry]:
    for row in db.execute(chosen):
        yield Entry(
            id=row.id,
            connection_id=row.connection_id,
            delivery_id=row.delivery_id,
            at_ms=row.at_ms,
            act=Act(row.act),
            kind=RecordKind(row.kind),
            record_id=row.record_id,
            external_id=row.external_id,
            before=_decoded(row.before),
            after=_decoded(row.after),
            is_sure=bool(row.is_sure),
            correction_id=row.correction_id,
            update_time=row.update_time,
        )
