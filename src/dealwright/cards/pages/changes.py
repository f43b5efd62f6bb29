"""Forms that change something: a deal's stage, its loss, a contact's labels and owner."""

from datetime import UTC, datetime

from dealwright.cards.card import Card, Input, Look, Moment, Section, Select, Widget
from dealwright.cards.known import Known, Reader
from dealwright.cards.pages.parts import framed, label_choices, owners, sending, stage_choices
from dealwright.cards.section import on_person, op
from dealwright.cards.voice import Voice, voice_of
from dealwright.core.record import Deal


def stage_form(known: Known, reader: Reader, *, deal: Deal) -> Card:
    """Move a deal to another stage of its pipeline, and its expected close."""
    voice = voice_of(reader)
    choices = stage_choices(known.lists, deal.stage_id, pipeline=deal.pipeline_id)
    close = Moment(
        name="close",
        label=voice.say("Expected close"),
        value_ms=_midnight_ms(deal.expected_close_date),
    )
    widgets: list[Widget] = [
        Select(name="stage", label=voice.say("Stage"), choices=choices),
        close,
    ]
    return _of_deal(known, voice, deal, what="stage", title="Move deal", widgets=widgets)


def lost_form(known: Known, reader: Reader, *, deal: Deal) -> Card:
    """A deal is lost, and why."""
    voice = voice_of(reader)
    widgets: list[Widget] = [Input(name="reason", label=voice.say("Lost reason"), lines=2)]
    return _of_deal(known, voice, deal, what="lost", title="Mark as lost", widgets=widgets)


def labels_form(known: Known, reader: Reader) -> Card:
    """Which labels the contact has."""
    voice = voice_of(reader)
    chosen = known.person.label_ids if known.person else ()
    field = Select(
        name="labels",
        label=voice.say("Labels"),
        choices=label_choices(known.lists, chosen),
        look=Look.BOXES,
    )
    return _of_person(known, voice, "labels", "Labels", field)


def owner_form(known: Known, reader: Reader) -> Card:
    """Whose contact it is."""
    voice = voice_of(reader)
    chosen = known.person.owner_id if known.person else None
    field = Select(name="owner", label=voice.say("Owner"), choices=owners(known.lists, chosen))
    return _of_person(known, voice, "owner", "Contact owner", field)


def _of_deal(
    known: Known, voice: Voice, deal: Deal, *, what: str, title: str, widgets: list[Widget]
) -> Card:
    act = op(known, f"deal_{what}", kind="deal", record=deal.id)
    return framed(
        f"{what}_form",
        voice,
        title=voice.say(title),
        subtitle=deal.title,
        sections=(Section(key=what, widgets=tuple(widgets)),),
        connection=known.connection,
        address=known.address,
        footer=sending(voice, "Save", act),
    )


def _of_person(known: Known, voice: Voice, what: str, title: str, field: Select) -> Card:
    return framed(
        f"{what}_form",
        voice,
        title=voice.say(title),
        subtitle=known.person.name if known.person else "",
        sections=(Section(key=what, widgets=(field,)),),
        connection=known.connection,
        address=known.address,
        footer=sending(voice, "Save", on_person(known, f"{what}_set")),
    )


def _midnight_ms(day: str | None) -> int | None:
    try:
        at = datetime.fromisoformat((day or "")[:10]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp() * 1000)
