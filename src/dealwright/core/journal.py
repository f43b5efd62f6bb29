"""Journal: what was done to a record, with what stood there before; as pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dealwright.core.record import RecordId, RecordKind


class Act(StrEnum):
    """What was done."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LINK = "link"
    UNLINK = "unlink"
    JOIN = "join"
    LEAVE = "leave"
    OPTIONS = "options"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as it is stored.

    `after` is in v2 shape as it was sent, `before` what stood in the same fields. `update_time` is
    that of the record as Pipedrive answered, "" where it did not. `correction_id` is that of the
    Delivery, None for most.
    """

    id: int
    connection_id: int
    delivery_id: int
    at_ms: int
    act: Act
    kind: RecordKind
    record_id: RecordId | None
    external_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_sure: bool
    correction_id: int | None
    update_time: str = ""
