"""Coalesce: the values of several Deliveries for one record, as if they had come as one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dealwright.core.action import Action, Values, ValueType


class Dated(NamedTuple):
    """Values, and the moment of their Event; `seq` decides between equal moments."""

    timestamp_ms: int
    seq: int
    values: Values


def coalesce(action: Action, parts: Sequence[Dated]) -> Values:
    """Merge values: the later Event's wins; lists are joined and objects merged by key.

    The result is what the Deliveries would have made one after the other, in their Events' order.
    """
    if len(parts) == 1:
        return parts[0].values
    joined = {field.key for field in action.fields if field.many}
    nested = {field.key for field in action.fields if field.type is ValueType.OBJECT}
    merged: dict[str, Any] = {}
    for part in sorted(parts, key=lambda dated: (dated.timestamp_ms, dated.seq)):
        for key, value in part.values.items():
            if key in joined:
                merged[key] = _joined(merged.get(key, ()), value)
            elif key in nested and isinstance(merged.get(key), Mapping):
                merged[key] = {**merged[key], **value}
            else:
                merged[key] = value
    return merged


def _joined(earlier: Sequence[Any], later: Sequence[Any]) -> tuple[Any, ...]:
    return (*earlier, *(item for item in later if item not in earlier))
