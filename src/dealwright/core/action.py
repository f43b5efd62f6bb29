"""Action: something that can be done in Pipedrive, declared once. Everything reads this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Match, Reference
from dealwright.core.ours import Ours
from dealwright.core.plan import Plan
from dealwright.core.record import ActivityType, LeadLabel, Member, RecordKind, User
from dealwright.core.schema import NewLabel, Schema


class ValueType(StrEnum):
    """What a field of an Action takes, and what it is after coercion (core/coerce.py).

    Text is `str`, numbers are `int` and `float`, a record id is an `int` above 0. AMOUNT is a
    Decimal, CURRENCY three capital letters, UUID in lower case. DATETIME is
    RFC 3339 in UTC; DATE a day, or a moment where the sender gave one; TIME `HH:MM:SS`, with an
    offset where the sender gave one; DURATION `HH:MM:SS`. A field with `many` is a tuple.
    """

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    RECORD_ID = "record_id"
    DATETIME = "datetime"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    OBJECT = "object"
    AMOUNT = "amount"
    CURRENCY = "currency"
    UUID = "uuid"
    ZONE = "zone"


class Writing(StrEnum):
    """What a field of an Action does to a record that is there.

    SETS: what differs is written. ADDS: joined to what is there. CREATES: only a new record takes
    it. FINDS: it names the record. LINKS: it names another, to which the record is linked. STEERS:
    it says how, and stands in no record.
    """

    SETS = "sets"
    ADDS = "adds"
    CREATES = "creates"
    FINDS = "finds"
    LINKS = "links"
    STEERS = "steers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values that a field allows."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionField:
    """One field of an Action: forms, schema, validation, pickers and docs are read from it.

    `default` is the directive used where a Mapping gives none. `dynamic` names the list that a
    picker offers ("person_match_fields", "activity_types", …), "" for none. `wish` is what the
    field takes, in words, where its type does not say it well enough. `writing` is what it does
    to a record.
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
    wish: str = ""
    writing: Writing = Writing.SETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A Mapping that a new Connection is offered: the Action's defaults under this name.

    `enabled`: whether it is switched on from the start.
    """

    name: str
    trigger: str
    enabled: bool = True


class Need(StrEnum):
    """A list of the account that an Action plans with."""

    ACTIVITY_TYPES = "activity_types"
    FIELDS = "fields"
    USERS = "users"
    ME = "me"
    LEAD_LABELS = "lead_labels"


#: Lists that are only wanted where one of these fields has a value; the others always are.
_WANTED_BY: Final[Mapping[Need, tuple[str, ...]]] = {
    Need.FIELDS: ("custom_fields", "labels", "created_at_field"),
    Need.USERS: ("owner",),
    Need.ME: ("amount",),
    Need.LEAD_LABELS: ("labels",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a Plan may know of a Connection and its account, beyond the Matches.

    Lists that the Action does not need with these Values were not asked for: `schema` and `me`
    are None then, the others empty. `ours` tells which fields of the record hold what we wrote
    there. `plan` is the price plan, which decides what visibility levels there are. `keyed` are
    the fields of the kinds that are matched by a custom field, `addable` labels that a person wants
    to have added.
    """

    defaults: MatchDefaults = field(default_factory=MatchDefaults)
    plan: str = ""
    activity_types: tuple[ActivityType, ...] = ()
    schema: Schema | None = None
    keyed: Mapping[RecordKind, Schema] = field(default_factory=dict[RecordKind, Schema])
    users: tuple[Member, ...] = ()
    lead_labels: tuple[LeadLabel, ...] = ()
    me: User | None = None
    ours: Ours = field(default_factory=Ours)
    addable: frozenset[NewLabel] = frozenset()


#: Values of an Action's fields after mapping and coercion; absent keys were not given.
Values = Mapping[str, Any]

#: What became of each Reference, by role.
Matches = Mapping[str, Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What can be done, what it needs, and how a Plan is made of it.

    `references(values, defaults)` says which records must be looked up; `plan(values, matches,
    account)` is pure and raises MappingError or NeedsChoice; `needs` are the lists of the account
    that it wants in there. `subject` is the role of the record that is written, `codes` are the
    errors that the Action's own rules end in. `lanes` of a Delivery come from the References:
    Deliveries that share one are done one at a time and in order.
    """

    key: str
    title: str
    description: str
    kind: RecordKind
    default_trigger: str
    fields: tuple[ActionField, ...]
    references: Callable[[Values, MatchDefaults], tuple[Reference, ...]]
    plan: Callable[[Values, Matches, Account], Plan]
    subject: str
    codes: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    preset: Preset | None = None

    def needed(self, values: Values) -> frozenset[Need]:
        """The lists of the account that a Plan with these Values needs; each costs tokens."""
        return frozenset(
            need
            for need in self.needs
            if need not in _WANTED_BY or any(key in values for key in _WANTED_BY[need])
        )

    def default_fields(self) -> dict[str, Any]:
        """The directives that the Action starts with, by field key."""
        return {entry.key: entry.default for entry in self.fields if entry.default is not None}
