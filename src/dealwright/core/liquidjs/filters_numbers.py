"""Arithmetic on doubles, as ECMAScript does it (LIQUID.md, 5)."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.values import number_of
from dealwright.core.mappingkit.absence import ABSENT

_EPSILON: Final = 2.0**-52


def _number(value: Any) -> float:
    """What is no number counts as 0; an argument that is missing does not come here."""
    number = number_of(value)
    return 0.0 if math.isnan(number) else number


def _of_one(compute: Callable[[float], float]) -> Filter:
    def filtered(value: Any, *_arguments: Any) -> float:
        number = _number(value)
        return compute(number) if math.isfinite(number) else number

    return filtered


def _of_two(compute: Callable[[float, float], float]) -> Filter:
    def filtered(value: Any, *arguments: Any) -> float:
        return compute(_number(value), _number(arguments[0])) if arguments else math.nan

    return filtered


def _of_all(choose: Callable[[list[float]], float]) -> Filter:
    return lambda *numbers: choose([_number(number) for number in numbers])


def _divided(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    if dividend == 0 or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def _divided_by(value: Any, *arguments: Any) -> float:
    if not arguments:
        return math.nan
    quotient = _divided(_number(value), _number(arguments[0]))
    whole = len(arguments) > 1 and _number(arguments[1])
    return float(math.floor(quotient)) if whole and math.isfinite(quotient) else quotient


def _modulo(value: float, divisor: float) -> float:
    if divisor == 0 or not (math.isfinite(value) and math.isfinite(divisor)):
        return math.nan
    return math.fmod(math.fmod(value, divisor) + divisor, divisor)


def _round(value: Any, places: Any = ABSENT, *_rest: Any) -> float:
    number = _number(value)
    scale = _power_of_ten(_number(0 if places is ABSENT else places))
    scaled = number * scale * (1 + _EPSILON)
    if not math.isfinite(scaled):
        return math.nan if math.isnan(scaled) else _divided(scaled, scale)
    return _divided(float(math.floor(scaled + 0.5)), scale)


def _power_of_ten(exponent: float) -> float:
    try:
        return math.pow(10.0, exponent)
    except OverflowError:
        return math.inf


def _to_integer(value: Any, *_rest: Any) -> float:
    return number_of(value)


NUMBERS: Final[Mapping[str, Filter]] = {
    "abs": _of_one(abs),
    "ceil": _of_one(lambda number: float(math.ceil(number))),
    "floor": _of_one(lambda number: float(math.floor(number))),
    "at_least": _of_all(max),
    "at_most": _of_all(min),
    "plus": _of_two(lambda left, right: left + right),
    "minus": _of_two(lambda left, right: left - right),
    "times": _of_two(lambda left, right: left * right),
    "modulo": _of_two(_modulo),
    "divided_by": _divided_by,
    "round": _round,
    "to_integer": _to_integer,
}
"""Filters that compute."""
