"""Shapes: what a body of a sender who can be told must look like, and every fault with its place.

A shape judges one value and yields Problems; what it does not name is let through unseen. A value
that is null is as good as none.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from dealwright.meetings.moments import moment_of
from dealwright.meetings.source import Problem

Shape = Callable[[object, str], Iterator[Problem]]

#: Of many faults of one kind these are enough to mend them all.
MOST_PROBLEMS: Final = 50


def problems_of(value: object, shape: Shape) -> list[Problem]:
    """What is wrong with a value, in its order, at most 50 Problems."""
    found: list[Problem] = []
    for problem in shape(value, ""):
        found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    return found


def anything(_value: object, _pointer: str) -> Iterator[Problem]:
    """Whatever it is."""
    return iter(())


def text(*, least: int = 0, most: int = 1_000_000_000) -> Shape:
    """A text of so many characters."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer=pointer, message=f"expected text, got {_kind(value)}")
        elif not least <= len(value) <= most:
            yield Problem(pointer=pointer, message=f"expected {least} to {most} characters")

    return judge


def number(*, least: float, most: float) -> Shape:
    """A number between two."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield Problem(pointer=pointer, message=f"expected a number, got {_kind(value)}")
        elif not least <= value <= most:
            yield Problem(pointer=pointer, message=f"expected a number from {least} to {most}")

    return judge


def record_id(value: object, pointer: str) -> Iterator[Problem]:
    """The id of a record in Pipedrive; as text too, for some tools write no numbers."""
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 53
    written = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16
    if not whole and not written:
        yield Problem(pointer=pointer, message="expected the number of a record")


def flag(value: object, pointer: str) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        yield Problem(pointer=pointer, message=f"expected true or false, got {_kind(value)}")


def moment(value: object, pointer: str) -> Iterator[Problem]:
    """A moment, or a local time: RFC 3339."""
    if not isinstance(value, str) or moment_of(value) is None:
        yield Problem(pointer=pointer, message="expected a time such as 2026-11-20T15:00:00+01:00")


def web_address(value: object, pointer: str) -> Iterator[Problem]:
    """An address that begins https:// or http://."""
    if not isinstance(value, str) or not value.lower().startswith(("https://", "http://")):
        yield Problem(pointer=pointer, message="expected an address that begins with https://")


def one_of(*choices: str) -> Shape:
    """One of these words."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if value not in choices:
            yield Problem(pointer=pointer, message=f"expected one of {', '.join(choices)}")

    return judge


def either(*shapes: Shape) -> Shape:
    """What fits one of several shapes; the faults of the first are told."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if all(next(shape(value, pointer), None) is not None for shape in shapes):
            yield from shapes[0](value, pointer)

    return judge


def items(shape: Shape) -> Shape:
    """A list of such values."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(pointer=pointer, message=f"expected a list, got {_kind(value)}")
            return
        for index, item in enumerate(cast("list[object]", value)):
            yield from shape(item, f"{pointer}/{index}")

    return judge


def fields(shapes: Mapping[str, Shape], *, needed: tuple[str, ...] = ()) -> Shape:
    """An object with these fields; those that are needed may not be missing."""

    def judge(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer=pointer, message=f"expected an object, got {_kind(value)}")
            return
        told = cast("dict[str, Any]", value)
        for name, shape in shapes.items():
            given = told.get(name)
            if given is not None:
                yield from shape(given, f"{pointer}/{name}")
            elif name in needed:
                yield Problem(pointer=f"{pointer}/{name}", message="is missing")

    return judge


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    names: dict[type, str] = {str: "text", bool: "true or false", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")
