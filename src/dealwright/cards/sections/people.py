"""The other people of the message, each one press away."""

from dealwright.cards.card import Button, Row, Section, Target, Widget
from dealwright.cards.known import Known
from dealwright.cards.rows import look_up
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice


def draw(known: Known, voice: Voice) -> Section | None:
    """A row an address."""
    if not known.people:
        return None
    groups: list[list[Widget]] = [[_row(address, known, voice)] for address in known.people]
    title = voice.say("Other addresses in this message")
    return itemised("people", title, groups, folded_after=2)


def _row(address: str, known: Known, voice: Voice) -> Row:
    target = Target(op=look_up(known.connection, address))
    return Row(
        text=address,
        icon="PERSON",
        icon_label=voice.say("Recipient"),
        button=Button(label=voice.say("Look up"), target=target),
    )


SECTION = SectionKind(
    key="people", label="Other people of the message", place=100, draw=draw, optional=False
)
