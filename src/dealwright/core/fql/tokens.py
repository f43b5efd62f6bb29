"""Cut a trigger's text into tokens (FQL.md, section 2)."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

MAX_TEXT: Final = 10_000
"""The longest trigger, in code points."""

WHITE_SPACE: Final = "\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""FQL's white space as the inside of a character class; narrower than Python's."""

KEYWORDS: Final = frozenset({"and", "or", "in", "true", "false", "null"})
"""Words that are no paths, in exactly this spelling."""


class TokenKind(Enum):
    """What a token is; FAULT stands where no token could be read, END behind the last one."""

    TEXT = "text"
    NUMBER = "number"
    PATH = "path"
    KEYWORD = "keyword"
    SYMBOL = "symbol"
    FAULT = "fault"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token: its kind, its `raw` text, where it begins, and what it means.

    `parts` is a path cut at its dots; `text` a string's content, or what a FAULT expected;
    `number` a number's value; `hint` advice that belongs to a FAULT.
    """

    kind: TokenKind
    raw: str
    at: int
    text: str = ""
    number: float = 0.0
    parts: tuple[str, ...] = ()
    hint: str = ""


_TOKEN = re.compile(
    rf"""(?P<space>[{WHITE_SPACE}]+)
    | (?P<symbol>!=|>=|<=|[()\[\],!=<>])
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<word>\+(?:[A-Za-z0-9_.\-]|\\.)*|(?:[A-Za-z0-9_.\-]|\\.)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_ESCAPED_IN_TEXT = re.compile(r"""\\(["'\\])""")
_PART = re.compile(r"(?:[^.\\]|\\.)+", re.DOTALL)
_ESCAPED_IN_PATH = re.compile(r"\\(.)", re.DOTALL)
_HINTS: Final = {"&": "Write `and`.", "|": "Write `or`.", "#": "A trigger has no comments."}


def tokenize(text: str) -> tuple[Token, ...]:
    """Read the tokens up to the first that cannot be read, which ends them as a FAULT.

    The fault is not raised here: an earlier fault of grammar goes first.
    """
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        hit = _TOKEN.match(text, at)
        if hit is None:
            yield _unreadable(text, at)
            return
        if hit.lastgroup != "space":
            token = _token(hit)
            yield token
            if token.kind is TokenKind.FAULT:
                return
        at = hit.end()
    yield Token(kind=TokenKind.END, raw="", at=len(text))


def _token(hit: re.Match[str]) -> Token:
    raw, at = hit[0], hit.start()
    match hit.lastgroup:
        case "symbol":
            return Token(kind=TokenKind.SYMBOL, raw=raw, at=at)
        case "word":
            return _word(raw, at)
        case _:
            text = _ESCAPED_IN_TEXT.sub(r"\1", raw[1:-1])
            return Token(kind=TokenKind.TEXT, raw=raw, at=at, text=text)


def _word(raw: str, at: int) -> Token:
    if raw in KEYWORDS:
        return Token(kind=TokenKind.KEYWORD, raw=raw, at=at)
    if raw[0] in "0123456789+-.":
        return _number(raw, at)
    parts = _PART.findall(raw)
    if len(raw) != sum(map(len, parts)) + len(parts) - 1:
        return Token(
            kind=TokenKind.FAULT,
            raw=raw,
            at=at,
            text="a path without empty parts",
            hint="Write a dot that belongs to a name as `\\.`.",
        )
    names = tuple(_ESCAPED_IN_PATH.sub(r"\1", part) for part in parts)
    return Token(kind=TokenKind.PATH, raw=raw, at=at, parts=names)


def _number(raw: str, at: int) -> Token:
    if not _NUMBER.fullmatch(raw):
        return Token(
            kind=TokenKind.FAULT,
            raw=raw,
            at=at,
            text="a number such as 7 or -7.5",
            hint="Put a text in quotes; write a backslash before a field's name that begins so.",
        )
    value = float(raw)
    if math.isinf(value):
        return Token(kind=TokenKind.FAULT, raw=raw, at=at, text="a number below 1.8e308")
    return Token(kind=TokenKind.NUMBER, raw=raw, at=at, number=value)


def _unreadable(text: str, at: int) -> Token:
    character = text[at]
    if character in "\"'":
        expected, hint = f"a closing {character} somewhere behind it", ""
    elif character == "\\":
        expected, hint = "a character after the backslash", ""
    else:
        expected, hint = "a field, a value or an operator", _HINTS.get(character, "")
    return Token(kind=TokenKind.FAULT, raw=character, at=at, text=expected, hint=hint)
