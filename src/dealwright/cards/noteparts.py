"""Notes as widgets: the text with its formatting, and a line that says who wrote it and when."""

from typing import Final

from dealwright.cards import names
from dealwright.cards.card import Rich, Text, Tone, Widget
from dealwright.cards.known import Known
from dealwright.cards.voice import Voice, moment_of
from dealwright.core.record import Note

_LINES: Final = 6


def note_widgets(
    note: Note, known: Known, voice: Voice, *, pinned: bool, link: str, lines: int = _LINES
) -> list[Widget]:
    """The two widgets of a note; `link` leads to the whole of one that has to be cut."""
    made = moment_of(note.add_time)
    author = names.member_name(known, voice, note.user_id) if note.user_id else ""
    day = voice.day(voice.local(made).date()) if made else ""
    words = (voice.joined((author, day), ", "), voice.say("pinned") if pinned else "")
    line = voice.joined(words) or voice.say("Note")
    body = Text(body=Rich(html=note.content), lines=lines, link=link)
    return [body, Text(body=line, tone=Tone.MUTED)]
