"""Objects of a mapping: nearly all fields are plain paths, which need no call of their own."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, TypeAlias, cast

from dealwright.core.mappingkit.absence import ABSENT, Resolver
from dealwright.core.mappingkit.paths import parse_reference, walk

Field: TypeAlias = tuple[str, tuple[str, ...] | None, Resolver]
"""A key, the pieces of its path if it is a plain one, and what gives its value in any case."""

# A key of the event (None: the event itself), the fields that are filled from below it, and None;
# or one field, and what computes it.
_Step: TypeAlias = tuple[str | None, tuple[tuple[str, str], ...], Resolver | None]


def plain_path(node: object) -> tuple[str, ...] | None:
    """The pieces of a @path that is written out and one or two long, else None."""
    if not isinstance(node, dict):
        return None
    entries = cast("Mapping[str, object]", node)
    text = entries.get("@path")
    if not isinstance(text, str) or not entries.keys() <= {"@path", "_metadata"}:
        return None
    pieces = parse_reference(text)
    return pieces if len(pieces) in {1, 2} else None


def object_resolver(fields: Iterable[Field]) -> Resolver:
    """Fill an object field by field, in their order; absent values leave it."""
    known = tuple(fields)
    if all(pieces is not None for _, pieces, _ in known):
        return paths_resolver(known, otherwise=_by_calls(known))
    if all(pieces is None for _, pieces, _ in known):
        return _by_calls(known)
    return _by_both(known)


def paths_resolver(fields: Iterable[Field], *, otherwise: Resolver) -> Resolver:
    """Fill an object from plain paths only; what is no plain dict is left to `otherwise`."""
    steps = tuple((head, inner) for head, inner, _ in _steps(fields))

    def resolved(event: Any) -> dict[str, Any]:
        if type(event) is not dict:
            return otherwise(event)
        entries = cast("dict[str, Any]", event)
        result: dict[str, Any] = {}
        for head, inner in steps:
            base = entries if head is None else entries.get(head, ABSENT)
            if type(base) is dict:
                # Asking `in` and then indexing is faster than get() with a default.
                for name, piece in inner:
                    if piece in base:
                        result[name] = base[piece]
            else:
                _reach(base, inner, result)
        return result

    return resolved


def _by_both(fields: tuple[Field, ...]) -> Resolver:
    steps, slowly = tuple(_steps(fields)), _by_calls(fields)

    def resolved(event: Any) -> dict[str, Any]:
        if type(event) is not dict:
            return slowly(event)
        entries = cast("dict[str, Any]", event)
        result: dict[str, Any] = {}
        for head, inner, value in steps:
            if value is None:
                base = entries if head is None else entries.get(head, ABSENT)
                _reach(base, inner, result)
                continue
            found = value(entries)
            if found is not ABSENT:
                result[inner[0][0]] = found
        return result

    return resolved


def _steps(fields: Iterable[Field]) -> Iterable[_Step]:
    """Bring neighbours below one key of the event together, so that it is looked up once."""
    for head, run in groupby(fields, _head):
        if head is _COMPUTED:
            for key, _, value in run:
                yield None, ((key, ""),), value
        else:
            inner = tuple((key, pieces[-1]) for key, pieces, _ in run if pieces)
            yield cast("str | None", head), inner, None


_COMPUTED = object()


def _head(field: Field) -> object:
    pieces = field[1]
    if pieces is None:
        return _COMPUTED
    return pieces[0] if len(pieces) == 2 else None


def _reach(base: Any, inner: tuple[tuple[str, str], ...], result: dict[str, Any]) -> None:
    if base is ABSENT:
        return
    for name, piece in inner:
        found = walk(base, (piece,))
        if found is not ABSENT:
            result[name] = found


def _by_calls(fields: tuple[Field, ...]) -> Resolver:
    values = tuple((key, value) for key, _, value in fields)

    def resolved(event: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in values:
            found = value(event)
            if found is not ABSENT:
                result[key] = found
        return result

    return resolved
