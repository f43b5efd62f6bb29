"""Check what a trigger's text alone can tell: kinds and numbers of operands (FQL.md, 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from dealwright.core.fql.errors import TriggerError
from dealwright.core.fql.syntax import (
    Call,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Function,
    Items,
    Negation,
    Node,
    Operator,
    Path,
    Scalar,
)


class Kind(Flag):
    """What an operand gives, as far as the text tells; a PATH may give anything."""

    TEXT = auto()
    NUMBER = auto()
    BOOL = auto()
    LIST = auto()
    NULL = auto()
    PATH = auto()


_ANYTHING: Final = ~Kind(0)
_CONDITION: Final = Kind.BOOL | Kind.NULL | Kind.PATH
_ORDERED: Final = Kind.NUMBER | Kind.PATH
_TEXTUAL: Final = Kind.TEXT | Kind.NULL | Kind.PATH

_GIVES: Final = {
    Function.CONTAINS: Kind.BOOL,
    Function.MATCH: Kind.BOOL,
    Function.BOOL: Kind.BOOL,
    Function.LENGTH: Kind.NUMBER,
    Function.NUMBER: Kind.NUMBER,
}
_TAKES: Final = {
    Function.CONTAINS: (_TEXTUAL, _TEXTUAL),
    Function.MATCH: (_TEXTUAL, _TEXTUAL),
    Function.LENGTH: (_TEXTUAL | Kind.LIST,),
    Function.NUMBER: (_TEXTUAL | Kind.NUMBER,),
    Function.TYPEOF: (_ANYTHING,),
    Function.BOOL: (_ANYTHING,),
    Function.STRING: (_ANYTHING,),
}
_SIDES: Final = {
    Operator.EQUAL: (_ANYTHING, _ANYTHING),
    Operator.UNEQUAL: (_ANYTHING, _ANYTHING),
    Operator.IN: (_ANYTHING & ~Kind.LIST, Kind.LIST | Kind.PATH),
}
_NAMES: Final = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.BOOL: "a condition",
    Kind.LIST: "a list",
    Kind.NULL: "null",
    Kind.PATH: "a field",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    at: int
    found: str
    expected: str
    hint: str = ""


def check(node: Node, text: str) -> None:
    """Raise TriggerError for the first operand or call, in reading order, that does not fit."""
    faults = [*_misfits(node, _CONDITION), *_faults(node)]
    if faults:
        first = min(faults, key=lambda fault: fault.at)
        raise TriggerError(
            text, first.at, found=first.found, expected=first.expected, hint=first.hint
        )


def kind_of(node: Node) -> Kind:
    """Tell what a node gives."""
    match node:
        case Constant(value=value):
            return _constant(value)
        case Path():
            return Kind.PATH
        case Items():
            return Kind.LIST
        case Call(function=function):
            return _GIVES.get(function, Kind.TEXT)
        case _:
            return Kind.BOOL


def _constant(value: Scalar) -> Kind:
    match value:
        case None:
            return Kind.NULL
        case bool():
            return Kind.BOOL
        case str():
            return Kind.TEXT
        case _:
            return Kind.NUMBER


def _faults(node: Node) -> Iterator[_Fault]:
    match node:
        case Conjunction(parts=parts) | Disjunction(parts=parts):
            yield from _all(parts, (_CONDITION,) * len(parts))
        case Negation(of=of):
            yield from _all((of,), (_CONDITION,))
        case Comparison(operator=operator, left=left, right=right):
            yield from _all((left, right), _SIDES.get(operator, (_ORDERED, _ORDERED)))
        case Items(items=items):
            yield from _all(items, (_ANYTHING,) * len(items))
        case Call():
            yield from _call(node)
        case _:
            return


def _call(call: Call) -> Iterator[_Fault]:
    takes = _TAKES.get(call.function, (_TEXTUAL,))
    if len(takes) != len(call.arguments):
        yield _Fault(
            at=call.at,
            found=f"{call.function.value} with {len(call.arguments)} arguments",
            expected="two arguments" if len(takes) > 1 else "one argument",
        )
        takes = (_ANYTHING,) * len(call.arguments)
    yield from _all(call.arguments, takes)


def _all(nodes: tuple[Node, ...], fits: tuple[Kind, ...]) -> Iterator[_Fault]:
    for node, fit in zip(nodes, fits, strict=True):
        yield from _misfits(node, fit)
        yield from _faults(node)


def _misfits(node: Node, fits: Kind) -> Iterator[_Fault]:
    kind = kind_of(node)
    if kind not in fits:
        expected = " or ".join(name for each, name in _NAMES.items() if each in fits)
        hint = _hint(kind, fits)
        yield _Fault(at=node.at, found=_NAMES[kind], expected=expected, hint=hint)


def _hint(kind: Kind, fits: Kind) -> str:
    if kind is Kind.TEXT and fits == _ORDERED:
        return "Leave out the quotes."
    if fits == Kind.LIST | Kind.PATH:
        return "Write a list in square brackets: `in [ … ]`."
    if fits == _CONDITION:
        return "Compare it with something."
    return ""
