"""Taught: what people said once for all: whose an identifier is, what a label means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from dealwright.core.question import folded_label
from dealwright.core.record import FieldDefinition, FieldOption, RecordId, RecordKind


class TaughtRecord(NamedTuple):
    """An identifier is this record: teaching number `teaching`, by whom."""

    record_id: RecordId
    teaching: int
    by: str


class TaughtOption(NamedTuple):
    """A label, as somebody wrote it, means this option."""

    label: str
    option_id: int
    teaching: int
    by: str


#: By kind and key of an identifier (`email=ada@x.example`), cut to what an index holds.
TaughtRecords = Mapping[tuple[RecordKind, str], TaughtRecord]

#: By the key of the field.
TaughtOptions = Mapping[str, tuple[TaughtOption, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """All that a Connection was taught. `options` are by kind of record and key of the field."""

    records: TaughtRecords = field(default_factory=dict[tuple[RecordKind, str], TaughtRecord])
    options: Mapping[RecordKind, TaughtOptions] = field(
        default_factory=dict[RecordKind, TaughtOptions]
    )


NO_OPTIONS: TaughtOptions = {}
NOTHING = Taught()


def with_taught(definition: FieldDefinition, taught: tuple[TaughtOption, ...]) -> FieldDefinition:
    """A field with the taught labels as further names of those options that it still has."""
    there = {str(option.id) for option in definition.options or ()}
    named = {folded_label(option.label) for option in definition.options or ()}
    more = tuple(
        FieldOption(id=one.option_id, label=one.label)
        for one in taught
        if str(one.option_id) in there and folded_label(one.label) not in named
    )
    if not more:
        return definition
    return msgspec.structs.replace(definition, options=(*(definition.options or ()), *more))
