"""Filters that look into lists, and those that are disabled (LIQUID.md, 1, 4 and 5)."""

import math
from collections.abc import Mapping
from typing import Any, Final, cast

from liquid import RenderContext
from liquid.exceptions import FilterError
from liquid.token import TOKEN_EXPRESSION, Token

from dealwright.core.ecmascript import number_text
from dealwright.core.liquidjs.expressions import Filter, Reader
from dealwright.core.liquidjs.properties import read
from dealwright.core.liquidjs.values import (
    Items,
    equal,
    is_nothing,
    is_true,
    number_of,
    script_text,
    text_of,
    within,
)
from dealwright.core.mappingkit.absence import ABSENT, is_falsy

_DISABLED: Final = (
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
    "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
    "reverse", "sort", "sort_natural", "type", "uniq", "where_exp",
)  # fmt: skip


def _items(value: Any) -> Items:
    """Take one value for a list of it, nothing for an empty list."""
    if is_nothing(value):
        return []
    return cast("Items", value) if isinstance(value, list) else [value]


def _join(value: Any, separator: Any = ABSENT, *_rest: Any) -> str:
    between = " " if is_nothing(separator) else text_of(separator)
    texts = ["" if is_nothing(item) else script_text(item) for item in _items(value)]
    within(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _split(value: Any, separator: Any = ABSENT, *_rest: Any) -> Items:
    text, between = text_of(value), text_of(separator)
    pieces = text.split(between) if between else list(text)
    while pieces and not pieces[-1]:
        pieces.pop()
    return list(pieces)


def _first(value: Any, *_rest: Any) -> Any:
    return cast("Items | str", value)[0] if isinstance(value, str | list) and value else ""


def _last(value: Any, *_rest: Any) -> Any:
    return cast("Items | str", value)[-1] if isinstance(value, str | list) and value else ""


def _pop(value: Any, *_rest: Any) -> Items:
    return _items(value)[:-1]


def _shift(value: Any, *_rest: Any) -> Items:
    return _items(value)[1:]


def _size(value: Any, *_rest: Any) -> int:
    return len(cast("Items | str", value)) if isinstance(value, str | list) else 0


def _sum(value: Any, key: Any = ABSENT, *_rest: Any) -> float:
    numbers = [number_of(_property(item, key)) for item in _items(value)]
    return sum((number for number in numbers if not math.isnan(number)), 0.0)


def _property(item: Any, key: Any) -> Any:
    if is_falsy(key):
        return item
    for piece in text_of(key).split("."):
        item = read(item, piece)
    return item


def _compact(value: Any, *_rest: Any) -> Items:
    return [item for item in _items(value) if not is_nothing(item)]


def _slice(value: Any, start: Any = ABSENT, length: Any = ABSENT, *_rest: Any) -> Any:
    if is_nothing(value):
        return []
    whole = cast("Items | str", value if isinstance(value, list) else text_of(value))
    begin = number_of(start)
    count = 1.0 if length is ABSENT else number_of(length)
    begin = len(whole) + begin if begin < 0 else begin
    # ECMAScript's `+` joins a start that is written as text with the length.
    end = number_of(start + number_text(count)) if isinstance(start, str) else begin + count
    if begin < 0 or count < 0 or math.isnan(end):
        return whole[:0]
    at = 0 if math.isnan(begin) else int(min(begin, len(whole)))
    return whole[at : int(min(end, len(whole)))]


class _ItemScope:
    """Lets a path begin at an item instead of the event."""

    __slots__ = ("_item",)

    def __init__(self, item: Any) -> None:
        self._item = item

    def resolve(self, name: str, *, token: Any = None, default: object = ABSENT) -> Any:  # noqa: ARG002
        """Read a property of the item."""
        found = read(self._item, name)
        return default if found is ABSENT else found


def _where(value: Any, key: Any = ABSENT, *expected: Any) -> Items:
    path = Reader(Token(TOKEN_EXPRESSION, text_of(key), 0, ""), {}).path()
    chosen: Items = []
    for item in _items(value):
        scope = cast("RenderContext", _ItemScope(item))
        found = path(scope) if path else ABSENT
        if equal(found, expected[0]) if expected else is_true(found):
            chosen.append(item)
    return chosen


def _push(value: Any, item: Any = ABSENT, *_rest: Any) -> Items:
    return [*_items(value), item]


def _unshift(value: Any, item: Any = ABSENT, *_rest: Any) -> Items:
    return [item, *_items(value)]


def _sample(value: Any, count: Any = 1.0, *_rest: Any) -> Any:
    """Give the first items: the same event must give the same record, whenever it is replayed."""
    items = _items(value) if not isinstance(value, str) else list(value)
    if number_of(count) == 1:
        return items[0] if items else ABSENT
    return _slice(items, 0, count)


def _disabled(name: str) -> Filter:
    def refuse(_value: Any, *_arguments: Any) -> Any:
        raise FilterError(f'the filter "{name}" is disabled', token=None)

    return refuse


LISTS: Final[Mapping[str, Filter]] = {
    "join": _join,
    "split": _split,
    "first": _first,
    "last": _last,
    "size": _size,
    "sum": _sum,
    "compact": _compact,
    "slice": _slice,
    "where": _where,
    "push": _push,
    "pop": _pop,
    "shift": _shift,
    "unshift": _unshift,
    "sample": _sample,
    **{name: _disabled(name) for name in _DISABLED},
}
"""Filters of lists; a disabled one is an error as soon as it runs."""
