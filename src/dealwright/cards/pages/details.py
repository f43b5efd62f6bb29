"""Details of a connector: whose account it is, how it stands, and the button that helps."""

import msgspec

from dealwright.cards import links
from dealwright.cards.card import Button, Buttons, Card, Op, Row, Section, Target, Tone, Widget
from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.pages.parts import framed
from dealwright.cards.rows import state_word
from dealwright.cards.voice import Voice, voice_of

_GOOD = frozenset({Finding.MATCH, Finding.MANUAL})


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A connector; `company` is the label in the account's address, `company_name` its name."""

    connector: Connector
    company: str = ""
    company_name: str = ""
    user_name: str = ""
    plan: str = ""


def details_card(details: Details, reader: Reader, *, address: str = "") -> Card:
    """How a connector stands; `address` whose card it is asked from."""
    voice, one = voice_of(reader), details.connector
    tone = Tone.PLAIN if one.finding in _GOOD else Tone.BAD
    until = voice.say("until {when}", when=voice.moment(one.until)) if one.until else ""
    state = Row(
        label=voice.say("Status"),
        text=state_word(one, voice),
        below=voice.joined((one.says, until)),
        tone=tone,
    )
    rows: list[Widget] = [state]
    facts = (
        ("Account", voice.joined((details.company_name, _domain(details)))),
        ("Signed in as", details.user_name),
        ("Plan", details.plan),
    )
    rows += (Row(label=voice.say(label), text=text) for label, text in facts if text)
    rows.append(Buttons(items=_buttons(details, voice, address)))
    return framed(
        "details",
        voice,
        title=one.name,
        sections=(Section(key="details", widgets=tuple(rows)),),
        connection=one.id,
        address=address,
    )


def _domain(details: Details) -> str:
    return f"{details.company}.pipedrive.com" if details.company else ""


def _buttons(details: Details, voice: Voice, address: str) -> tuple[Button, ...]:
    edit = _op(details, "settings_edit", address)
    settings = Button(label=voice.say("Settings"), target=Target(op=edit))
    return (*_helps(details, voice, address), settings)


def _helps(details: Details, voice: Voice, address: str) -> tuple[Button, ...]:
    again = Button(label=voice.say("Try again"), target=Target(op=_op(details, "refresh", address)))
    match details.connector.finding:
        case Finding.REAUTH:
            fix = Target(op=_op(details, "reauth_form", address))
            return (Button(label=voice.say("Fix"), target=fix, primary=True),)
        case Finding.PAYMENT:
            pay = Target(link=links.subscription_url(details.company))
            words = voice.say("Subscribe or update payment")
            return (Button(label=words, target=pay, primary=True), again)
        case Finding.ERROR:
            status = Target(link=links.STATUS_PAGE)
            return (again, Button(label=voice.say("Status"), target=status))
        case _:
            return (again,) if address else ()


def _op(details: Details, name: str, address: str) -> Op:
    number = details.connector.id
    # Of a refresh the record would be a person.
    kind = "" if name == "refresh" else "connection"
    record = str(number) if kind else ""
    return Op(name=name, connection=number, kind=kind, record=record, address=address)
