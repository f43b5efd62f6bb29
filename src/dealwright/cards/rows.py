"""Rows that several cards have: a Connection with how it stands, a person to choose."""

from typing import Final

from dealwright.cards.card import Button, Op, Row, Target, Tone
from dealwright.cards.known import Connector, Finding
from dealwright.cards.voice import Voice

_WORDS: Final = {
    Finding.MATCH: ("Has match", "Show", "show"),
    Finding.NO_MATCH: ("No match", "Add", "contact_form"),
    Finding.SEVERAL: ("Several matches", "Choose", "show"),
    Finding.REAUTH: ("Reauth", "Fix", "reauth_form"),
    Finding.MANUAL: ("Manual", "Search", "run"),
    Finding.LIMITED: ("Limited", "Details", "details"),
    Finding.PAYMENT: ("Payment required", "Details", "details"),
    Finding.ERROR: ("Error", "Details", "details"),
}
_FAULTS: Final = frozenset({Finding.REAUTH, Finding.PAYMENT, Finding.ERROR})


def look_up(connection: int, address: str) -> Op:
    """Show whoever has another address."""
    return Op(name="look_up", connection=connection, address=address)


def state_word(one: Connector, voice: Voice) -> str:
    """How a Connection stands without anybody's address, in one word or two."""
    return voice.say("Ready" if one.finding is Finding.MATCH else _WORDS[one.finding][0])


def connector_row(one: Connector, address: str, voice: Voice) -> Row:
    """A Connection: its name, its state below, and the button of that state."""
    state, doing, name = _WORDS[one.finding]
    act = Op(
        name=name,
        connection=one.id,
        kind="connection",
        record=str(one.id),
        address=address,
    )
    until = voice.say("until {when}", when=voice.moment(one.until)) if one.until else ""
    names = ", ".join(person.name for person in one.persons[:3])
    return Row(
        text=one.name,
        below=voice.joined((voice.say(state), names, one.says, until)),
        icon="pipedrive",
        icon_label="Pipedrive",
        tone=Tone.BAD if one.finding in _FAULTS else Tone.PLAIN,
        button=Button(label=voice.say(doing), target=Target(op=act)),
    )
