"""@template, @case and @replace: directives that make texts (SEGMENT.md 5.1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from dealwright.core.ecmascript import number_text
from dealwright.core.errors import MappingError
from dealwright.core.mappingkit.absence import ABSENT, Effort, Resolver
from dealwright.core.mappingkit.paths import parse_path, path_resolver, walk

_TRIPLE: Final = re.compile(r"\{\{\{([^}]+)\}\}\}")
_DOUBLE: Final = re.compile(r"\{\{([^}]+)\}\}")
_PRIVATE_USE: Final = range(0xE000, 0xF900)
# ECMAScript's white space and line terminators; narrower than Python's.
_SPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
MAX_PATTERN: Final = 10
"""The longest pattern and replacement of @replace, in code points."""


def text_of(value: object) -> str:
    """Give a value's text as a template shows it.

    Nothing for absent and null, lists joined by commas, `[object Object]` for objects.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(_single_text, _leaves(cast("list[object]", value))))
    return _single_text(value)


def _single_text(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case dict():
            return "[object Object]"
        case _:
            return ""


def _leaves(items: list[object]) -> list[object]:
    """All items of lists within lists in order; a list without items counts as one that is null."""
    leaves: list[object] = []
    waiting = items[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list) and item:
            waiting += cast("list[object]", item)[::-1]
        else:
            leaves.append(None if isinstance(item, list) else item)
    return leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class _Composed:
    """A place whose path has values in it: `{{properties.{{{key}}}}}`."""

    parts: "tuple[_Part, ...]"


_Part: TypeAlias = str | tuple[str, ...] | _Composed


def template_resolver(text: str, effort: Effort) -> Resolver:
    """Compile a template that is known beforehand."""
    makers = tuple(_maker(part, effort) for part in _parse(text))
    if not makers:
        return lambda _event: ""
    if len(makers) == 1:
        (only,) = makers
        return lambda event: effort.spend_on(only(event))

    def filled(event: Any) -> str:
        texts = [make(event) for make in makers]
        effort.spend(sum(map(len, texts)))
        return "".join(texts)

    return filled


def fill_template(text: object, event: Any, effort: Effort) -> str:
    """Fill a template that another directive gave; raises MappingError if it is no text."""
    if not isinstance(text, str):
        raise MappingError("A template must be a text, and what was given is none.")
    return template_resolver(effort.spend_on(text), effort)(event)


def _maker(part: _Part, effort: Effort) -> Callable[[Any], str]:
    match part:
        case str():
            return lambda _event: part
        case tuple():
            value = path_resolver(part)

            def text(event: Any) -> str:
                found = value(event)
                return found if type(found) is str else text_of(found)

            return text
        case _Composed(parts=parts):
            makers = tuple(_maker(each, effort) for each in parts)

            def composed(event: Any) -> str:
                path = "".join([make(event) for make in makers]).strip(_SPACE)
                return text_of(walk(event, parse_path(path)))

            return composed


def _parse(text: str) -> list[_Part]:
    """Cut a template. What triple braces put in is never scanned for braces again.

    Segment does scan it, so that event data could name fields; here each triple becomes one
    character that the text does not have, before the double braces are looked for.
    """
    triples = [_named(hit[1]) for hit in _TRIPLE.finditer(text)]
    mark = next(chr(code) for code in _PRIVATE_USE if chr(code) not in text) if triples else ""
    values = iter(triples)
    parts: list[_Part] = []
    at = 0
    marked = _TRIPLE.sub(mark, text) if triples else text
    for hit in _DOUBLE.finditer(marked):
        parts += _with_values(marked[at : hit.start()], mark, values)
        inside = list(_with_values(hit[1], mark, values))
        composed = any(isinstance(part, tuple) for part in inside)
        parts.append(_Composed(parts=tuple(inside)) if composed else _named(hit[1]))
        at = hit.end()
    return parts + _with_values(marked[at:], mark, values)


def _named(inside: str) -> tuple[str, ...]:
    return parse_path(inside.strip(_SPACE))


def _with_values(text: str, mark: str, values: Any) -> list[_Part]:
    if not mark:
        return [text] if text else []
    parts: list[_Part] = []
    for place, piece in enumerate(text.split(mark)):
        if place:
            parts.append(next(values))
        if piece:
            parts.append(piece)
    return parts


def case_resolver(operator: str, value: Resolver, effort: Effort) -> Resolver:
    """Put texts in lower or upper case; other values pass, another operator fails on a text."""
    change = {"lower": str.lower, "upper": str.upper}.get(operator)

    def changed(event: Any) -> Any:
        found = value(event)
        if not isinstance(found, str):
            return found
        if change is None:
            raise MappingError(f"@case: write `lower` or `upper`, not `{operator[:40]}`.")
        return change(effort.spend_on(found))

    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One pattern of @replace and what every hit of it becomes."""

    pattern: str
    replacement: str
    ignores_case: bool
    all_hits: bool

    def compiled(self, effort: Effort) -> Callable[[str], str]:
        """Give the function that replaces; `$$`, `$&`, `$'` and $` mean what ECMAScript says."""
        pattern, replacement = self.pattern, self.replacement
        count = 0 if self.all_hits else 1
        if not self.ignores_case and "$" not in replacement:
            return lambda text: text.replace(pattern, replacement, count or -1)
        hits = re.compile(re.escape(pattern), re.IGNORECASE if self.ignores_case else 0)
        return lambda text: hits.sub(
            lambda hit: effort.spend_on(_expanded(replacement, hit)), text, count
        )


_DOLLAR: Final = re.compile(r"\$([$&`'])")


def _expanded(replacement: str, hit: re.Match[str]) -> str:
    meanings: dict[str, Callable[[], str]] = {
        "$": lambda: "$",
        "&": lambda: hit[0],
        "`": lambda: hit.string[: hit.start()],
        "'": lambda: hit.string[hit.end() :],
    }
    return _DOLLAR.sub(lambda sign: meanings[sign[1]](), replacement)


def replace_resolver(
    replacements: tuple[Replacement, ...], value: Resolver, effort: Effort
) -> Resolver:
    """Replace in a text, a number's or a boolean's text; anything else gives an empty text."""
    changes = tuple(each.compiled(effort) for each in replacements)

    def replaced(event: Any) -> Any:
        found = value(event)
        if found is ABSENT or not isinstance(found, str | int | float):
            return ""
        text = text_of(found)
        for change in changes:
            text = effort.spend_on(change(text))
        return text

    return replaced
