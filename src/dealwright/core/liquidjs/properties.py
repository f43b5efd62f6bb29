"""What a path finds in a value: keys, indexes, and `size`, `first`, `last` (LIQUID.md, 3)."""

import math
from typing import Any, cast

from dealwright.core.ecmascript import number_text
from dealwright.core.liquidjs.values import is_nothing, number_of, text_of
from dealwright.core.mappingkit.absence import ABSENT


def read(value: Any, key: Any) -> Any:
    """Read a property: a key of an object, an index of a list or text, size, first or last."""
    if is_nothing(value):
        return value
    if isinstance(value, dict):
        return _entry(cast("dict[str, Any]", value), text_of(key))
    if not isinstance(value, list | str):
        return ABSENT
    items = cast("list[Any] | str", value)
    if key in ("size", "length"):
        return len(items)
    if isinstance(value, list) and key in ("first", "last"):
        return (items[0] if key == "first" else items[-1]) if items else ABSENT
    return _item(items, key)


def _entry(entries: dict[str, Any], key: str) -> Any:
    if key in entries:
        return entries[key]
    return len(entries) if key == "size" else ABSENT


def _item(items: list[Any] | str, key: Any) -> Any:
    at = number_of(key)
    if isinstance(items, list) and at < 0:
        at += len(items)
    if not math.isfinite(at) or at != int(at) or not 0 <= at < len(items):
        return ABSENT
    # A text is an index only if it is spelled as one, so not "01" or "1.0".
    if isinstance(key, str) and number_text(at) != key:
        return ABSENT
    return items[int(at)]
