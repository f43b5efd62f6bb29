"""@flatten and @merge: directives that make objects (SEGMENT.md 5.1)."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

from dealwright.core.ecmascript import keys_as_ecmascript
from dealwright.core.mappingkit.absence import Effort


class Lists(Enum):
    """What @flatten does with a list: enters it, or leaves it alone."""

    ENTERED = "entered"
    LEFT_ALONE = "left_alone"


def flatten(value: object, separator: str, *, lists: Lists, effort: Effort) -> dict[str, object]:
    """Bring all entries to one level, their keys joined; what is no object stands under ""."""
    flat: dict[str, object] = {}
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        prefix, item = waiting.pop()
        entries = _entries(item, lists)
        if entries is None:
            flat[prefix] = item
            continue
        effort.spend(len(entries) * (len(prefix) + 1))
        inner = [
            (f"{prefix}{separator}{key}" if prefix else key, entries[key])
            for key in keys_as_ecmascript(entries)
        ]
        waiting += inner[::-1]
    return flat


def _entries(value: object, lists: Lists) -> Mapping[str, object] | None:
    if isinstance(value, dict):
        return cast("Mapping[str, object]", value)
    if isinstance(value, list) and lists is Lists.ENTERED:
        return {str(at): item for at, item in enumerate(cast("list[object]", value))}
    return None


def merge(values: list[Any], effort: Effort) -> dict[str, Any]:
    """Set the keys of each value on one object, later ones over earlier ones.

    Lists and texts give their items under `0`, `1`, …; other values give nothing.
    """
    merged: dict[str, Any] = {}
    for value in values:
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value)
            effort.spend(len(entries))
            merged.update(entries)
        elif isinstance(value, list | str):
            items = cast("list[Any] | str", value)
            effort.spend(len(items))
            merged.update((str(at), item) for at, item in enumerate(items))
    return merged
