"""python-liquid's environment with LiquidJS's tags, filters and limits."""

from collections.abc import Mapping
from typing import Any, Final

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin import content, illegal
from liquid.builtin.tags import comment_tag, inline_comment_tag, liquid_tag
from liquid.output import LimitedStringIO

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.filters import FILTERS
from dealwright.core.liquidjs.tags import TAGS
from dealwright.core.liquidjs.values import MAX_CHARACTERS
from dealwright.core.mappingkit.absence import ABSENT

_FROM_PYTHON_LIQUID: Final = (
    content.Literal,
    illegal.Illegal,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
    liquid_tag.LiquidTag,
)


class Scope(RenderContext):
    """Names in the order of LiquidJS: assigned, counted, the event's; nothing else is in scope."""

    __slots__ = ()

    def resolve(self, name: str, *, token: Any = None, default: object = ABSENT) -> Any:  # noqa: ARG002
        """Give the value of a name, or the default."""
        if name in self.locals:
            return self.locals[name]
        if name in self.counters:
            return self.counters[name]
        return self.globals.get(name, default)


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

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002
        """Have the tags and filters of LiquidJS and no others."""
        for tag in (*_FROM_PYTHON_LIQUID, *TAGS):
            self.add_tag(tag)
        filters: dict[str, Filter] = FILTERS
        self.filters.update(filters)


def render(template: BoundTemplate, scope: Mapping[str, Any]) -> str:
    """Render a template; nothing survives it."""
    context = Scope(template, globals=scope)
    buffer = LimitedStringIO(limit=MAX_CHARACTERS)
    template.render_with_context(context, buffer)
    return buffer.getvalue()
