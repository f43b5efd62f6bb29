"""@liquid templates."""

from collections.abc import Callable, Mapping
from typing import Any

import liquid
from liquid.exceptions import LiquidError

from dealwright.core.errors import MappingError


def compile_liquid(text: str) -> Callable[[Mapping[str, Any]], str]:
    """Compile a template."""
    try:
        template = liquid.parse(text)
    except LiquidError as error:
        raise MappingError(str(error)) from error
    return lambda scope: template.render(**scope)
