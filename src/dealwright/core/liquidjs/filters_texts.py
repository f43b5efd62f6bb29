"""Filters that change texts (LIQUID.md, 4 and 5)."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from liquid.exceptions import FilterError

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.values import (
    WHITE_SPACE,
    Word,
    is_nothing,
    is_true,
    number_of,
    text_of,
    within,
)
from dealwright.core.mappingkit.absence import ABSENT

_SPACES: Final = re.compile(rf"[{WHITE_SPACE}]+")
_CJK: Final = "\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af"
_CJK_SIGN: Final = re.compile(f"[{_CJK}]")
_OTHER_WORD: Final = re.compile(f"[^{_CJK}{WHITE_SPACE}]+")
_LINE_END: Final = re.compile(r"\r?\n")


def _text_filter(change: Callable[[str], Any]) -> Filter:
    def filtered(value: Any, *_rest: Any) -> Any:
        return change(text_of(value))

    return filtered


def _append(value: Any, *arguments: Any) -> str:
    return _joined(value, *_one(arguments))


def _prepend(value: Any, *arguments: Any) -> str:
    return _joined(*_one(arguments), value)


def _one(arguments: tuple[Any, ...]) -> tuple[Any]:
    if len(arguments) != 1:
        raise FilterError("append and prepend take one argument", token=None)
    return (arguments[0],)


def _joined(left: Any, right: Any) -> str:
    first, second = text_of(left), text_of(right)
    within(len(first) + len(second))
    return first + second


def _strip(value: Any, characters: Any = ABSENT, *_rest: Any) -> str:
    return text_of(value).strip(_stripped(characters))


def _lstrip(value: Any, characters: Any = ABSENT, *_rest: Any) -> str:
    return text_of(value).lstrip(_stripped(characters))


def _rstrip(value: Any, characters: Any = ABSENT, *_rest: Any) -> str:
    return text_of(value).rstrip(_stripped(characters))


def _stripped(characters: Any) -> str:
    if is_true(characters) and characters not in ("", 0):
        return text_of(characters)
    return WHITE_SPACE


def _replace(value: Any, pattern: Any = ABSENT, replacement: Any = ABSENT, *_rest: Any) -> str:
    text, old, new = text_of(value), text_of(pattern), text_of(replacement)
    hits = text.count(old) if old else max(len(text) - 1, 0)
    within(len(text) + hits * len(new))
    return text.replace(old, new) if old else new.join(text)


def _replace_first(value: Any, pattern: Any = ABSENT, new: Any = ABSENT, *_rest: Any) -> str:
    within(len(text_of(value)) + len(text_of(new)))
    return text_of(value).replace(text_of(pattern), text_of(new), 1)


def _replace_last(value: Any, pattern: Any = ABSENT, new: Any = ABSENT, *_rest: Any) -> str:
    text, old = text_of(value), text_of(pattern)
    at = text.rfind(old)
    within(len(text) + len(text_of(new)))
    return text if at < 0 else text[:at] + text_of(new) + text[at + len(old) :]


def _remove(value: Any, pattern: Any = ABSENT, *_rest: Any) -> str:
    return text_of(value).replace(text_of(pattern), "")


def _remove_first(value: Any, pattern: Any = ABSENT, *_rest: Any) -> str:
    return _replace_first(value, pattern)


def _remove_last(value: Any, pattern: Any = ABSENT, *_rest: Any) -> str:
    return _replace_last(value, pattern)


def _truncate(value: Any, length: Any = ABSENT, ellipsis: Any = ABSENT, *_rest: Any) -> Any:
    text = text_of(value)
    end = "..." if ellipsis is ABSENT else text_of(ellipsis)
    limit = 50.0 if length is ABSENT else number_of(length)
    if len(text) <= limit:
        return value
    within(len(text) + len(end))
    return text[: max(_whole(limit - len(end)), 0)] + end


def _truncatewords(value: Any, count: Any = ABSENT, ellipsis: Any = ABSENT, *_rest: Any) -> str:
    end = "..." if ellipsis is ABSENT else text_of(ellipsis)
    number = 15.0 if count is ABSENT else number_of(count)
    words = _SPACES.split(text_of(value))
    if number <= 0:
        number = 1.0
    text = " ".join(words[: max(_whole(number), 0)])
    return text + end if len(words) >= number else text


def _whole(number: float) -> int:
    """Drop the fraction; NaN is 0, the infinite is as far as any text goes."""
    if math.isnan(number):
        return 0
    return int(max(min(number, 1e9), -1e9))


def _number_of_words(value: Any, mode: Any = ABSENT, *_rest: Any) -> int:
    text = text_of(value).strip(WHITE_SPACE)
    if not text:
        return 0
    signs = len(_CJK_SIGN.findall(text))
    if mode == "cjk" or (mode == "auto" and signs):
        return signs + len(_OTHER_WORD.findall(text))
    return len(_SPACES.split(text))


def _default(value: Any, other: Any = ABSENT, *rest: Any) -> Any:
    value = "" if value in (Word.EMPTY, Word.BLANK) else value
    if isinstance(value, str | list):
        return cast("Any", value) or other
    if value is False and rest:
        if not all(isinstance(named, list) for named in rest):
            raise FilterError("default takes one argument, and allow_false", token=None)
        if any(named[0] == "allow_false" and is_true(named[1]) for named in rest):
            return False
    return value if is_true(value) and not is_nothing(value) else other


def _raw(value: Any, *_rest: Any) -> Any:
    return value


TEXTS: Final[Mapping[str, Filter]] = {
    "append": _append,
    "prepend": _prepend,
    "strip": _strip,
    "lstrip": _lstrip,
    "rstrip": _rstrip,
    "upcase": _text_filter(str.upper),
    "downcase": _text_filter(str.lower),
    "capitalize": _text_filter(lambda text: text[:1].upper() + text[1:].lower()),
    "strip_newlines": _text_filter(lambda text: _LINE_END.sub("", text)),
    "normalize_whitespace": _text_filter(lambda text: _SPACES.sub(" ", text)),
    "number_of_words": _number_of_words,
    "replace": _replace,
    "replace_first": _replace_first,
    "replace_last": _replace_last,
    "remove": _remove,
    "remove_first": _remove_first,
    "remove_last": _remove_last,
    "truncate": _truncate,
    "truncatewords": _truncatewords,
    "default": _default,
    "raw": _raw,
}
"""Filters that change texts."""
