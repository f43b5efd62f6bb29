"""What comes next: offered on the card of somebody with whom an activity has just been done."""

import msgspec

from dealwright.cards.card import Button, Card, Op, Row, Section, Target
from dealwright.cards.known import Reader
from dealwright.cards.voice import voice_of


def with_follow_up(card: Card, reader: Reader, *, form: Op) -> Card:
    """The card with the offer first; `form` opens the form of what follows."""
    voice = voice_of(reader)
    row = Row(
        text=voice.say("What comes next?"),
        icon="act-task",
        icon_label=voice.say("Activity"),
        button=Button(label=voice.say("Plan a follow-up"), target=Target(op=form)),
    )
    offer = Section(key="follow_up", widgets=(row,))
    return msgspec.structs.replace(card, sections=(offer, *card.sections))
