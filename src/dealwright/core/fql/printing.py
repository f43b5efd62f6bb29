"""Print a syntax tree as canonical text (FQL.md, the end of section 8)."""

import re
from decimal import Decimal
from typing import Final

from dealwright.core.fql.syntax import (
    Call,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Items,
    Negation,
    Node,
    Path,
    Scalar,
)
from dealwright.core.fql.tokens import KEYWORDS

# A backslash is read with the next character if that is a quote or a backslash, or the end.
_READ_ALONG: Final = re.compile(r"""\\(?=["'\\]|\Z)|\"""")
_NO_WORD_CHARACTER: Final = re.compile(r"[^A-Za-z0-9_\-]")
_WORDS: Final = {None: "null", True: "true", False: "false"}


def print_node(node: Node) -> str:
    """Give the one text that stands for all triggers with this tree."""
    match node:
        case Disjunction(parts=parts):
            return " or ".join(map(print_node, parts))
        case Conjunction(parts=parts):
            return " and ".join(_inside(part, Disjunction) for part in parts)
        case Negation(of=of):
            return "!" + _inside(of, Disjunction, Conjunction)
        case Comparison(operator=operator, left=left, right=right):
            return f"{_operand(left)} {operator.value} {_operand(right)}"
        case _:
            return _print_operand(node)


def _print_operand(node: Items | Call | Path | Constant) -> str:
    match node:
        case Items(items=items):
            return f"[{', '.join(map(print_node, items))}]"
        case Call(function=function, arguments=arguments):
            return f"{function.value}({', '.join(map(print_node, arguments))})"
        case Path(parts=parts):
            return _path(parts)
        case Constant(value=value):
            return _constant(value)


def _inside(node: Node, *looser: type) -> str:
    return f"({print_node(node)})" if isinstance(node, looser) else print_node(node)


def _operand(node: Node) -> str:
    return _inside(node, Disjunction, Conjunction, Negation, Comparison)


def _path(parts: tuple[str, ...]) -> str:
    text = ".".join(_NO_WORD_CHARACTER.sub(r"\\\g<0>", part) for part in parts)
    # Unescaped, these would be read as a number or a keyword.
    return f"\\{text}" if text in KEYWORDS or text[0] in "0123456789-" else text


def _constant(value: Scalar) -> str:
    match value:
        case None | bool():
            return _WORDS[value]
        case str():
            return '"' + _READ_ALONG.sub(r"\\\g<0>", value) + '"'
        case _:
            return _number(value)


def _number(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")
