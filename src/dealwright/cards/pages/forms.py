"""Forms that add something: a contact, a deal, a note, an activity."""

import msgspec

from dealwright.cards.card import Card, Choice, Input, Look, Moment, Op, Section, Select, Widget
from dealwright.cards.due import due_day
from dealwright.cards.known import Known, Lists, Reader
from dealwright.cards.pages.parts import framed, label_choices, owners, sending, stage_choices
from dealwright.cards.section import on_person
from dealwright.cards.voice import Voice, voice_of
from dealwright.core.record import Activity


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a form begins with; `owner` is the Pipedrive user of the token."""

    connection: int
    name: str = ""
    email: str = ""
    phone: str = ""
    organization: str = ""
    owner: int | None = None


def contact_form(draft: Draft, lists: Lists, reader: Reader) -> Card:
    """Add a contact; the name is needed."""
    voice = voice_of(reader)
    suggest = Op(name="suggest_org", connection=draft.connection, address=draft.email)
    widgets: list[Widget] = [
        Input(name="name", label=voice.say("Name"), value=draft.name, required=True),
        Input(name="email", label=voice.say("E-mail"), value=draft.email),
        Input(name="phone", label=voice.say("Phone"), value=draft.phone),
        Input(
            name="org", label=voice.say("Organization"), value=draft.organization, suggest=suggest
        ),
    ]
    if people := owners(lists, draft.owner):
        widgets.append(Select(name="owner", label=voice.say("Owner"), choices=people))
    if labels := label_choices(lists, ()):
        widgets.append(
            Select(name="labels", label=voice.say("Labels"), choices=labels, look=Look.BOXES)
        )
    act = Op(name="contact_create", connection=draft.connection, address=draft.email)
    return framed(
        "contact_form",
        voice,
        title=voice.say("Add contact"),
        sections=(Section(key="contact_form", widgets=tuple(widgets)),),
        connection=draft.connection,
        address=draft.email,
        footer=sending(voice, "Add to Pipedrive", act),
    )


def deal_form(known: Known, reader: Reader) -> Card:
    """Add a deal to the contact."""
    voice = voice_of(reader)
    widgets: list[Widget] = [
        Input(name="title", label=voice.say("Title"), value=_deal_title(known), required=True),
        Input(name="value", label=voice.say("Value")),
        Input(name="currency", label=voice.say("Currency"), value=known.lists.currency),
    ]
    if stages := stage_choices(known.lists, None):
        widgets.append(Select(name="stage", label=voice.say("Stage"), choices=stages))
    widgets.append(Moment(name="close", label=voice.say("Expected close")))
    return _form(known, voice, "deal", "Add deal", widgets)


def note_form(known: Known, reader: Reader) -> Card:
    """Add a note to the contact, or to one of the open deals."""
    voice = voice_of(reader)
    widgets: list[Widget] = [
        Input(name="text", label=voice.say("Note"), lines=6, required=True),
        Select(name="to", label=voice.say("Attach to"), choices=_places(known, voice)),
    ]
    return _form(known, voice, "note", "Add note", widgets)


def activity_form(known: Known, reader: Reader, *, after: Activity | None = None) -> Card:
    """Add an activity with the contact; `after`: the one that this follows up."""
    voice = voice_of(reader)
    subject = (
        voice.say("Follow up: {subject}", subject=after.subject) if after and after.subject else ""
    )
    kinds = tuple(
        Choice(
            value=one.key_string,
            label=one.name,
            chosen=bool(after and after.type == one.key_string),
        )
        for one in sorted(known.lists.activity_types, key=lambda one: one.order_nr)
        if one.active_flag
    )
    widgets: list[Widget] = [
        Input(name="subject", label=voice.say("Subject"), value=subject, required=True)
    ]
    if kinds:
        widgets.append(Select(name="type", label=voice.say("Type"), choices=kinds))
    widgets += [
        Moment(name="due", label=voice.say("Day"), wants="date"),
        Moment(name="at", label=voice.say("Time"), wants="time"),
        Input(name="note", label=voice.say("Note"), lines=3),
    ]
    if len(places := _places(known, voice)) > 1:
        widgets.append(Select(name="to", label=voice.say("Attach to"), choices=places))
    return _form(known, voice, "activity", "Add activity", widgets)


def follow_up_card(known: Known, reader: Reader, *, done: Activity) -> Card:
    """The form that is offered when an activity has been ticked."""
    voice = voice_of(reader)
    day = due_day(done, voice)
    card = activity_form(known, reader, after=done)
    header = msgspec.structs.replace(
        card.header, subtitle=voice.joined((done.subject, voice.day(day) if day else ""))
    )
    return msgspec.structs.replace(card, name="follow_up", header=header)


def _form(known: Known, voice: Voice, kind: str, title: str, widgets: list[Widget]) -> Card:
    person = known.person
    return framed(
        f"{kind}_form",
        voice,
        title=voice.say(title),
        subtitle=person.name if person else "",
        sections=(Section(key=f"{kind}_form", widgets=tuple(widgets)),),
        connection=known.connection,
        address=known.address,
        footer=sending(voice, "Add to Pipedrive", on_person(known, f"{kind}_create")),
    )


def _deal_title(known: Known) -> str:
    name = known.organization.name if known.organization else ""
    return name or (known.person.name if known.person else "")


def _places(known: Known, voice: Voice) -> tuple[Choice, ...]:
    person = known.person
    first = Choice(
        value=f"person:{person.id}" if person else "",
        label=person.name if person else "",
        chosen=True,
    )
    deals = (
        Choice(value=f"deal:{one.id}", label=f"{one.title} ({voice.say('open deal')})")
        for one in known.deals
        if one.status == "open"
    )
    return (first, *deals)
