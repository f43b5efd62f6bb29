"""Number: a Decimal, so that no digit is lost on the way."""

from decimal import Decimal
from typing import Any

from dealwright.core.fieldtype import FieldContext, FieldType
from dealwright.core.scalars import read_amount, same_number


def parse(raw: Any, context: FieldContext) -> Decimal:
    """A number, also as text; thousands and decimal commas can be read in two ways, hence not."""
    del context
    return read_amount(raw)


FIELD_TYPE = FieldType(
    key="double",
    label="Number",
    wish="a number such as 1200.50",
    parse=parse,
    same=same_number,
    searchable=True,
)
