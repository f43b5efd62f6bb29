"""Tags as LiquidJS has them: python-liquid's nodes with expressions of our own reading."""

from collections.abc import Sequence
from typing import Final, TextIO, TypeAlias, cast

from liquid import RenderContext, Tag, TokenStream
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidSyntaxError, StopRender
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.token import TOKEN_EOF, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from dealwright.core.ecmascript import number_text
from dealwright.core.liquidjs.expressions import Evaluate, Evaluated, Reader
from dealwright.core.liquidjs.values import script_text, text_of


class _Writes(Node):
    """Writes the text of an expression."""

    __slots__ = ("expression",)

    def __init__(self, token: Token, expression: Evaluated) -> None:
        super().__init__(token)
        self.expression = expression
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(text_of(self.expression.evaluate(context)))


Piece: TypeAlias = str | Evaluate
"""Text as written, or what gives the value that is written."""


def pieces(nodes: Sequence[Node]) -> tuple[Piece, ...] | None:
    """What a template without other tags than output consists of; None for any other."""
    found: list[Piece] = []
    for node in nodes:
        if isinstance(node, ContentNode):
            found.append(node.text)
        elif isinstance(node, _Writes):
            found.append(node.expression.value)
        else:
            return None
    return tuple(found)


class _Assigns(Node):
    """Gives a name to a value."""

    __slots__ = ("_expression", "_name")

    def __init__(self, token: Token, name: str, expression: Expression) -> None:
        super().__init__(token)
        self._name = name
        self._expression = expression

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:  # noqa: ARG002
        context.assign(self._name, self._expression.evaluate(context))
        return 0


class _Captures(Node):
    """Gives a name to what a block writes."""

    __slots__ = ("_block", "_name")

    def __init__(self, token: Token, name: str, block: BlockNode) -> None:
        super().__init__(token)
        self._name = name
        self._block = block

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        captured = context.get_buffer(buffer)
        self._block.render(context, captured)
        context.assign(self._name, captured.getvalue())
        return 0


class _Counts(Node):
    """Writes a counter and moves it; a number of the event with that name is where it starts."""

    __slots__ = ("_name", "_step")

    def __init__(self, token: Token, name: str, step: int) -> None:
        super().__init__(token)
        self._name = name
        self._step = step
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        start = context.counters.get(self._name, context.globals.get(self._name))
        number = start if isinstance(start, int | float) and not isinstance(start, bool) else 0
        after = number + self._step
        context.counters[self._name] = cast("int", after)
        return buffer.write(number_text(number if self._step > 0 else after))


class _Cycles(Node):
    """Writes one value after the other, each time one of its group is rendered."""

    __slots__ = ("_group", "_values")

    def __init__(self, token: Token, group: Evaluate | None, values: tuple[Evaluate, ...]) -> None:
        super().__init__(token)
        self._group = group
        self._values = values
        self.blank = False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        # LiquidJS tells cycles apart by group and number of values, not by the values.
        group = script_text(self._group(context)) if self._group else "undefined"
        size = len(self._values)
        at = context.cycle((group, size), size)
        value = self._values[at](context)
        # What is false in JavaScript is not written by a tag.
        return 0 if value in (0, "", None) else buffer.write(text_of(value))


class _Stops(Node):
    """Ends the output: there is no loop that `break` or `continue` could mean."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:  # noqa: ARG002
        raise StopRender


class _Reading(Tag):
    """A tag that reads expressions of ours."""

    def reader(self, stream: TokenStream) -> Reader:
        """Read the text behind the tag's name; nothing if there is none."""
        token = stream.current
        if token.kind == TOKEN_EXPRESSION:
            next(stream)
        else:
            token = Token(TOKEN_EXPRESSION, "", token.start_index, token.source)
        return Reader(token, self.env.filters)


class Output(_Reading):
    """`{{ … }}`."""

    name = TOKEN_OUTPUT
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read one filtered expression."""
        token = stream.eat(TOKEN_OUTPUT)
        stream.expect(TOKEN_EXPRESSION)
        return _Writes(token, _last(self, stream).filtered())


class Echo(_Reading):
    """`{% echo … %}`, which may stand empty."""

    name = "echo"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read one filtered expression."""
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind != TOKEN_EXPRESSION:
            stream.pos -= 1
            return _Writes(token, Evaluated(token, lambda _context: None))
        return _Writes(token, _last(self, stream).filtered())


