r"""Globs (FQL.md, section 7): `*`, `?`, `[sets]` and `\`, never with unbounded backtracking."""

from collections.abc import Callable
from typing import Final, TypeAlias

Matcher: TypeAlias = Callable[[str], bool]
"""Tells whether a glob covers the whole of a text."""


class _Any:
    """`?`: every character."""

    __slots__ = ()

    def __contains__(self, character: str) -> bool:
        return True


class _Set:
    """`[…]`: single characters and ranges by code point."""

    __slots__ = ("_ranges",)

    def __init__(self, ranges: list[tuple[str, str]]) -> None:
        self._ranges = tuple(ranges)

    def __contains__(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self._ranges)


_Item: TypeAlias = str | _Any | _Set
_ANY: Final = _Any()


def compile_glob(pattern: str) -> Matcher:
    """Read a pattern once. Matching costs at most text length × pattern length steps."""
    segments = _segments(pattern)
    texts = [text for text in map(_text, segments) if text is not None]
    if len(texts) < len(segments):
        return _automaton(segments)
    return _whole(texts[0]) if len(texts) == 1 else _pieces(texts)


def _text(segment: list[_Item]) -> str | None:
    characters = [item for item in segment if isinstance(item, str)]
    return "".join(characters) if len(characters) == len(segment) else None


def _segments(pattern: str) -> list[list[_Item]]:
    """Cut a pattern at its stars into lists of one-character items."""
    segments: list[list[_Item]] = [[]]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            segments.append([])
            at += 1
        else:
            item, at = _item(pattern, at)
            segments[-1].append(item)
    return segments


def _item(pattern: str, at: int) -> tuple[_Item, int]:
    character = pattern[at]
    if character == "?":
        return _ANY, at + 1
    if character == "\\" and at + 1 < len(pattern):
        return pattern[at + 1], at + 2
    if character == "[":
        closing = _closing(pattern, at + 1)
        if closing:
            return _Set(_ranges(pattern[at + 1 : closing])), closing + 1
    return character, at + 1


def _closing(pattern: str, at: int) -> int:
    while at < len(pattern):
        if pattern[at] == "]":
            return at
        at += 2 if pattern[at] == "\\" else 1
    return 0


def _ranges(inside: str) -> list[tuple[str, str]]:
    characters: list[tuple[str, bool]] = []
    at = 0
    while at < len(inside):
        escaped = inside[at] == "\\"
        at += escaped
        characters.append((inside[at], escaped))
        at += 1
    ranges: list[tuple[str, str]] = []
    at = 0
    while at < len(characters):
        low = high = characters[at][0]
        if at + 2 < len(characters) and characters[at + 1] == ("-", False):
            high = characters[at + 2][0]
            at += 2
        ranges.append((low, high))
        at += 1
    return ranges


def _whole(text: str) -> Matcher:
    return lambda subject: subject == text


def _pieces(texts: list[str]) -> Matcher:
    """Stars and plain text only: the leftmost place of each piece is always good enough."""
    first, *middle, last = texts
    inner = tuple(filter(None, middle))
    shortest = sum(map(len, texts))

    def matches(subject: str) -> bool:
        if len(subject) < shortest or not subject.startswith(first):
            return False
        if not subject.endswith(last):
            return False
        at, stop = len(first), len(subject) - len(last)
        for piece in inner:
            found = subject.find(piece, at, stop)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return matches


def _automaton(segments: list[list[_Item]]) -> Matcher:
    """All places in the pattern that the text read so far can stand for, as bits of one number."""
    items = [item for segment in segments for item in segment]
    stars = 0
    place = 0
    for segment in segments[:-1]:
        place += len(segment)
        stars |= 1 << place

    def matches(subject: str) -> bool:
        accepts: dict[str, int] = {}
        places = 1
        for character in subject:
            accept = accepts.get(character)
            if accept is None:
                accept = sum(1 << at for at, item in enumerate(items) if character in item)
                accepts[character] = accept
            places = ((places & accept) << 1) | (places & stars)
            if not places:
                return False
        return bool(places >> len(items) & 1)

    return matches
