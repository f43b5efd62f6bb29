"""Plan: what we mean to write, as pure data. A dry run stops here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dealwright.core.record import RecordId, RecordKind
from dealwright.core.scalars import same_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a record. `values` is the request body in v2 shape.

    `external_id` ("" for none) becomes a Link as soon as the record has an id.
    """

    kind: RecordKind
    values: Mapping[str, Any]
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Change a record: only what differs, with what stood there `before`."""

    kind: RecordKind
    record_id: RecordId
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Remember that an external id is this record; costs no call."""

    kind: RecordKind
    record_id: RecordId
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete a record; Pipedrive's API cannot restore it. `before` is what it was called."""

    kind: RecordKind
    record_id: RecordId
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """Add options to a field of the account, called `name`; those that are there are left."""

    kind: RecordKind
    field: str
    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Have persons take part in a deal; who does already is left.

    `deal` is None for the deal that the Plan makes. Ids may be stand-ins.
    """

    deal: int | None
    person_ids: tuple[Any, ...]


Change = Create | Update | Link | Delete | SchemaChange | Join


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes in the order in which they are written, and what is worth a warning.

    No change: everything is already as wanted (`unchanged`). `record_id` is the record that the
    Plan is about when it is known before writing. `code` says why there is nothing to write, ""
    for the usual reason. `agreed` are fields of the record that hold what is wanted already, `kept`
    those that the rule `keep_edits` leaves as they are.
    """

    changes: tuple[Change, ...]
    record_id: RecordId | None = None
    warnings: tuple[str, ...] = ()
    code: str = ""
    agreed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything is sent to Pipedrive."""
        return any(not isinstance(change, Link) for change in self.changes)


def differing(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `wanted` that `current` does not already hold."""
    return {key: value for key, value in wanted.items() if not same_number(value, current.get(key))}