class Assign(_Reading):
    """`{% assign name = … %}`."""

    name = "assign"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read a name and a filtered expression."""
        token = stream.eat(TOKEN_TAG)
        reader = _last(self, stream)
        name = reader.word()
        if not name or not reader.took("="):
            raise reader.fail("expected `name = value`")
        return _Assigns(token, name, reader.filtered())


class Capture(_Reading):
    """`{% capture name %} … {% endcapture %}`."""

    name = "capture"
    end = "endcapture"

    def parse(self, stream: TokenStream) -> Node:
        """Read a name and a block."""
        token = stream.eat(TOKEN_TAG)
        reader = self.reader(stream)
        name = reader.name()
        if not name:
            raise reader.fail("expected a name")
        block = get_parser(self.env).parse_block(stream, (self.end, TOKEN_EOF))
        stream.expect(TOKEN_TAG, value=self.end)
        return _Captures(token, name, block)


class Increment(_Reading):
    """`{% increment name %}`."""

    name = "increment"
    block = False
    step: Final[int] = 1

    def parse(self, stream: TokenStream) -> Node:
        """Read a name."""
        token = stream.eat(TOKEN_TAG)
        return _Counts(token, _last(self, stream).word(), self.step)


class Decrement(Increment):
    """`{% decrement name %}`."""

    name = "decrement"
    step = -1  # pyright: ignore[reportGeneralTypeIssues]


class Cycle(_Reading):
    """`{% cycle group: a, b %}`, the group being optional."""

    name = "cycle"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read a group and values."""
        token = stream.eat(TOKEN_TAG)
        reader = _last(self, stream)
        group: Evaluate | None = None
        values = [_value(reader)]
        if reader.took(":"):
            group = values.pop()
            values.append(_value(reader))
        while reader.took(","):
            values.append(_value(reader))
        return _Cycles(token, group, tuple(values))


class If(_Reading):
    """`{% if … %}`, `{% elsif … %}`, `{% else %}`."""

    name = "if"
    end = "endif"

    def parse(self, stream: TokenStream) -> Node:
        """Read conditions and their blocks."""
        token = stream.eat(TOKEN_TAG)
        condition = self.first(self.reader(stream).condition())
        first = self._block(stream)
        others: list[ConditionalBlockNode] = []
        while stream.current.is_tag("elsif"):
            place = next(stream)
            expression = self.reader(stream).condition()
            others.append(ConditionalBlockNode(place, expression, self._block(stream)))
        last: BlockNode | None = None
        if stream.current.is_tag("else"):
            next(stream)
            self.reader(stream)
            last = self._block(stream)
        stream.expect(TOKEN_TAG, value=self.end)
        return IfNode(token, condition, first, others, last)

    def first(self, condition: Evaluated) -> Evaluated:
        """The condition that decides about the first block."""
        return condition

    def _block(self, stream: TokenStream) -> BlockNode:
        return get_parser(self.env).parse_block(stream, ("elsif", "else", self.end, TOKEN_EOF))


class Unless(If):
    """`{% unless … %}`."""

    name = "unless"
    end = "endunless"

    def first(self, condition: Evaluated) -> Evaluated:
        """The first block is for when the condition does not hold."""
        return Evaluated(condition.token, lambda context: not condition.evaluate(context))


class Block(Tag):
    """`{% block name %} … {% endblock %}`: without layouts, just what is in it."""

    name = "block"
    end = "endblock"

    def parse(self, stream: TokenStream) -> Node:
        """Read a block."""
        stream.eat(TOKEN_TAG)
        if stream.current.kind == TOKEN_EXPRESSION:
            next(stream)
        block = get_parser(self.env).parse_block(stream, (self.end, TOKEN_EOF))
        stream.expect(TOKEN_TAG, value=self.end)
        return block


class Comment(Tag):
    """`{% comment %} … {% endcomment %}`: everything in between is skipped."""

    name = "comment"
    end = "endcomment"

    def parse(self, stream: TokenStream) -> Node:
        """Read to the end of the comment."""
        token = stream.eat(TOKEN_TAG)
        while not stream.current.is_tag(self.end):
            if stream.current.kind == TOKEN_EOF:
                raise LiquidSyntaxError("expected `{% endcomment %}`", token=token)
            next(stream)
        return BlockNode(token, [])


class Break(Tag):
    """`{% break %}`."""

    name = "break"
    block = False

    def parse(self, stream: TokenStream) -> Node:
        """Read nothing."""
        return _Stops(stream.expect(TOKEN_TAG))


class Continue(Break):
    """`{% continue %}`."""

    name = "continue"


def _value(reader: Reader) -> Evaluate:
    value = reader.value()
    if value is None:
        raise reader.fail("expected a value")
    return value


def _last(tag: _Reading, stream: TokenStream) -> Reader:
    """Read the text of a tag that has no block: the stream stays at its last token."""
    reader = tag.reader(stream)
    stream.pos -= 1
    return reader


TAGS: Final = (
    Assign, Block, Break, Capture, Comment, Continue, Cycle, Decrement, Echo, If, Increment,
    Output, Unless,
)  # fmt: skip
"""The tags that are ours; `liquid` and `#` are python-liquid's."""
