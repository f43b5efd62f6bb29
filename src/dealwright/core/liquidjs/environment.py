"""python-liquid's environment with LiquidJS's tags, filters and limits."""

from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any, Final, TextIO, cast

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin import content, illegal
from liquid.builtin.tags import inline_comment_tag, liquid_tag
from liquid.token import Token

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.filters import FILTERS
from dealwright.core.liquidjs.lexer import tokenize
from dealwright.core.liquidjs.tags import TAGS, Piece, pieces
from dealwright.core.liquidjs.values import MAX_CHARACTERS, text_of, within
from dealwright.core.mappingkit.absence import ABSENT, Effort

_FROM_PYTHON_LIQUID: Final = (
    content.Literal,
    illegal.Illegal,
    inline_comment_tag.InlineCommentTag,
    liquid_tag.LiquidTag,
)


class Output(StringIO):
    """Keeps line ends as they are, which python-liquid's own buffer does not, and has a limit."""

    def __init__(self) -> None:
        super().__init__(newline="")
        self._size = 0

    def write(self, text: str, /) -> int:
        """Add a text; raises an error of Liquid above the limit."""
        self._size += len(text)
        within(self._size)
        return super().write(text)


class Scope(RenderContext):
    """Names in the order of LiquidJS: assigned, counted, the event's; nothing else is in scope."""

    __slots__ = ("effort",)
    effort: Effort

    def resolve(self, name: str, *, token: Any = None, default: object = ABSENT) -> Any:  # noqa: ARG002
        """Give the value of a name, or the default."""
        if name in self.locals:
            return self.locals[name]
        if name in self.counters:
            return self.counters[name]
        return self.globals.get(name, default)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:  # noqa: ARG002
        """Give a buffer for what `capture` writes."""
        return Output()


class Template(BoundTemplate):
    """A template that is rendered in our Scope."""

    context_class = Scope


class LiquidJS(Environment):
    """All limits set: there is no clock here, so sizes and nesting bound a render."""

    template_class = Template
    block_nesting_limit = 100
    loop_iteration_limit = 10_000
    local_namespace_limit = 4 * MAX_CHARACTERS
    output_stream_limit = MAX_CHARACTERS
    suppress_blank_control_flow_blocks = False

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        """Cut templates as LiquidJS does."""
        return tokenize

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002
        """Have the tags and filters of LiquidJS and no others."""
        for tag in (*_FROM_PYTHON_LIQUID, *TAGS):
            self.add_tag(tag)
        filters: dict[str, Filter] = FILTERS
        self.filters.update(filters)


def renderer(template: BoundTemplate, effort: Effort) -> Callable[[Mapping[str, Any]], str]:
    """Give the function that renders a template; nothing survives a render but the effort."""
    plain = pieces(template.nodes)
    return _renders(template, effort) if plain is None else _writes(plain, effort)


def _renders(template: BoundTemplate, effort: Effort) -> Callable[[Mapping[str, Any]], str]:
    def rendered(scope: Mapping[str, Any]) -> str:
        context = Scope(template, globals=scope)
        context.effort = effort
        buffer = Output()
        template.render_with_context(context, buffer)
        return buffer.getvalue()

    return rendered


class _Names:
    """All that an expression asks of a context; a RenderContext takes 2 µs to make."""

    __slots__ = ("_scope", "effort")

    def __init__(self, scope: Mapping[str, Any], effort: Effort) -> None:
        self._scope = scope
        self.effort = effort

    def resolve(self, name: str, *, default: object = ABSENT) -> Any:
        """Give the value of a name, or the default."""
        return self._scope.get(name, default)


def _writes(parts: tuple[Piece, ...], effort: Effort) -> Callable[[Mapping[str, Any]], str]:
    """Render a template that has texts and output and no tag that could change anything."""

    def rendered(scope: Mapping[str, Any]) -> str:
        names = cast("RenderContext", _Names(scope, effort))
        texts = [part if isinstance(part, str) else text_of(part(names)) for part in parts]
        within(sum(map(len, texts)))
        return "".join(texts)

    return rendered
