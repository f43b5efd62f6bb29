"""Undoplan: what an undo would do, record by record, before anything is done; costs no token.

It is made of the journal and of the mirror. Whether a person has changed something since is looked
at once more, in Pipedrive, when it is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core import identifier
from dealwright.core.catalogue import FIELD_LISTS, TYPES
from dealwright.core.correction import CorrectionKind, Selection
from dealwright.core.errors import ConfigError
from dealwright.core.journal import Act, Entry
from dealwright.core.match import Reference
from dealwright.core.plan import Change, Create, Delete, Join, Leave, Update
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.undo import LINKING, Refused, Reversal, Standing, Undo
from dealwright.core.undofields import Why
from dealwright.pipedrive.costs import price
from dealwright.pipeline.estimate import delete_price, read_price, write_price
from dealwright.pipeline.mirrored import record_of
from dealwright.pipeline.route import lanes_of
from dealwright.pipeline.undoground import Ground, ground_of, ours_of
from dealwright.store.catalogue import kept
from dealwright.store.corrections import Correction, NewCorrection, Part, queue_correction
from dealwright.store.journal import chosen_entries
from dealwright.store.merges import successor
from dealwright.store.mirror import Mirrored, records
from dealwright.store.replays import replay

#: Entries of one undo; who wants more undone does it in parts.
MOST_ENTRIES: Final = 50_000

_Key = tuple[RecordKind, RecordId]

#: What hangs on others goes first.
_ORDER: Final = (
    RecordKind.NOTE,
    RecordKind.ACTIVITY,
    RecordKind.LEAD,
    RecordKind.DEAL,
    RecordKind.PERSON,
    RecordKind.ORGANIZATION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUndo:
    """What an undo would do to one record, and what that costs.

    `seen`: compared with the record as the mirror has it, else with what we left.
    """

    kind: RecordKind
    record_id: RecordId
    name: str
    seen: bool
    reversal: Reversal
    tokens: int
    entries: tuple[int, ...]

    @property
    def does_something(self) -> bool:
        """Whether there is anything to undo that may be undone."""
        return bool(self.reversal.plan.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """What an undo would do; `records` in the order in which it is done."""

    connection_id: int
    selection: Selection
    records: tuple[RecordUndo, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def to_do(self) -> tuple[RecordUndo, ...]:
        """The records that anything is done to."""
        return tuple(one for one in self.records if one.does_something)

    @property
    def tokens(self) -> int:
        """The price of it all, at most."""
        return sum(one.tokens for one in self.to_do)


def plan_undo(db: sa.Connection, selection: Selection) -> UndoPlan:
    """What an undo would do.

    Raises NotFound, and ConfigError: `nothing_chosen`, `choose_connection` where several accounts
    were written to, `undo_too_large`.
    """
    entries = _chosen(db, selection)
    connection_ids = {entry.connection_id for entry in entries}
    if len(connection_ids) > 1:
        told = ", ".join(map(str, sorted(connection_ids)))
        raise ConfigError(
            f"This was done in several connections ({told}): say in which it is to be undone.",
            code="choose_connection",
        )
    connection_id = next(iter(connection_ids), selection.connection_id or 0)
    looking = _Looking(db=db, connection_id=connection_id, selection=selection, schemas={})
    by_record: dict[_Key, list[Entry]] = {}
    for entry in entries:
        if entry.record_id is not None:
            by_record.setdefault((entry.kind, entry.record_id), []).append(entry)
    ordered = sorted(by_record, key=lambda key: _ORDER.index(key[0]))
    found = tuple(looking.record_undo(key, by_record[key]) for key in ordered)
    return UndoPlan(
        connection_id=connection_id,
        selection=selection,
        records=found,
        refused=tuple(_options(entry) for entry in entries if entry.act is Act.OPTIONS),
    )


def queue_undo(db: sa.Connection, plan: UndoPlan, *, made_by: str, now_ms: int) -> Correction:
    """Have an undo done as it was planned; raises ConfigError (`nothing_to_undo`)."""
    if not plan.to_do:
        raise ConfigError("There is nothing here that can be undone.", code="nothing_to_undo")
    removes = any(one.reversal.removes for one in plan.to_do)
    # What is removed goes one after the other: what hangs on a record is gone before it.
    lane = f"undo:{plan.connection_id}:{now_ms}" if removes else ""
    parts = [Part(one.kind, one.record_id, one.entries, _lanes(one, lane)) for one in plan.to_do]
    new = NewCorrection(
        connection_id=plan.connection_id,
        kind=CorrectionKind.UNDO,
        summary=plan.selection.summary,
        body=msgspec.json.encode(plan.selection),
        made_by=made_by,
    )
    return queue_correction(db, new, parts, now_ms=now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    db: sa.Connection
    connection_id: int
    selection: Selection
    schemas: dict[RecordKind, Schema | None]

    def record_undo(self, key: _Key, chosen: Sequence[Entry]) -> RecordUndo:
        kind, record_id = key
        row = records(self.db, self.connection_id, kind, [record_id]).get(record_id)
        ground = ground_of(self.db, self.connection_id, key)
        standing = self._standing(row, ground, key)
        reversal = Undo(
            kind=kind,
            record_id=record_id,
            entries=ground.entries,
            chosen={entry.id for entry in chosen},
            now=standing,
            schema=self._schema(kind),
            remove_created=self.selection.remove_created,
        ).reversal()
        return RecordUndo(
            kind=kind,
            record_id=record_id,
            name=_name(standing.record),
            seen=standing.seen,
            reversal=reversal,
            tokens=_price(kind, reversal, chosen),
            entries=tuple(entry.id for entry in chosen),
        )

    def _standing(self, row: Mirrored | None, ground: Ground, key: _Key) -> Standing:
        record = None if row is None or row.deleted else record_of(row)
        heir = None
        if row is not None and row.deleted:
            heir = successor(self.db, self.connection_id, *key)
        return Standing(
            record=record,
            seen=row is not None,
            merged_into=heir,
            links=ground.links,
            ours=ours_of(record, ground.wrote),
        )

    def _schema(self, kind: RecordKind) -> Schema | None:
        if kind not in self.schemas:
            self.schemas[kind] = _kept_schema(self.db, self.connection_id, kind)
        return self.schemas[kind]


def _chosen(db: sa.Connection, selection: Selection) -> list[Entry]:
    if selection.is_empty:
        raise ConfigError(
            "Say what is to be undone: a delivery, a mapping, a replay, a record, a time.",
            code="nothing_chosen",
        )
    if selection.replay is not None:
        replay(db, selection.replay)
    found = chosen_entries(db, selection.connection_id, selection, limit=MOST_ENTRIES + 1)
    if len(found) > MOST_ENTRIES:
        raise ConfigError(
            f"This is more than {MOST_ENTRIES:,} changes: undo it in parts, the newest first, by "
            "giving since when and until when.",
            code="undo_too_large",
        )
    return found


def _kept_schema(db: sa.Connection, connection_id: int, kind: RecordKind) -> Schema | None:
    name = FIELD_LISTS.get(kind)
    there = None if name is None else kept(db, connection_id, lists=[name]).get(name)
    if name is None or there is None:
        return None
    try:
        return Schema(fields=msgspec.json.decode(there.body, type=TYPES[name]))
    except msgspec.DecodeError:
        return None


def _price(kind: RecordKind, reversal: Reversal, chosen: Sequence[Entry]) -> int:
    """Tokens of one record: a look at it, who takes part, and each Change."""
    changes = reversal.plan.changes
    if not changes or all(entry.act in LINKING for entry in chosen):
        return 0
    look = read_price(kind)
    if any(entry.act in {Act.JOIN, Act.LEAVE} for entry in chosen):
        look += price("GET /api/v1/deals/{id}/participants")
    return look + sum(_change_price(kind, change) for change in changes)


def _change_price(kind: RecordKind, change: Change) -> int:
    asking = price("GET /api/v1/deals/{id}/participants")
    match change:
        case Create() | Update():
            return write_price(kind)
        case Delete():
            # What hangs on it is asked for first.
            return read_price(kind) + delete_price(kind)
        case Leave(person_ids=ids):
            leaving = price("DELETE /api/v1/deals/{id}/participants/{deal_participant_id}")
            return asking + leaving * len(ids)
        case Join(person_ids=ids):
            return asking + price("POST /api/v1/deals/{id}/participants") * len(ids)
        case _:
            return 0


def _lanes(one: RecordUndo, shared: str) -> str:
    # Also what is for the record by its own id waits; and nobody else writes it meanwhile (turns).
    key = (identifier.lead_id if one.kind is RecordKind.LEAD else identifier.record_id)(
        str(one.record_id)
    )
    keys = () if key is None else (key,)
    reference = Reference(role=one.kind.value, kind=one.kind, keys=keys)
    own = lanes_of((reference,), subject="", source_id=0).strip("\n")
    return "\n".join(filter(None, (own, shared)))


def _options(entry: Entry) -> Refused:
    name = str(entry.after.get("name", ""))
    sentence = f"The options added to {name} stay; records may use them."
    return Refused(name, Why.OPTIONS.value, sentence)


def _name(record: Record | None) -> str:
    names: Iterable[str | None] = (
        getattr(record, key, None) for key in ("name", "title", "subject")
    )
    return next((name for name in names if name), "")
