"""The syntax tree of a trigger. Two trees are equal whatever the places their nodes came from."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

Scalar: TypeAlias = str | float | bool | None
"""A value that a trigger can spell out."""


class Operator(Enum):
    """What may stand between two operands."""

    EQUAL = "="
    UNEQUAL = "!="
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    IN = "in"


class Function(Enum):
    """The functions of FQL.md, section 6."""

    CONTAINS = "contains"
    MATCH = "match"
    LENGTH = "length"
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"
    SNAKECASE = "snakecase"
    KEBABCASE = "kebabcase"
    TITLECASE = "titlecase"
    TYPEOF = "typeof"
    BOOL = "bool"
    STRING = "string"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A text, number, boolean or null as written; `at` is where it begins."""

    value: Scalar
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A field of the event: the keys on the way to it."""

    parts: tuple[str, ...]
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list as written."""

    items: "tuple[Node, ...]"
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and what it is given."""

    function: Function
    arguments: "tuple[Node, ...]"
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two operands and what stands between them."""

    operator: Operator
    left: "Node"
    right: "Node"
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """True when what it holds is not."""

    of: "Node"
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conjunction:
    """True when all of two or more parts are; no part is a Conjunction."""

    parts: "tuple[Node, ...]"
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disjunction:
    """True when one of two or more parts is; no part is a Disjunction."""

    parts: "tuple[Node, ...]"
    at: int = field(compare=False)


Node: TypeAlias = Constant | Path | Items | Call | Comparison | Negation | Conjunction | Disjunction
"""Anything that stands for a value; a group leaves no node of its own."""


def children(node: Node) -> tuple[Node, ...]:
    """Give the nodes right below a node."""
    match node:
        case Conjunction(parts=parts) | Disjunction(parts=parts):
            return parts
        case Negation(of=of):
            return (of,)
        case Comparison(left=left, right=right):
            return (left, right)
        case Items(items=items):
            return items
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()
