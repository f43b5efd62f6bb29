"""Expressions as LiquidJS reads them: values, paths, operators and chains of filters."""

import math
import operator as op
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from liquid import RenderContext
from liquid.exceptions import FilterError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.token import Token

from dealwright.core.liquidjs.properties import read
from dealwright.core.liquidjs.values import (
    MAX_ITEMS,
    WHITE_SPACE,
    Word,
    contains,
    equal,
    is_true,
    number_of,
    ordered,
    text_of,
)
from dealwright.core.mappingkit.absence import ABSENT, Effort

Evaluate: TypeAlias = Callable[[RenderContext], Any]
"""Gives an expression's value in a render."""

Step: TypeAlias = str | Evaluate
"""A piece of a path: a name as written, or what stands in brackets."""

Applied: TypeAlias = tuple[Callable[..., Any], tuple[Evaluate, ...]]
"""One filter of a chain: what it does, and its arguments."""

Filter: TypeAlias = Callable[..., Any]
"""Takes a value and the filter's arguments; a named argument comes as a list of name and value."""

_MAX_DEPTH: Final = 50
_BLANK: Final = re.compile(rf"[{WHITE_SPACE}]*")
_STRING: Final = re.compile(r"""\"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_WORD: Final = re.compile(rf"(?:[A-Za-z0-9_\-?]|[^\x00-\x7f{WHITE_SPACE}])+")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.(?!\.)[0-9]*)?(?![A-Za-z0-9_\-])")
_OPERATOR: Final = re.compile(r"<>|==|!=|>=|<=|>|<|(?:contains|and|or)(?![A-Za-z0-9_\-?])")
_LITERAL: Final = re.compile(r"(?:true|false|nil|null|empty|blank)(?![A-Za-z0-9_\-?])")
_NOT: Final = re.compile(r"not(?![A-Za-z0-9_\-?])")
_LITERALS: Final[dict[str, Any]] = {
    "true": True,
    "false": False,
    "nil": Word.NIL,
    "null": Word.NIL,
    "empty": Word.EMPTY,
    "blank": Word.BLANK,
}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<>": lambda _left, _right: False,
    "<": lambda left, right: ordered(left, right, op.lt),
    "<=": lambda left, right: ordered(left, right, op.le),
    ">": lambda left, right: ordered(left, right, op.gt),
    ">=": lambda left, right: ordered(left, right, op.ge),
    "contains": contains,
}


class Evaluated(Expression):
    """A compiled expression in the shape that python-liquid's nodes call."""

    __slots__ = ("value",)

    def __init__(self, token: Token, value: Evaluate) -> None:
        super().__init__(token)
        self.value = value

    def evaluate(self, context: RenderContext) -> object:
        """Give the value."""
        return self.value(context)

    def children(self) -> list[Expression]:
        """Nothing that python-liquid could look into."""
        return []


class Reader:
    """Reads one expression from left to right.

    LiquidJS's operators are right-associative, bind in the order comparison, `not`, `and`/`or`,
    and know no parentheses; operands that follow a whole expression are ignored.
    """

    __slots__ = ("_at", "_depth", "_filters", "_text", "_token")

    def __init__(self, token: Token, filters: Mapping[str, Filter]) -> None:
        self._token = token
        self._text = token.value
        self._filters = filters
        self._at = 0
        self._depth = 0

    def filtered(self) -> Evaluated:
        """Read a value with its filters, up to the end."""
        value = self._logic()
        while not self._done() and self._text[self._at] != "|":
            self._logic()
        chain: list[Applied] = []
        while self.took("|"):
            name = self.word()
            if name:
                chain.append(self._filter(name))
            elif not self._done():
                raise self.fail("expected a filter's name")
        if not self._done():
            raise self.fail('expected "|" before a filter')
        return Evaluated(self._token, _chained(value, tuple(chain)) if chain else value)

    def condition(self) -> Evaluated:
        """Read a value with its filters, and give its truth."""
        expression = self.filtered()
        return Evaluated(self._token, lambda context: is_true(expression.evaluate(context)))

    def word(self) -> str:
        """Read a name; "" if there is none."""
        self._skip()
        return self._take(_WORD)

    def name(self) -> str:
        """Read a name that may stand in quotes; "" if there is none."""
        self._skip()
        quoted = self._take(_STRING)
        return _unquoted(quoted) if quoted else self._take(_WORD)

    def value(self) -> Evaluate | None:
        """Read a literal, a range or a path; None if there is none."""
        self._skip()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.fail(f"nested more than {_MAX_DEPTH} deep")
        base = self._literal()
        steps = self._steps(start=base)
        self._depth -= 1
        if steps:
            return _path(base, steps)
        return base

    def path(self) -> Evaluate | None:
        """Read a path only, so that `42` and `true` are names; None if there is none."""
        self._skip()
        steps = self._steps(start=None)
        return _path(None, steps) if steps else None

    def took(self, symbol: str) -> bool:
        """Step over a symbol if it stands here."""
        self._skip()
        if not self._text.startswith(symbol, self._at):
            return False
        self._at += len(symbol)
        return True

    def fail(self, message: str) -> LiquidSyntaxError:
        """Make the error for this place."""
        return LiquidSyntaxError(message, token=self._token)

    def _done(self) -> bool:
        self._skip()
        return self._at >= len(self._text)

    def _skip(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        hit = pattern.match(self._text, self._at)
        if hit is None:
            return ""
        self._at = hit.end()
        return hit[0]

    def _logic(self) -> Evaluate:
        parts = [self._negation()]
        joints: list[str] = []
        while joint := self._operator("and", "or"):
            joints.append(joint)
            parts.append(self._negation())
        whole = parts.pop()
        while joints:
            join = _both if joints.pop() == "and" else _either
            whole = join(parts.pop(), whole)
        return whole

    def _negation(self) -> Evaluate:
        negations = 0
        self._skip()
        while self._take(_NOT):
            negations += 1
            self._skip()
        value = self._comparison()
        return _negated(value, negations) if negations else value

    def _comparison(self) -> Evaluate:
        parts = [self._required()]
        operators: list[str] = []
        while operator := self._operator(*_COMPARISONS):
            operators.append(operator)
            parts.append(self._required())
        whole = parts.pop()
        while operators:
            whole = _compared(parts.pop(), whole, _COMPARISONS[operators.pop()])
        return whole

    def _operator(self, *wanted: str) -> str:
        self._skip()
        hit = _OPERATOR.match(self._text, self._at)
        if hit is None or hit[0] not in wanted:
            return ""
        self._at = hit.end()
        return hit[0]

    def _required(self) -> Evaluate:
        value = self.value()
        if value is None:
            raise self.fail("expected a value")
        return value

    def _literal(self) -> Evaluate | None:
        if self._text.startswith("(", self._at):
            return self._range()
        quoted = self._take(_STRING)
        if quoted:
            return _constant(_unquoted(quoted))
        literal = _LITERAL.match(self._text, self._at)
        if literal:
            self._at = literal.end()
            return _constant(_LITERALS[literal[0]])
        number = self._take(_NUMBER)
        return _constant(float(number)) if number else None

    def _range(self) -> Evaluate:
        self._at += 1
        low = self._required()
        if not self.took(".."):
            raise self.fail("expected `..` in a range")
        high = self._required()
        if not self.took(")"):
            raise self.fail("expected `)` at the end of a range")
        return lambda context: _numbers(number_of(low(context)), number_of(high(context)))

    def _steps(self, *, start: Evaluate | None) -> tuple[Step, ...]:
        steps: list[Step] = []
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                steps.append(self._bracket())
            elif start is None and not steps and (word := self._take(_WORD)):
                steps.append(word)
            elif self._text[self._at] == "." and not self._text.startswith("..", self._at):
                self._at += 1
                word = self.word()
                if not word:
                    break
                steps.append(word)
            else:
                break
        return tuple(steps)

    def _bracket(self) -> Evaluate:
        self._at += 1
        inside = self.value() or _constant("")
        closing = self._text.find("]", self._at)
        if closing < 0:
            raise self.fail("expected `]`")
        self._at = closing + 1
        return inside

    def _filter(self, name: str) -> Applied:
        arguments: list[Evaluate] = []
        if self.took(":"):
            self._argument(arguments)
            while self.took(","):
                self._argument(arguments)
        if not self._done() and self._text[self._at] != "|":
            raise self.fail(f"expected `:`, `,` or `|` behind {name}")
        return self._filters.get(name, _unchanged), tuple(arguments)

    def _argument(self, arguments: list[Evaluate]) -> None:
        self._skip()
        start = self._at
        value = self.value()
        if value is None:
            return
        label = self._text[start : self._at]
        if self.took(":"):
            named = self.value() or _constant(ABSENT)
            arguments.append(lambda context: [label, named(context)])
        else:
            arguments.append(value)


def _unchanged(value: Any, *_arguments: Any) -> Any:
    """An unknown filter passes its input on."""
    return value


def _unquoted(quoted: str) -> str:
    def meaning(escape: re.Match[str]) -> str:
        code = escape[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(meaning, quoted[1:-1])


def _constant(value: Any) -> Evaluate:
    return lambda _context: value


def _both(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda context: is_true(left(context)) and is_true(right(context))


def _either(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda context: is_true(left(context)) or is_true(right(context))


def _negated(value: Evaluate, times: int) -> Evaluate:
    odd = times % 2 == 1
    return lambda context: is_true(value(context)) is not odd


def _compared(left: Evaluate, right: Evaluate, compare: Callable[[Any, Any], bool]) -> Evaluate:
    return lambda context: compare(left(context), right(context))


_SHORT: Final = 1_000


def _chained(value: Evaluate, chain: tuple[Applied, ...]) -> Evaluate:
    def filtered(context: Any) -> Any:
        result = value(context)
        effort: Effort = context.effort
        for run, arguments in chain:
            if type(result) is not str or len(result) > _SHORT:
                effort.spend_reading(result)
            given = [argument(context) for argument in arguments]
            try:
                result = run(result, *given)
            except (TypeError, ValueError, OverflowError, AttributeError) as error:
                raise FilterError(f"a filter cannot take this: {error}", token=None) from error
        effort.spend_reading(result)
        return result

    return filtered


def _path(base: Evaluate | None, steps: tuple[Step, ...]) -> Evaluate:
    names = tuple(step for step in steps if isinstance(step, str))
    if base is None and len(names) == len(steps):
        return _named(names[0], names[1:])
    computed = tuple(_constant(step) if isinstance(step, str) else step for step in steps)
    if base is None:
        first, rest = computed[0], computed[1:]

        def from_scope(context: RenderContext) -> Any:
            value = context.resolve(text_of(first(context)), default=ABSENT)
            for step in rest:
                value = read(value, step(context))
            return value

        return from_scope

    def from_value(context: RenderContext) -> Any:
        value = base(context)
        for step in computed:
            value = read(value, step(context))
        return value

    return from_value


def _named(first: str, rest: tuple[str, ...]) -> Evaluate:
    def found(context: RenderContext) -> Any:
        value = context.resolve(first, default=ABSENT)
        for name in rest:
            if type(value) is dict and name in value:
                value = cast("dict[str, Any]", value)[name]
            else:
                value = read(value, name)
        return value

    return found


def _numbers(low: float, high: float) -> list[float]:
    if math.isnan(low) or math.isnan(high) or low > high:
        return []
    if high - low >= MAX_ITEMS:
        raise FilterError(f"a range of more than {MAX_ITEMS} numbers", token=None)
    return [low + step for step in range(math.ceil(high + 1 - low))]
