"""Action: something that can be done in Pipedrive, declared once. Everything reads this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Match, Reference
from dealwright.core.plan import Plan
from dealwright.core.record import RecordKind


class ValueType(StrEnum):
    """What a field of an Action takes, after coercion."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values that a field allows."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionField:
    """One field of an Action: forms, schema, validation, pickers and docs are read from it.

    `default` is the directive used where a Mapping gives none. `dynamic` names the list that a
    picker offers ("person_match_fields", "activity_types", …), "" for none.
    """

    key: str
    label: str
    description: str
    type: ValueType = ValueType.TEXT
    many: bool = False
    required: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    dynamic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A Mapping that a new Connection is offered: the Action's defaults under this name."""

    name: str
    trigger: str


#: Values of an Action's fields after mapping and coercion; absent keys were not given.
Values = Mapping[str, Any]

#: What became of each Reference, by role.
Matches = Mapping[str, Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What can be done, what it needs, and how a Plan is made of it.

    `references(values, defaults)` says which records must be looked up; `plan(values, matches,
    defaults)` is pure and raises MappingError or NeedsChoice. `subject` is the role of the record
    that is written. `lanes` of a Delivery come from the References: Deliveries that share one are
    done one at a time and in order.
    """

    key: str
    title: str
    description: str
    kind: RecordKind
    default_trigger: str
    fields: tuple[ActionField, ...]
    references: Callable[[Values, MatchDefaults], tuple[Reference, ...]]
    plan: Callable[[Values, Matches, MatchDefaults], Plan]
    subject: str
    preset: Preset | None = None

    def default_fields(self) -> dict[str, Any]:
        """The directives that the Action starts with, by field key."""
        return {f.key: f.default for f in self.fields if f.default is not None}
