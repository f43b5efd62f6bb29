"""Undoground: what is known here of a record that is to be put right."""

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.journal import Entry
from dealwright.core.ours import digest
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.undo import LinkName, link_names
from dealwright.core.written import Written
from dealwright.store.journal import entries_of_record
from dealwright.store.links import links
from dealwright.store.written import written


class Ground(NamedTuple):
    """What is known here of a record: its journal, its Links by now, and what we wrote into it."""

    entries: list[Entry]
    links: Mapping[LinkName, RecordId]
    wrote: Written


def ground_of(db: sa.Connection, connection_id: int, key: tuple[RecordKind, RecordId]) -> Ground:
    """Read what is known here of one record."""
    kind, record_id = key
    entries = entries_of_record(db, connection_id, kind=kind, record_id=record_id)
    linked: dict[LinkName, RecordId] = {}
    for name in link_names(entries):
        source_id, external_id = name
        known = links(db, connection_id, source_id=source_id, kind=kind, external_ids=[external_id])
        if external_id in known:
            linked[name] = known[external_id]
    wrote = written(db, connection_id, kind=kind, record_ids=[record_id])
    return Ground(entries, linked, wrote.get(record_id, Written()))


def ours_of(record: Record | None, wrote: Written) -> frozenset[str]:
    """The fields of a record that hold what we wrote there last, whatever that was."""
    if record is None:
        return frozenset()
    return frozenset(key for key, told in wrote.wrote.items() if digest(record, key) == told)
