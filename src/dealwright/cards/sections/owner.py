"""The contact's owner: name, e-mail, and whether they are still active."""

from dealwright.cards import links, names
from dealwright.cards.card import Button, Row, Section, Target, Tone
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind, may, on_person
from dealwright.cards.voice import Voice


def draw(known: Known, voice: Voice) -> Section | None:
    """One row; another owner can be chosen where the reader may."""
    if known.person is None or known.person.owner_id is None:
        return None
    owner = names.member(known, known.person.owner_id)
    active = owner is None or owner.active_flag
    state = (voice.say("Active") if active else voice.say("Inactive")) if owner else ""
    change = Target(op=on_person(known, "owner_form"))
    email = (owner.email or "") if owner else ""
    row = Row(
        label=state or voice.say("Owner"),
        text=names.member_name(known, voice, known.person.owner_id),
        below=email,
        icon="PERSON",
        icon_label=voice.say("Owner"),
        tone=Tone.PLAIN if active else Tone.BAD,
        link=links.mail_url(email),
        button=Button(label=voice.say("Change"), target=change)
        if may(known, voice, "update")
        else None,
    )
    return Section(key="owner", title=voice.say("Contact owner"), widgets=(row,))


SECTION = SectionKind(
    key="owner",
    label="Contact owner",
    place=70,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.LISTS}),
)
