"""Plan: what we mean to write, as pure data. A dry run stops here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """Remember that an external id is this record; costs no call.

    `source_id` is whose id it is, None for the Source of the Delivery.
    """

    kind: RecordKind
    record_id: RecordId
    external_id: str
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink:
    """Forget that an external id of a Source is this record; costs no call."""

    kind: RecordKind
    record_id: RecordId
    external_id: str
    source_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete a record; Pipedrive's API cannot restore it. `before` is what it was called.

    `image` is all that stood in it: a note can be written anew.
    """

    kind: RecordKind
    record_id: RecordId
    before: str = ""
    image: Mapping[str, Any] = field(default_factory=dict[str, Any])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Have persons take part in a deal no longer; who does not anyway is left."""

    deal: int
    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Have a record become part of another of its kind, for good: Pipedrive's own merge.

    `image` is all that stood in it. Where both have a value, that of `into` stays.
    """

    kind: RecordKind
    record_id: int
    into: int
    image: Mapping[str, Any]


Change = Create | Update | Link | Unlink | Delete | SchemaChange | Join | Leave | Merge


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
        return any(not isinstance(change, Link | Unlink) for change in self.changes)


def differing(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `wanted` that `current` does not already hold."""
    return {key: value for key, value in wanted.items() if not same_number(value, current.get(key))}
