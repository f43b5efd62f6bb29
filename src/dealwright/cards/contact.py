"""The contact card: the sections that are on, in their order, with what could not be had."""

from typing import Final

import msgspec

from dealwright.cards import names
from dealwright.cards.card import Button, Card, Header, Op, Row, Section, Target, Tone
from dealwright.cards.known import Known, Part, Reader
from dealwright.cards.section import SectionKind, more_of, op, ordered, sections
from dealwright.cards.sections.deals import deal_widgets
from dealwright.cards.voice import Voice, voice_of

#: Things of a section that the card shows before it counts the rest.
_FIRST: Final = {"notes": 5, "deals": 8, "activities": 10, "meetings": 5, "events": 8, "people": 10}
_PART_OF: Final = {
    Part.ORGANIZATION: "contact",
    Part.NOTES: "notes",
    Part.DEALS: "deals",
    Part.DEAL_NOTES: "deals",
    Part.DEAL_ACTIVITIES: "deals",
    Part.ACTIVITIES: "activities",
    Part.NAMES: "custom_fields",
    Part.LISTS: "custom_fields",
}
_PART_NAMES: Final = {
    Part.PERSON: "Contact",
    Part.ORGANIZATION: "Organization",
    Part.DEALS: "Deals",
    Part.DEAL_NOTES: "Notes of deals",
    Part.ACTIVITIES: "Activities",
    Part.DEAL_ACTIVITIES: "Activities of deals",
    Part.NOTES: "Notes",
    Part.NAMES: "Names behind fields",
    Part.LISTS: "The account's fields",
}


def contact_card(known: Known, reader: Reader) -> Card:
    """The card of a contact. `known.person` is somebody: nobody has the card of pages.none."""
    voice = voice_of(reader)
    drawn = [_bounded(_drawn(kind, known, voice), known) for kind in ordered(known)]
    return _framed(known, voice, tuple(section for section in drawn if section is not None))


def section_card(known: Known, reader: Reader, *, section: str, start: int = 0) -> Card:
    """One section alone, whole, from its thing number `start`; an unknown one gives the card."""
    kind = sections().get(section)
    voice = voice_of(reader)
    drawn = _drawn(kind, known, voice) if kind is not None else None
    if drawn is None:
        return contact_card(known, reader)
    rest = _from(drawn, start)
    left = known.left_out.get(section, 0)
    last = max(start, 0) + len(rest.items)
    alone = msgspec.structs.replace(
        rest, shown=0, left_out=left, more=more_of(known, section, last)
    )
    return _framed(known, voice, (alone,))


def deal_card(known: Known, reader: Reader, *, deal: int, start: int = 0) -> Card:
    """One deal with all its notes and activities, from its line number `start`."""
    found = next((one for one in known.deals if one.id == deal), None)
    if found is None:
        return contact_card(known, reader)
    voice = voice_of(reader)
    widgets = tuple(deal_widgets(found, known, voice, most=None))
    rest = _from(Section(key="deals", title=voice.say("Deal"), widgets=widgets), start)
    extra = {"start": str(max(start, 0) + len(rest.items))}
    target = Target(op=op(known, "deal", kind="deal", record=deal, extra=extra))
    return _framed(known, voice, (msgspec.structs.replace(rest, more=target),))


def menu(voice: Voice, *, connection: int, address: str) -> tuple[Button, ...]:
    """What stands in the head of every card."""
    refresh = Op(name="refresh", connection=connection, address=address)
    settings = Op(name="settings", connection=connection)
    return (
        Button(label=voice.say("Refresh"), target=Target(op=refresh)),
        Button(label=voice.say("Connectors and settings"), target=Target(op=settings)),
    )


def _framed(known: Known, voice: Voice, shown: tuple[Section, ...]) -> Card:
    person = known.person
    name = (person.name if person else "") or known.address
    organization = names.organization_name(known, person.org_id if person else None)
    subtitle = voice.joined((organization, known.address))
    again = op(known, "refresh", kind="person", record=person.id if person else "")
    bar = (
        Button(label=voice.say("Refresh"), target=Target(op=again)),
        *menu(voice, connection=known.connection, address=known.address)[1:],
    )
    return Card(
        name="contact",
        header=Header(title=name, subtitle=subtitle),
        sections=shown or (_empty(voice),),
        language=voice.language,
        menu=bar,
    )


def _empty(voice: Voice) -> Section:
    return Section(key="empty", widgets=(Row(text=voice.say("Nothing to show.")),))


def _drawn(kind: SectionKind, known: Known, voice: Voice) -> Section | None:
    drawn = kind.draw(known, voice)
    lacking = [part for part, of in _PART_OF.items() if of == kind.key and part in known.missing]
    lacking = [part for part in lacking if str(part) not in known.sections_off]
    if kind.key == "summary" and Part.PERSON in known.missing:
        lacking.append(Part.PERSON)
    if drawn is None and not lacking:
        return None
    rows = tuple(_missing(part, known, voice) for part in lacking)
    base = drawn or Section(key=kind.key, title=voice.say(kind.label), widgets=())
    if not rows:
        return base
    items = base.items or (1,) * len(base.widgets)
    return msgspec.structs.replace(
        base,
        widgets=rows + base.widgets,
        items=(1,) * len(rows) + items,
        shown=base.shown + len(rows) if base.shown else 0,
    )


def _missing(part: Part, known: Known, voice: Voice) -> Row:
    person = known.person.id if known.person else ""
    again = op(known, "refresh", kind="person", record=person)
    what = voice.say(_PART_NAMES[part])
    return Row(
        text=voice.say("{what}: could not be loaded", what=what),
        below=known.missing[part],
        icon="warning",
        icon_label=voice.say("Missing"),
        tone=Tone.BAD,
        button=Button(label=voice.say("Try again"), target=Target(op=again)),
    )


def _bounded(drawn: Section | None, known: Known) -> Section | None:
    if drawn is None:
        return None
    limit = _FIRST.get(drawn.key, 0)
    left = known.left_out.get(drawn.key, 0)
    kept = drawn
    if limit and len(drawn.items) > limit:
        left += len(drawn.items) - limit
        kept = _until(drawn, limit)
    things = len(kept.items or kept.widgets)
    return msgspec.structs.replace(kept, left_out=left, more=more_of(known, drawn.key, things))


def _until(section: Section, things: int) -> Section:
    items = section.items[:things]
    widgets = section.widgets[: sum(items)]
    shown = section.shown if section.shown < len(widgets) else 0
    return msgspec.structs.replace(section, items=items, widgets=widgets, shown=shown)


def _from(section: Section, start: int) -> Section:
    every = section.items or (1,) * len(section.widgets)
    items = every[min(max(start, 0), max(len(every) - 1, 0)) :]
    skipped = len(section.widgets) - sum(items)
    return msgspec.structs.replace(section, items=items, widgets=section.widgets[skipped:])
