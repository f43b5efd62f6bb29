"""Background: the notes of a contact with their formatting, pinned ones first."""

from dealwright.cards import links
from dealwright.cards.card import Section
from dealwright.cards.known import Known, Part
from dealwright.cards.noteparts import note_widgets
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice


def draw(known: Known, voice: Voice) -> Section | None:
    """The notes, pinned first, then the newest."""
    if known.person is None or not known.notes:
        return None
    link = links.record_url(known.company, "person", known.person.id)
    newest = sorted(known.notes, key=lambda note: note.add_time or "", reverse=True)
    ranked = sorted(newest, key=lambda note: not note.pinned_to_person_flag)
    groups = [
        note_widgets(note, known, voice, pinned=note.pinned_to_person_flag, link=link)
        for note in ranked
    ]
    total = len(known.notes) + known.left_out.get("notes", 0)
    title = voice.say("Background (notes: {count})", count=voice.count(total))
    return itemised("notes", title, groups, folded_after=1)


SECTION = SectionKind(
    key="notes",
    label="Notes",
    place=40,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.NOTES}),
)
