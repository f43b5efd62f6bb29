"""Persons by name, in every connector, for somebody who has no address."""

import msgspec

from dealwright.cards.card import (
    Button,
    Buttons,
    Card,
    Input,
    Op,
    Row,
    Section,
    Target,
    Text,
    Tone,
    Widget,
)
from dealwright.cards.known import Reader
from dealwright.cards.pages.parts import framed
from dealwright.cards.voice import Voice, voice_of
from dealwright.core.record import Organization, Person


class Named(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Persons of a Connection whose name fits; `says` is why it could not be asked for more."""

    connection: int
    connection_name: str
    persons: tuple[Person, ...] = ()
    organizations: dict[int, Organization] = {}
    says: str = ""


def names_card(term: str, found: tuple[Named, ...], reader: Reader) -> Card:
    """Whom somebody may mean by a name, each one press away."""
    voice = voice_of(reader)
    field = Input(name="term", label=voice.say("Name"), value=term)
    act = Target(op=Op(name="search"))
    button = Button(label=voice.say("Search"), target=act, primary=True)
    widgets: list[Widget] = [field, Buttons(items=(button,))]
    if term and not any(one.persons or one.says for one in found):
        widgets.append(Text(body=voice.say("Nobody of this name.")))
    sections = [Section(key="search", widgets=tuple(widgets))]
    several = len(found) > 1
    for one in found:
        if rows := _rows(one, voice):
            named = several or not one.persons
            title = one.connection_name if named else voice.say("Found")
            key = f"found_{one.connection}"
            sections.append(Section(key=key, title=title, widgets=tuple(rows)))
    title = voice.say("Search by name")
    return framed("search", voice, title=title, sections=tuple(sections))


def _rows(one: Named, voice: Voice) -> list[Widget]:
    rows: list[Widget] = [_row(person, one, voice) for person in one.persons]
    if one.says:
        rows.append(Text(body=one.says, tone=Tone.BAD))
    return rows


def _row(person: Person, one: Named, voice: Voice) -> Row:
    organization = one.organizations.get(person.org_id or 0)
    mails = [mail.value for mail in person.emails]
    show = Op(
        name="choose",
        connection=one.connection,
        kind="person",
        record=str(person.id),
        address=next(iter(mails), ""),
    )
    return Row(
        text=person.name or voice.say("Person {id}", id=person.id),
        below=voice.joined((organization.name if organization else "", ", ".join(mails[:2]))),
        icon="PERSON",
        icon_label=voice.say("Person"),
        button=Button(label=voice.say("Show"), target=Target(op=show)),
    )
