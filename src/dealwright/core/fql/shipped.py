"""Where a valid trigger means something else in the language that Segment ships (SEGMENT.md, 6).

Segment documents one language and runs a smaller one: what is named here changes its meaning when
a trigger is brought along.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from dealwright.core.fql.syntax import (
    Call,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Function,
    Negation,
    Node,
    Operator,
    Path,
    children,
)
from dealwright.core.fql.tokens import KEYWORDS, Token, TokenKind

_ROOTS: Final = frozenset({"type", "event", "name", "userId", "properties", "traits", "context"})
_OPERATORS: Final = frozenset({"=", "!=", ">", ">=", "<", "<="})
_PLAIN_GLOB: Final = re.compile(r"[^*?\[\\]+\*|\*[^*?\[\\]+")
_FUNCTIONS: Final = frozenset({Function.CONTAINS, Function.MATCH})


def spelled_differently(text: str, tokens: tuple[Token, ...]) -> Iterator[str]:
    """Sentences about the spelling: brackets, quotes, white space."""
    yield from _levels(tokens)
    if any(token.kind is TokenKind.TEXT and token.raw[0] == "'" for token in tokens):
        yield "a text in single quotes never equalled anything"
    if any("\\" in token.raw for token in tokens):
        yield "a backslash was not read as an escape"
    if "\r" in text:
        yield "conditions behind a carriage return were lost"
    if any(_is_glued(text, one, other) for one, other in pairwise(tokens)):
        yield "without spaces around operators and words the rest was swallowed or never fired"


def _levels(tokens: tuple[Token, ...]) -> Iterator[str]:
    """Look at groups: one level is read, with one operator in each."""
    joints: list[set[str]] = [set()]
    calls: list[bool] = []
    found: dict[str, None] = {}
    before = ""
    for token in tokens:
        if token.raw in {"(", "["} and token.kind is TokenKind.SYMBOL:
            calls.append(token.raw == "[" or _is_name(before))
            if before == "!" and not calls[-1]:
                found["a `!` before parentheses was ignored"] = None
            if calls.count(False) > 1:
                found["parentheses within parentheses never fired"] = None
            joints.append(set())
        elif token.raw in {")", "]"} and token.kind is TokenKind.SYMBOL:
            calls.pop()
            joints.pop()
        elif token.kind is TokenKind.KEYWORD and token.raw in {"and", "or"}:
            joints[-1].add(token.raw)
            if len(joints[-1]) > 1:
                found["of `and` and `or` side by side the last one stood for all"] = None
        before = token.raw
    yield from found


def _is_name(raw: str) -> bool:
    return raw[:1].isalpha() and raw not in KEYWORDS


def _is_glued(text: str, one: Token, other: Token) -> bool:
    if other.kind is TokenKind.END or text[one.at + len(one.raw)] in " \t\r\n":
        return False
    word = {TokenKind.KEYWORD, TokenKind.PATH, TokenKind.NUMBER}
    if one.raw in _OPERATORS or other.raw in _OPERATORS:
        return True
    return one.kind is TokenKind.TEXT and other.kind in word


def meant_differently(node: Node) -> Iterator[str]:
    """Sentences about single conditions."""
    if isinstance(node, Negation) and isinstance(node.of, Call):
        yield "a negated contains or match was false where the field is missing"
    yield from _of_node(node)
    for child in children(node):
        yield from meant_differently(child)


def _of_node(node: Node) -> Iterator[str]:
    match node:
        case Conjunction(parts=parts) | Disjunction(parts=parts):
            if any(isinstance(part, Path | Constant) for part in parts):
                yield _ALONE
        case Path(parts=parts):
            yield from _of_path(parts)
        case Call(function=function, arguments=arguments):
            yield from _of_call(function, arguments)
        case Comparison():
            yield from _of_comparison(node)
        case _:
            return


_ALONE: Final = "a field that stands alone was no condition"


def _of_path(parts: tuple[str, ...]) -> Iterator[str]:
    if parts[0] not in _ROOTS:
        yield f"the condition on {parts[0]} was dropped"
    elif len(parts) == 1 and parts[0] in {"properties", "traits", "context"}:
        yield f"{parts[0]} as a whole was always missing"
    if any(part.isdecimal() or part == "length" for part in parts[1:]):
        yield "lists and texts were entered by number and length; here they are not"
    if any(part in KEYWORDS for part in parts):
        yield "a field with the name of a keyword was misread"


def _of_call(function: Function, arguments: tuple[Node, ...]) -> Iterator[str]:
    if function not in _FUNCTIONS:
        yield f"{function.value} was no part of the language"
        return
    subject, pattern = arguments
    if isinstance(subject, Path) and subject.parts == ("type",):
        yield f"{function.value} on type was not understood"
    if not isinstance(pattern, Constant):
        yield f"{function.value} took nothing but a text"
    elif function is Function.MATCH and not _PLAIN_GLOB.fullmatch(str(pattern.value)):
        yield f'match(…, "{pattern.value}"): only one star, first or last, was understood'


def _of_comparison(node: Comparison) -> Iterator[str]:
    field, value = node.left, node.right
    if node.operator is Operator.IN:
        yield "`in` was no part of the language"
    elif not isinstance(field, Path) or not isinstance(value, Constant):
        yield "only a field was compared with a value, in this order"
    elif field.parts in {("type",), ("event",)} and value.value is None:
        yield f'{field.parts[0]} was compared with the text "null"'
    elif node.operator is Operator.UNEQUAL and isinstance(value.value, bool):
        yield "`!=` with true or false was true for every boolean"
    elif node.operator is Operator.UNEQUAL and isinstance(value.value, int | float):
        yield "`!=` with a number was false for a missing field and for a text"
