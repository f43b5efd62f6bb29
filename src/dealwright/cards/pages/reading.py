"""How somebody reads cards: language, time zone, and which connectors; everybody's own choice."""

import msgspec

from dealwright.cards.card import (
    Card,
    Choice,
    Input,
    Look,
    Op,
    Section,
    Select,
    Text,
    Tone,
    Widget,
)
from dealwright.cards.known import Connector, Reader
from dealwright.cards.pages.parts import framed, languages, sending
from dealwright.cards.voice import voice_of


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reader chose: "" is as in his mailbox.

    `connections` None: all that are `there`, and later ones. `fault` is why the last try to save
    was refused.
    """

    locale: str = ""
    zone: str = ""
    connections: tuple[int, ...] | None = None
    there: tuple[Connector, ...] = ()
    fault: str = ""


def reading_card(reading: Reading, reader: Reader) -> Card:
    """The form."""
    voice = voice_of(reader)
    chosen = reading.connections
    shown = tuple(
        Choice(value=str(one.id), label=one.name, chosen=chosen is None or one.id in chosen)
        for one in reading.there
    )
    widgets: list[Widget] = [
        Select(
            name="locale",
            label=voice.say("Dates and numbers"),
            choices=languages(reading.locale, voice),
        ),
        Input(
            name="zone",
            label=voice.say("Time zone"),
            value=reading.zone,
            hint=voice.say("Such as Europe/Berlin. Left empty: as in the mailbox."),
        ),
    ]
    if shown:
        label = voice.say("Connectors")
        widgets.append(Select(name="shown", label=label, choices=shown, look=Look.SWITCHES))
    if reading.fault:
        widgets.insert(0, Text(body=reading.fault, tone=Tone.BAD))
    save, cancel = sending(voice, "Save", Op(name="settings_reading"))
    return framed(
        "settings_reader",
        voice,
        title=voice.say("How you read cards"),
        sections=(Section(key="reader", widgets=tuple(widgets)),),
        footer=(save, cancel),
    )
