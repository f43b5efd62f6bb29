"""Options of enum and set fields: found by label or id, shown by label."""

from typing import Any

from dealwright.core.record import FieldDefinition, FieldOption
from dealwright.core.scalars import Misfit, read_text


def option_of(raw: Any, field: FieldDefinition) -> int | None:
    """The id of the option that is meant; None when the field has none such.

    Text is first of all a label, whatever its case, and a number an id; v1 writes ids as text.
    Raises Misfit for what can be neither, and for a label that several options have.
    """
    text = read_text(raw).strip()
    options = [option for option in field.options or () if isinstance(option.id, int)]
    by_id = [option for option in options if str(option.id) == text]
    named = _named(text, options)
    found = (named or by_id) if isinstance(raw, str) else (by_id or named)
    if len(found) > 1:
        ids = ", ".join(str(option.id) for option in found)
        raise Misfit(f"an option id, since {len(found)} options have that label ({ids})")
    return int(found[0].id) if found else None


def label_of(option_id: Any, field: FieldDefinition) -> str:
    """What people call an option; its id where the field no longer has it."""
    for option in field.options or ():
        if str(option.id) == str(option_id):
            return option.label
    return str(option_id)


def _named(text: str, options: list[FieldOption]) -> list[FieldOption]:
    exact = [option for option in options if option.label == text]
    folded = text.casefold()
    return exact or [option for option in options if option.label.strip().casefold() == folded]
