"""Custom fields of a contact that are set, in the account's order and the reader's language."""

from typing import Final

from dealwright.cards.card import Section
from dealwright.cards.fields import field_row
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind
from dealwright.cards.voice import Voice

_SHOWN: Final = 4


def draw(known: Known, voice: Voice) -> Section | None:
    """A row a field; one that is not set has none."""
    if known.person is None:
        return None
    values = known.person.custom_fields
    rows = [
        row
        for field in known.lists.person_fields
        if field.field_code in values
        and (row := field_row(field, values[field.field_code], known, voice)) is not None
    ]
    if not rows:
        return None
    return Section(
        key="custom_fields",
        title=voice.say("Custom fields"),
        widgets=tuple(rows),
        shown=_SHOWN if len(rows) > _SHOWN else 0,
    )


SECTION = SectionKind(
    key="custom_fields",
    label="Custom fields",
    place=30,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.LISTS, Part.NAMES}),
)
