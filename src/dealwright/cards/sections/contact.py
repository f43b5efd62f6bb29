"""General information of a contact: name, organization, addresses, numbers, status and dates."""

from typing import Final

from dealwright.cards import links, names
from dealwright.cards.card import Button, Row, Section, Target
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind
from dealwright.cards.voice import Voice, moment_of
from dealwright.core.record import Labelled, Person

_MAILS: Final = {"work": "Work e-mail", "home": "Home e-mail", "other": "Other e-mail"}
_PHONES: Final = {
    "work": "Work phone", "home": "Home phone", "mobile": "Mobile phone", "other": "Other phone",
}  # fmt: skip
_VISIBLE: Final = {
    1: "Visible to: owner",
    3: "Visible to: entire company",
    5: "Visible to: owner's group",
    7: "Visible to: entire company",
}


def draw(known: Known, voice: Voice) -> Section | None:
    """Everything basic; status and dates are behind the fold."""
    person = known.person
    if person is None:
        return None
    rows = [_name(person, known, voice), *_organization(person, known, voice)]
    rows += [_mail(one, voice) for one in _primary_first(person.emails)]
    rows += [_phone(one, voice) for one in _primary_first(person.phones)]
    shown = len(rows)
    rows += [_status(person, voice), *_dates(person, voice)]
    return Section(key="contact", title=voice.say("Contact"), widgets=tuple(rows), shown=shown)


def _name(person: Person, known: Known, voice: Voice) -> Row:
    opened = Target(link=links.record_url(known.company, "person", person.id))
    return Row(
        label=voice.say("Name"),
        text=person.name or voice.say("Person {id}", id=person.id),
        icon="PERSON",
        icon_label=voice.say("Name"),
        button=Button(label=voice.say("Edit"), target=opened),
    )


def _organization(person: Person, known: Known, voice: Voice) -> list[Row]:
    if person.org_id is None:
        return []
    name = names.organization_name(known, person.org_id)
    opened = Target(link=links.record_url(known.company, "organization", person.org_id))
    return [
        Row(
            label=voice.say("Organization"),
            text=name or voice.say("Organization {id}", id=person.org_id),
            icon="STORE",
            icon_label=voice.say("Organization"),
            button=Button(label=voice.say("Open"), target=opened),
        )
    ]


def _primary_first(values: tuple[Labelled, ...]) -> list[Labelled]:
    set_ones = [one for one in values if one.value.strip()]
    return sorted(set_ones, key=lambda one: not one.primary)


def _mail(one: Labelled, voice: Voice) -> Row:
    kind = (one.label or "").lower() if (one.label or "").lower() in _MAILS else "other"
    return Row(
        label=voice.say(_MAILS[kind]) if kind != "other" or not one.label else one.label,
        text=one.value,
        link=links.mail_url(one.value),
        icon=f"mail-{kind}",
        icon_label=voice.say(_MAILS[kind]),
        mark="primary" if one.primary else "",
        mark_label=voice.say("Primary") if one.primary else "",
    )


def _phone(one: Labelled, voice: Voice) -> Row:
    kind = (one.label or "").lower() if (one.label or "").lower() in _PHONES else "other"
    shown, link = links.phone(one.value, voice.reader.region)
    return Row(
        label=voice.say(_PHONES[kind]) if kind != "other" or not one.label else one.label,
        text=shown,
        link=link,
        icon=f"phone-{kind}",
        icon_label=voice.say(_PHONES[kind]),
        mark="primary" if one.primary else "",
        mark_label=voice.say("Primary") if one.primary else "",
    )


def _status(person: Person, voice: Voice) -> Row:
    visible = _VISIBLE.get(person.visible_to or 0, "")
    return Row(
        label=voice.say("Status"),
        text=voice.say("Deleted") if person.is_deleted else voice.say("Active"),
        below=voice.say(visible) if visible else "",
        icon="MEMBERSHIP",
        icon_label=voice.say("Status"),
    )


def _dates(person: Person, voice: Voice) -> list[Row]:
    dates = (("Created", person.add_time), ("Last edited", person.update_time))
    return [
        Row(
            label=voice.say(label),
            text=voice.moment(moment_of(written)),
            icon="CLOCK",
            icon_label=voice.say(label),
        )
        for label, written in dates
        if moment_of(written) is not None
    ]


SECTION = SectionKind(
    key="contact",
    label="Contact",
    place=20,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.ORGANIZATION}),
    optional=False,
)
