"""@path: dotted paths into an event (Segment's mapping-kit, as SEGMENT.md 5.1 puts it)."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from dealwright.core.mappingkit.absence import ABSENT, Resolver, is_falsy

_CUT: Final = re.compile(r"""\.|\[(?=['"0-9])|(?<=['"0-9])\]+""")
_QUOTES: Final = str.maketrans("", "", "'\"")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")


def parse_path(text: str) -> tuple[str, ...]:
    """Cut a path into its pieces; no piece stands for the event itself."""
    return tuple(piece.translate(_QUOTES) for piece in _CUT.split(text) if piece)


def parse_reference(text: str) -> tuple[str, ...]:
    """Cut what a user wrote under @path: the first `$.` is dropped, wherever it stands."""
    return parse_path(text.replace("$.", "", 1))


def walk(value: Any, pieces: tuple[str, ...]) -> Any:
    """Follow the pieces; a falsy value on the way is the result, whatever is left to follow."""
    for piece in pieces:
        if isinstance(value, dict):
            value = cast("Mapping[str, Any]", value).get(piece, ABSENT)
        elif is_falsy(value):
            return value
        elif isinstance(value, list | str):
            value = _indexed(cast("list[Any] | str", value), piece)
        else:
            return ABSENT
    return value


def _indexed(items: list[Any] | str, piece: str) -> Any:
    if piece == "length":
        return len(items)
    if not _INDEX.fullmatch(piece):
        return ABSENT
    at = int(piece)
    return items[at] if at < len(items) else ABSENT


def path_resolver(pieces: tuple[str, ...]) -> Resolver:
    """Compile a path that is known beforehand; one and two pieces are nearly all there are."""
    match pieces:
        case ():
            return lambda event: event
        case (key,):
            return _one_step(key)
        case (key, inner):
            return _two_steps(key, inner)
        case _:
            return lambda event: walk(event, pieces)


def _one_step(key: str) -> Resolver:
    pieces = (key,)

    def value(event: Any) -> Any:
        if type(event) is dict:
            return cast("dict[str, Any]", event).get(key, ABSENT)
        return walk(event, pieces)

    return value


def _two_steps(key: str, inner: str) -> Resolver:
    pieces = (inner,)

    def value(event: Any) -> Any:
        if type(event) is not dict:
            return walk(event, (key, inner))
        found = cast("dict[str, Any]", event).get(key, ABSENT)
        if type(found) is dict:
            return cast("dict[str, Any]", found).get(inner, ABSENT)
        return walk(found, pieces)

    return value
