"""All filters of LiquidJS 10.27.2 that Segment leaves enabled, and errors for the others."""

from typing import Final

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.filters_codes import CODES
from dealwright.core.liquidjs.filters_dates import DATES
from dealwright.core.liquidjs.filters_lists import LISTS
from dealwright.core.liquidjs.filters_numbers import NUMBERS
from dealwright.core.liquidjs.filters_texts import TEXTS

FILTERS: Final[dict[str, Filter]] = {**TEXTS, **NUMBERS, **LISTS, **CODES, **DATES}
"""By name; a name that is not here passes its input on."""
