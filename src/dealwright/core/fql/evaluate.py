"""Turn a checked syntax tree into closures that are called once for each event.

A valid trigger never fails (FQL.md, principle 2): a value of the wrong type is false or null.
"""

import operator as op
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from dealwright.core.fql.glob import compile_glob
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
from dealwright.core.fql.values import FUNCTIONS_OF_ONE, FUNCTIONS_OF_TWO, as_number, equal

Facts: TypeAlias = Mapping[str, Any]
"""An event as it was accepted."""

Condition: TypeAlias = Callable[[Facts], bool]
"""Tells whether an event fits."""

Value: TypeAlias = Callable[[Facts], Any]
"""Gives the value that an operand has for an event."""

_ORDERS: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.ABOVE: op.gt,
    Operator.AT_LEAST: op.ge,
    Operator.BELOW: op.lt,
    Operator.AT_MOST: op.le,
}


def condition(node: Node) -> Condition:
    """Compile a node where a condition is wanted: exactly the boolean true counts as true."""
    match node:
        case Conjunction(parts=parts):
            return _every(tuple(map(condition, parts)))
        case Disjunction(parts=parts):
            return _some(tuple(map(condition, parts)))
        case Negation(of=of):
            holds = condition(of)
            return lambda event: not holds(event)
        case Comparison():
            return _comparison(node)
        case _:
            value = operand(node)
            return lambda event: value(event) is True


def operand(node: Node) -> Value:
    """Compile a node where a value is wanted."""
    match node:
        case Constant(value=constant):
            return lambda _event: constant
        case Path(parts=parts):
            return _path(parts)
        case Items(items=items):
            values = tuple(map(operand, items))
            return lambda event: [value(event) for value in values]
        case Call():
            return _call(node)
        case _:
            return condition(node)


def _every(parts: tuple[Condition, ...]) -> Condition:
    if len(parts) == 2:
        first, second = parts
        return lambda event: first(event) and second(event)
    return lambda event: all(part(event) for part in parts)


def _some(parts: tuple[Condition, ...]) -> Condition:
    if len(parts) == 2:
        first, second = parts
        return lambda event: first(event) or second(event)
    return lambda event: any(part(event) for part in parts)


def _path(parts: tuple[str, ...]) -> Value:
    match parts:
        case (field,):
            return lambda event: event.get(field)
        case (field, key):
            return _two_steps(field, key)
        case _:
            return _steps(parts[0], parts[1:])


def _two_steps(field: str, key: str) -> Value:
    def value(event: Facts) -> Any:
        entries = event.get(field)
        return cast("Facts", entries).get(key) if isinstance(entries, dict) else None

    return value


def _steps(field: str, keys: tuple[str, ...]) -> Value:
    def value(event: Facts) -> Any:
        found = event.get(field)
        for key in keys:
            if not isinstance(found, dict):
                return None
            found = cast("Facts", found).get(key)
        return found

    return value


def _call(call: Call) -> Value:
    if call.function is Function.MATCH:
        return _match(call)
    values = tuple(map(operand, call.arguments))
    if len(values) == 2:
        of_two = FUNCTIONS_OF_TWO[call.function]
        first, second = values
        return lambda event: of_two(first(event), second(event))
    of_one = FUNCTIONS_OF_ONE[call.function]
    (only,) = values
    return lambda event: of_one(only(event))


def _match(call: Call) -> Value:
    subject, pattern = call.arguments
    text = operand(subject)
    if not (isinstance(pattern, Constant) and isinstance(pattern.value, str)):
        glob, of_two = operand(pattern), FUNCTIONS_OF_TWO[Function.MATCH]
        return lambda event: of_two(text(event), glob(event))
    covers = compile_glob(pattern.value)

    def value(event: Facts) -> bool:
        found = text(event)
        return isinstance(found, str) and covers(found)

    return value


def _comparison(node: Comparison) -> Condition:
    match node.operator:
        case Operator.EQUAL:
            return _equality(node)
        case Operator.UNEQUAL:
            same = _equality(node)
            return lambda event: not same(event)
        case Operator.IN:
            return _membership(node)
        case order:
            return _ordering(node, _ORDERS[order])


def _equality(node: Comparison) -> Condition:
    if isinstance(node.right, Constant):
        return _equals_constant(node.left, node.right.value)
    if isinstance(node.left, Constant):
        return _equals_constant(node.right, node.left.value)
    left, right = operand(node.left), operand(node.right)
    return lambda event: equal(left(event), right(event))


def _equals_constant(node: Node, constant: Scalar) -> Condition:
    value = operand(node)
    match constant:
        case None | bool():
            return lambda event: value(event) is constant
        case str() if isinstance(node, Path) and len(node.parts) == 1:
            field = node.parts[0]
            return lambda event: event.get(field) == constant
        case str():
            return lambda event: value(event) == constant
        case _:
            return lambda event: as_number(value(event)) == constant


def _ordering(node: Comparison, order: Callable[[float, float], bool]) -> Condition:
    left, right = operand(node.left), operand(node.right)

    def holds(event: Facts) -> bool:
        one = as_number(left(event))
        other = as_number(right(event))
        return one is not None and other is not None and order(one, other)

    return holds


def _membership(node: Comparison) -> Condition:
    value = operand(node.left)
    texts = _texts(node.right)
    if texts is not None:

        def among(event: Facts) -> bool:
            found = value(event)
            return isinstance(found, str) and found in texts

        return among
    items = operand(node.right)

    def inside(event: Facts) -> bool:
        found, among = value(event), items(event)
        return isinstance(among, list) and any(
            equal(found, item) for item in cast("list[object]", among)
        )

    return inside


def _texts(node: Node) -> frozenset[str] | None:
    """The items of a list that holds nothing but texts, for a look-up instead of a search."""
    if not isinstance(node, Items):
        return None
    texts = [
        item.value
        for item in node.items
        if isinstance(item, Constant) and isinstance(item.value, str)
    ]
    return frozenset(texts) if len(texts) == len(node.items) else None
