"""Ranges: two ends, as an object, a list of two, or one text."""

import re
from typing import Any, Final, cast

from dealwright.core.fieldtype import first_of, parts_of
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit

# A bare hyphen also stands inside a day, hence white space around it, or another sign.
_BETWEEN: Final = re.compile(r"\s+(?:-|to|until)\s+|\s*[–—/]\s*|\s*\.\.\s*", re.IGNORECASE)
_TIMES: Final = re.compile(r"\s*-\s*")


def ends_of(raw: Any, *, times: "re.Pattern[str] | None" = None) -> tuple[Any, Any]:
    """Both ends of a range, unread. Raises Misfit unless there are two.

    `times` is one more way to write what stands between them.
    """
    parts = parts_of(raw)
    if parts is not None:
        start = first_of(parts, "value", "from", "start", "since")
        end = first_of(parts, "until", "to", "end")
        return _both([start, end])
    if isinstance(raw, list | tuple):
        return _both(list(cast("list[Any]", raw)))
    if not isinstance(raw, str):
        raise Misfit
    text = raw.strip()
    found = _BETWEEN.split(text)
    if len(found) != 2 and times is not None:
        found = times.split(text)
    return _both(list(found))


def between_times() -> "re.Pattern[str]":
    """What stands between two times: 09:00-17:00."""
    return _TIMES


def show_range(value: Any, field: FieldDefinition) -> str:
    """`start – end`."""
    del field
    parts = parts_of(value) or {}
    return f"{parts.get('value', '')} – {parts.get('until', '')}".strip(" –")


def _both(ends: list[Any]) -> tuple[Any, Any]:
    if len(ends) != 2 or any(end in (None, "") for end in ends):
        raise Misfit("two ends, a start and an end")
    return ends[0], ends[1]
