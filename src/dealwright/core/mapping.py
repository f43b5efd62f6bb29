"""Mapping: Trigger + Action + fields, for one Connection; versioned."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from typing import Any

from dealwright.core.match import AmbiguousRule
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind

#: Segment allows as many for a destination; more is a sign of a Mapping per customer.
MAX_MAPPINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One version of what a user wants done with some Events.

    `action` is the key of an Action, `trigger` FQL text, `fields` directives by field key.
    `priority` is of the Mapping, whatever its version.
    """

    id: int
    connection_id: int
    version: int
    name: str
    action: str
    trigger: str
    fields: AbstractMapping[str, Any]
    enabled: bool = True
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDefaults:
    """How a Connection matches where a Mapping does not say.

    `match_fields`: the field key by which records of a kind are looked up; absent means `id`.
    `external_id_fields`: the custom field that holds the sender's own id; written when known.
    `region`: ISO 3166 country of phone numbers without a country code.
    """

    match_fields: AbstractMapping[RecordKind, str] = field(default_factory=dict[RecordKind, str])
    external_id_fields: AbstractMapping[RecordKind, str] = field(
        default_factory=dict[RecordKind, str]
    )
    region: str | None = None
    ambiguous: AmbiguousRule = AmbiguousRule.OLDEST
