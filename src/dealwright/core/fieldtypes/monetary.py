"""Monetary: an amount and its currency; without one it is the user's."""

import re
from typing import Any, Final

from dealwright.core.fieldtype import (
    FieldContext,
    FieldType,
    Flat,
    first_of,
    parts_of,
    read_flat_parts,
    shown_scalar,
    within,
    write_flat_parts,
)
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit, read_amount, read_text

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_WRITTEN: Final = re.compile(
    r"(?P<before>[A-Za-z]{3})?\s*(?P<amount>[+-]?[\d.]+)\s*(?P<after>[A-Za-z]{3})?"
)


def parse(raw: Any, context: FieldContext) -> Flat:
    """An amount, `1200 EUR`, or an object with an amount and a currency."""
    del context
    parts = parts_of(raw)
    if parts is not None:
        amount = read_amount(first_of(parts, "value", "amount"))
        currency = first_of(parts, "currency", "currency_code")
        return {"value": amount} if currency is None else _money(amount, read_text(currency))
    if isinstance(raw, str) and (hit := _WRITTEN.fullmatch(raw.strip())):
        codes = [code for code in (hit["before"], hit["after"]) if code]
        if len(codes) == 1:
            return _money(read_amount(hit["amount"]), codes[0])
    return {"value": read_amount(raw)}


def show(value: Any, field: FieldDefinition) -> str:
    """`1200 EUR`."""
    del field
    parts = parts_of(value) or {}
    return f"{shown_scalar(parts.get('value'))} {parts.get('currency') or ''}".strip()


def _money(amount: Any, currency: str) -> Flat:
    code = currency.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise Misfit("an amount with a currency of three letters, such as EUR")
    return {"value": amount, "currency": code}


FIELD_TYPE = FieldType(
    key="monetary",
    label="Monetary",
    wish='an amount such as 1200.50, “1200 EUR”, or {"value": 1200, "currency": "EUR"}',
    parse=parse,
    write_flat=write_flat_parts,
    read_flat=read_flat_parts,
    show=show,
    same=within,
    searchable=True,
)
