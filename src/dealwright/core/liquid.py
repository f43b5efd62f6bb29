"""@liquid: templates as LiquidJS 10.27.2 renders them, by python-liquid with all limits set."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from liquid.exceptions import LiquidError

from dealwright.core.errors import MappingError
from dealwright.core.liquidjs.environment import LiquidJS, renderer
from dealwright.core.mappingkit.absence import Effort

MAX_TEMPLATE: Final = 1_000
"""The longest template, in code points, as Segment has it."""

_ENVIRONMENT: Final = LiquidJS()


def compile_liquid(text: str, effort: Effort) -> Callable[[Mapping[str, Any]], str]:
    """Compile a template into a function from a scope to text.

    Raises MappingError (code `invalid_liquid`) for a template that cannot be compiled; the
    function raises the same where a filter cannot do its work, and `mapping_too_large` where the
    filters have worked more than `effort` allows. At most 1,000 characters in and 1,000,000 out.
    Loops, includes and unknown tags do not compile.
    """
    if not text:
        return lambda _scope: ""
    if len(text) > MAX_TEMPLATE:
        raise _error(f"more than {MAX_TEMPLATE} characters")
    try:
        render = renderer(_ENVIRONMENT.from_string(text), effort)
    except (LiquidError, RecursionError) as error:
        raise _error(str(error)) from error

    def rendered(scope: Mapping[str, Any]) -> str:
        try:
            return render(scope)
        except (LiquidError, RecursionError) as error:
            raise _error(str(error)) from error

    return rendered


def _error(message: str) -> MappingError:
    first = message.splitlines()[0] if message else "it fails"
    return MappingError(f"The Liquid template cannot be used: {first}.", code="invalid_liquid")
