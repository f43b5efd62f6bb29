"""Labels of a contact, each as a tag."""

from dealwright.cards import names
from dealwright.cards.card import Chip, Chips, Section, Target
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind, may, on_person
from dealwright.cards.voice import Voice
from dealwright.core.record import FieldOption

_BRIGHT = {"red", "green", "blue", "yellow", "orange", "purple", "pink", "brown"}
_COLOURS = frozenset(_BRIGHT | {"gray", "dark-gray"})


def draw(known: Known, voice: Voice) -> Section | None:
    """The labels; a press changes them, where the reader may."""
    if known.person is None or not known.person.label_ids:
        return None
    field = names.field_named(known.lists.person_fields, "label_ids")
    options = {str(one.id): one for one in (field.options if field else None) or ()}
    change = Target(op=on_person(known, "labels_form")) if may(known, voice, "update") else None
    chips = [
        _chip(label, options.get(str(label)), change, voice) for label in known.person.label_ids
    ]
    return Section(key="labels", widgets=(Chips(items=tuple(chips)),))


def _chip(label: int, option: FieldOption | None, change: Target | None, voice: Voice) -> Chip:
    words = option.label if option else voice.say("Label {id}", id=label)
    colour = (option.color or "").lower() if option else ""
    icon = f"dot-{colour if colour in _COLOURS else 'gray'}"
    return Chip(label=words, colour=colour, icon=icon, target=change)


SECTION = SectionKind(
    key="labels",
    label="Labels",
    place=10,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.LISTS}),
)
