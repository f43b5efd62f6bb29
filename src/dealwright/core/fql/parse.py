"""Read a trigger's tokens into its syntax tree (FQL.md, section 1)."""

from dataclasses import replace
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
)
from dealwright.core.fql.tokens import MAX_TEXT, Token, TokenKind, tokenize

MAX_DEPTH: Final = 100
"""How deep groups, lists, calls and `!` may nest."""

MAX_ITEMS: Final = 1_000
"""How long a list may be."""

_OPERATORS: Final = {operator.value: operator for operator in Operator}
_FUNCTIONS: Final = {function.value: function for function in Function}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_OPERATOR_HINTS: Final = {
    ("=", "="): "Write one `=`.",
    ("<", ">"): "Write `!=`.",
}
_WORD_HINTS: Final = {
    "AND": "Write `and`.",
    "OR": "Write `or`.",
    "IN": "Write `in`.",
    "NOT": "Write `!( … )`.",
    "not": "Write `!( … )`.",
}


def parse(text: str) -> Node:
    """Read a whole trigger; raises TriggerError at the first token that does not fit."""
    if len(text) > MAX_TEXT:
        raise TriggerError(
            text,
            MAX_TEXT,
            found=f"{len(text)} characters",
            expected=f"at most {MAX_TEXT}",
            hint="Split the Mapping in two.",
        )
    reader = _Reader(text)
    node = reader.disjunction()
    reader.end()
    return node


class _Reader:
    """Recursive descent with one token of look-ahead; three frames for each level of nesting."""

    __slots__ = ("_depth", "_place", "_text", "_tokens")

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._place = 0
        self._depth = 0

    def disjunction(self) -> Node:
        """Read conjunctions joined by `or`."""
        at = self._now.at
        parts: list[Node] = []
        while True:
            together = [self._negation()]
            while self._took("and"):
                together.append(self._negation())
            parts.append(_conjunction(together))
            if not self._took("or"):
                return _disjunction(parts, at)

    def end(self) -> None:
        """Insist that nothing is left."""
        if self._now.kind is not TokenKind.END:
            raise self._unfit("an operator, `and`, `or` or the end")

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    @property
    def _before(self) -> Token | None:
        return self._tokens[self._place - 1] if self._place else None

    def _took(self, raw: str) -> bool:
        """Step over a symbol or keyword if it is the one that stands here."""
        now = self._now
        if now.raw != raw or now.kind not in (TokenKind.SYMBOL, TokenKind.KEYWORD):
            return False
        self._place += 1
        return True

    def _negation(self) -> Node:
        bangs: list[int] = []
        while self._now.kind is TokenKind.SYMBOL and self._now.raw == "!":
            self._enter()
            bangs.append(self._now.at)
            self._place += 1
        node = self._comparison()
        for at in reversed(bangs):
            node = Negation(of=node, at=at)
        self._depth -= len(bangs)
        return node

    def _comparison(self) -> Node:
        at = self._now.at
        left = self._operand()
        operator = _OPERATORS.get(self._now.raw)
        if operator is None or self._now.kind not in (TokenKind.SYMBOL, TokenKind.KEYWORD):
            return left
        self._place += 1
        return Comparison(operator=operator, left=left, right=self._operand(), at=at)

    def _operand(self) -> Node:
        now = self._now
        match now.kind:
            case TokenKind.TEXT:
                node: Node = Constant(value=now.text, at=now.at)
            case TokenKind.NUMBER:
                node = Constant(value=now.number, at=now.at)
            case TokenKind.KEYWORD if now.raw in _CONSTANTS:
                node = Constant(value=_CONSTANTS[now.raw], at=now.at)
            case TokenKind.PATH if self._calls():
                return self._call()
            case TokenKind.PATH:
                node = Path(parts=now.parts, at=now.at)
            case TokenKind.SYMBOL if now.raw == "(":
                return self._group()
            case TokenKind.SYMBOL if now.raw == "[":
                return self._list()
            case _:
                raise self._unfit("a field, a value, a function, `(`, `[` or `!`")
        self._place += 1
        return node

    def _calls(self) -> bool:
        after = self._tokens[self._place + 1]
        return after.kind is TokenKind.SYMBOL and after.raw == "("

    def _group(self) -> Node:
        at = self._now.at
        self._enter()
        self._place += 1
        node = self.disjunction()
        self._close(")")
        # A group leaves no node, but faults of its content are reported at its parenthesis.
        return replace(node, at=at)

    def _list(self) -> Node:
        at = self._now.at
        return Items(items=self._sequence("]", limit=MAX_ITEMS), at=at)

    def _call(self) -> Node:
        name = self._now
        function = _FUNCTIONS.get(name.raw)
        if function is None:
            known = name.raw.lower()
            hint = _WORD_HINTS.get(name.raw, "")
            if known in _FUNCTIONS:
                hint = f"Write `{known}`."
            raise self._unfit(f"one of the functions {', '.join(_FUNCTIONS)}", hint=hint)
        self._place += 1
        return Call(function=function, arguments=self._sequence(")"), at=name.at)

    def _sequence(self, closing: str, *, limit: int = MAX_TEXT) -> tuple[Node, ...]:
        self._enter()
        self._place += 1
        if self._took(closing):
            self._depth -= 1
            return ()
        items = [self.disjunction()]
        while self._took(","):
            if len(items) == limit:
                raise self._unfit(f"at most {limit} items in a list")
            items.append(self.disjunction())
        self._close(closing)
        return tuple(items)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._unfit(f"at most {MAX_DEPTH} levels of nesting")

    def _close(self, closing: str) -> None:
        if not self._took(closing):
            raise self._unfit(f"an operator, `and`, `or` or `{closing}`")
        self._depth -= 1

    def _unfit(self, expected: str, *, hint: str = "") -> TriggerError:
        now = self._now
        if now.kind is TokenKind.FAULT:
            expected, hint = now.text, now.hint
        found = "the end of the text" if now.kind is TokenKind.END else f"`{_short(now.raw)}`"
        return TriggerError(
            self._text, now.at, found=found, expected=expected, hint=hint or self._hint()
        )

    def _hint(self) -> str:
        now, before = self._now, self._before
        if before is None:
            return _WORD_HINTS.get(now.raw, "")
        if now.raw == "!" and self._tokens[self._place + 1].raw == "=":
            return "Write `!=` without a space."
        if now.raw == "," and self._group_after_in():
            return "Write a list in square brackets: `in [ … ]`."
        return (
            _OPERATOR_HINTS.get((before.raw, now.raw))
            or _WORD_HINTS.get(now.raw)
            or _WORD_HINTS.get(before.raw, "")
        )

    def _group_after_in(self) -> bool:
        """Tell whether the nearest open parenthesis comes right after `in`."""
        open_before = 0
        for place in range(self._place - 1, 0, -1):
            raw = self._tokens[place].raw
            open_before += (raw == ")") - (raw == "(")
            if open_before < 0:
                return self._tokens[place - 1].raw == "in"
        return False


def _short(raw: str) -> str:
    return raw if len(raw) <= 40 else f"{raw[:39]}…"


def _conjunction(parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Conjunction) else (part,))
    return Conjunction(parts=tuple(flat), at=parts[0].at)


def _disjunction(parts: list[Node], at: int) -> Node:
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Disjunction) else (part,))
    return Disjunction(parts=tuple(flat), at=at)
