"""The form that logs the open e-mail: on whom, as what, and where it already is."""

from datetime import datetime

import msgspec

from dealwright.cards.card import Card, Choice, Look, Row, Section, Select, Widget
from dealwright.cards.known import Known, Reader
from dealwright.cards.pages.parts import framed, muted, sending
from dealwright.cards.section import on_person
from dealwright.cards.voice import voice_of


class Mail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The open message; `logged_on` names the records on which it already is."""

    subject: str = ""
    sender: str = ""
    at: datetime | None = None
    logged_on: tuple[str, ...] = ()


def log_form(known: Known, reader: Reader, *, mail: Mail) -> Card:
    """Log the message on the contact and open deals, as a note or as an activity that is done."""
    voice = voice_of(reader)
    when = voice.moment(mail.at)
    head = Row(
        label=voice.say("Subject"),
        text=mail.subject or voice.say("(no subject)"),
        below=voice.joined((mail.sender, when), ", "),
        icon="EMAIL",
        icon_label=voice.say("Subject"),
    )
    person = known.person
    to = [
        Choice(
            value=f"person:{person.id}" if person else "",
            label=person.name if person else known.address,
            chosen=True,
        )
    ]
    to += [
        Choice(value=f"deal:{one.id}", label=f"{one.title} ({voice.say('open deal')})")
        for one in known.deals
        if one.status == "open"
    ]
    how = (
        Choice(value="note", label=voice.say("Note with subject and date"), chosen=True),
        Choice(value="activity", label=voice.say("Done activity of type e-mail")),
    )
    widgets: list[Widget] = [
        head,
        Select(name="to", label=voice.say("Attach to"), choices=tuple(to), look=Look.BOXES),
        Select(name="how", label=voice.say("As"), choices=how, look=Look.RADIO),
    ]
    if mail.logged_on:
        places = ", ".join(mail.logged_on)
        widgets.append(muted(voice.say("Already logged on: {places}", places=places)))
    return framed(
        "log_form",
        voice,
        title=voice.say("Log this e-mail"),
        sections=(Section(key="log", widgets=tuple(widgets)),),
        connection=known.connection,
        address=known.address,
        footer=sending(voice, "Log", on_person(known, "log_email")),
    )
