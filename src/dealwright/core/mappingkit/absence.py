"""What is not there, as opposed to null; and when it disappears."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from dealwright.core.errors import MappingError


class Absent(Enum):
    """The one value that stands for nothing at all; no result of a mapping holds it."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

Resolver: TypeAlias = Callable[[Any], Any]
"""Gives what a part of a mapping is for an event; may give ABSENT."""


class Effort:
    """Counts the work of one run, so that no mapping can multiply its input without end.

    One unit is a visited node, a written character, or eight characters that a filter reads.
    Shared by the parts of one mapping; a run begins with `left` at the limit.
    """

    __slots__ = ("left",)

    LIMIT: Final = 2_000_000

    def __init__(self) -> None:
        self.left = self.LIMIT

    def spend(self, units: int) -> None:
        """Take from what is left; raises MappingError when nothing is."""
        self.left -= units
        if self.left < 0:
            raise MappingError(
                "The mapping makes far more out of this event than any record holds: "
                "make its lists and texts shorter.",
                code="mapping_too_large",
            )

    def spend_reading(self, value: object) -> None:
        """Take what a filter of Liquid costs that looks at this value."""
        if isinstance(value, str):
            self.spend(len(value) >> 3)
        elif isinstance(value, list | dict):
            self.spend(len(cast("list[object]", value)))

    def spend_on(self, text: str) -> str:
        """Take one unit for each character of a text, and give it back."""
        self.spend(len(text))
        return text


def is_falsy(value: object) -> bool:
    """Tell what ECMAScript takes for false: absent, null, false, 0, NaN and empty text."""
    if value is None or value is ABSENT:
        return True
    if isinstance(value, bool | int | float | str):
        return not value or value != value  # noqa: PLR0124 - only NaN differs from itself
    return False


def is_flat(value: object) -> bool:
    """Tell whether a value is an object without objects, lists and absent values in it."""
    if type(value) is not dict:
        return False
    for entry in cast("dict[str, object]", value).values():
        if entry is ABSENT or type(entry) is dict or type(entry) is list:
            return False
    return True


def without_absent(value: object, effort: Effort) -> object:
    """Copy a value: keys with absent values leave their objects, absent items become null."""
    return _copied(value, effort, lambda entry: entry is not ABSENT, lists=True)


def without_nulls(value: object, effort: Effort) -> object:
    """Copy a value without the keys that are null, in objects within objects but not in lists."""
    return _copied(value, effort, lambda entry: entry is not None, lists=False)


def _copied(
    value: object, effort: Effort, stays: Callable[[object], bool], *, lists: bool
) -> object:
    holder: list[object] = [value]
    waiting: list[tuple[Any, Any]] = [(holder, 0)]
    while waiting:
        place, key = waiting.pop()
        item = place[key]
        if isinstance(item, dict):
            entries = cast("dict[str, object]", item)
            kept = {name: entry for name, entry in entries.items() if stays(entry)}
            place[key] = kept
            waiting += [(kept, name) for name in kept]
            effort.spend(len(entries))
        elif isinstance(item, list) and lists:
            items = cast("list[object]", item)
            copy = [None if entry is ABSENT else entry for entry in items]
            place[key] = copy
            waiting += [(copy, at) for at in range(len(copy))]
            effort.spend(len(items))
    return holder[0]
