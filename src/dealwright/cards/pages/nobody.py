"""Nobody has an address, or several have: what can be done then."""

import msgspec

from dealwright.cards import links
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
    Widget,
)
from dealwright.cards.known import Connector, Reader
from dealwright.cards.pages.parts import framed
from dealwright.cards.rows import connector_row, look_up
from dealwright.cards.voice import Voice, voice_of
from dealwright.core.record import Organization, Person


class Nobody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An address that no person of a Connection has; `name` is the sender's, from the message.

    `same_domain` are organizations whose people have addresses at this domain, `same_name` persons
    of that name. `addable` is false for no-reply, own and blocked addresses.
    """

    connection: int
    connection_name: str
    company: str
    address: str
    name: str = ""
    same_domain: tuple[Organization, ...] = ()
    same_name: tuple[Person, ...] = ()
    people: tuple[str, ...] = ()
    others: tuple[Connector, ...] = ()
    addable: bool = True


class Several(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Several persons who could be meant; `organizations` names theirs, by id."""

    connection: int
    connection_name: str
    company: str
    address: str
    persons: tuple[Person, ...]
    organizations: dict[int, Organization] = {}
    people: tuple[str, ...] = ()
    others: tuple[Connector, ...] = ()


def none_card(nobody: Nobody, reader: Reader) -> Card:
    """Nobody has the address: add them, look elsewhere, or attach the address to somebody."""
    voice = voice_of(reader)
    sender = Row(
        label=voice.say("From"),
        text=nobody.name or nobody.address,
        below=nobody.address if nobody.name else "",
        icon="PERSON",
        icon_label=voice.say("Sender"),
    )
    told = voice.say("No person in {account} has this address.", account=nobody.connection_name)
    widgets: list[Widget] = [sender, Text(body=told), Buttons(items=_doings(nobody, voice))]
    sections = [Section(key="sender", widgets=tuple(widgets))]
    if maybe := _maybe(nobody, voice):
        sections.append(Section(key="maybe", title=voice.say("Maybe"), widgets=tuple(maybe)))
    sections += _around(nobody.connection, nobody.people, nobody.others, nobody.address, voice)
    return framed(
        "none",
        voice,
        title=voice.say("No contact for {address}", address=nobody.address),
        sections=tuple(sections),
        connection=nobody.connection,
        address=nobody.address,
    )


def choose_card(several: Several, reader: Reader) -> Card:
    """Several persons have the address, or other people of the message are known: one is chosen."""
    voice = voice_of(reader)
    rows = [_choice(person, several, voice) for person in several.persons]
    title = voice.say("Several matches for {address}", address=several.address)
    sections = [Section(key="matches", title=title, widgets=tuple(rows))]
    sections += _around(several.connection, several.people, several.others, several.address, voice)
    return framed(
        "choose",
        voice,
        title=voice.say("Who is it?"),
        subtitle=several.address,
        sections=tuple(sections),
        connection=several.connection,
        address=several.address,
    )


def search_card(nobody: Nobody, reader: Reader, *, term: str, found: tuple[Person, ...]) -> Card:
    """Persons by name, each with the button that gives them this address."""
    voice = voice_of(reader)
    act = _op(nobody, "search")
    field = Input(name="term", label=voice.say("Name"), value=term or nobody.name)
    button = Button(label=voice.say("Search"), target=Target(op=act), primary=True)
    widgets: list[Widget] = [field, Buttons(items=(button,))]
    if term and not found:
        widgets.append(Text(body=voice.say("Nobody of this name.")))
    rows = tuple(_attach(person, nobody, voice) for person in found)
    sections = [Section(key="search", widgets=tuple(widgets))]
    if rows:
        sections.append(Section(key="found", title=voice.say("Found"), widgets=rows))
    return framed(
        "search",
        voice,
        title=voice.say("Search by name"),
        sections=tuple(sections),
        connection=nobody.connection,
        address=nobody.address,
    )


def _op(nobody: Nobody, name: str, *, kind: str = "", record: object = "") -> Op:
    return Op(
        name=name,
        connection=nobody.connection,
        kind=kind,
        record=str(record),
        address=nobody.address,
        extra={"name": nobody.name[:100]} if nobody.name else {},
    )


def _doings(nobody: Nobody, voice: Voice) -> tuple[Button, ...]:
    search = Button(label=voice.say("Search by name"), target=Target(op=_op(nobody, "search_form")))
    if not nobody.addable or not voice.reader.may_write:
        return (search,)
    add = Target(op=_op(nobody, "contact_form"))
    return (Button(label=voice.say("Add contact"), target=add, primary=True), search)


def _maybe(nobody: Nobody, voice: Voice) -> list[Widget]:
    rows: list[Widget] = [
        Row(
            label=voice.say("Same domain"),
            text=organization.name,
            icon="STORE",
            icon_label=voice.say("Organization"),
            button=Button(
                label=voice.say("Open"),
                target=Target(
                    link=links.record_url(nobody.company, "organization", organization.id)
                ),
            ),
        )
        for organization in nobody.same_domain[:5]
    ]
    return rows + [_attach(person, nobody, voice) for person in nobody.same_name[:5]]


def _attach(person: Person, nobody: Nobody, voice: Voice) -> Row:
    add = Target(op=_op(nobody, "address_add", kind="person", record=person.id))
    show = Target(op=_op(nobody, "choose", kind="person", record=person.id))
    writes = voice.reader.may_write and bool(nobody.address)
    label = voice.say("Add this address") if writes else voice.say("Show")
    return Row(
        text=person.name,
        below=", ".join(one.value for one in person.emails[:2]),
        icon="PERSON",
        icon_label=voice.say("Person"),
        button=Button(label=label, target=add if writes else show),
        target=show,
    )


def _choice(person: Person, several: Several, voice: Voice) -> Row:
    organization = several.organizations.get(person.org_id or 0)
    mails = ", ".join(one.value for one in person.emails[:2])
    act = Op(
        name="choose",
        connection=several.connection,
        kind="person",
        record=str(person.id),
        address=several.address,
    )
    return Row(
        text=person.name or voice.say("Person {id}", id=person.id),
        below=voice.joined((organization.name if organization else "", mails)),
        icon="PERSON",
        icon_label=voice.say("Person"),
        button=Button(label=voice.say("Show"), target=Target(op=act)),
    )


def _around(
    connection: int,
    people: tuple[str, ...],
    others: tuple[Connector, ...],
    address: str,
    voice: Voice,
) -> list[Section]:
    found: list[Section] = []
    if people:
        rows = tuple(
            Row(
                text=one,
                icon="PERSON",
                icon_label=voice.say("Recipient"),
                button=Button(
                    label=voice.say("Look up"), target=Target(op=look_up(connection, one))
                ),
            )
            for one in people
        )
        title = voice.say("Other addresses in this message")
        found.append(Section(key="people", title=title, widgets=rows, shown=min(3, len(rows))))
    if others:
        rows = tuple(connector_row(one, address, voice) for one in others)
        title = voice.say("Other connectors")
        found.append(Section(key="connectors", title=title, widgets=rows))
    return found
