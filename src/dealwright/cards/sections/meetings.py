"""Recent meetings with the contact, from the recorders that this hub listens to."""

from typing import Final

from dealwright.cards.card import Button, Row, Section, Target, Widget
from dealwright.cards.known import Known
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice

#: States of a meeting, by what stands before the colon.
_OUTCOMES: Final = {
    "synced": "Written to Pipedrive",
    "partial": "Partly written to Pipedrive",
    "pending": "Waits for its summary",
    "needs_review": "Waits for a decision",
    "skipped": "Not written to Pipedrive",
}


def draw(known: Known, voice: Voice) -> Section | None:
    """A row a meeting, the newest first."""
    if not known.meetings:
        return None
    newest = sorted(known.meetings, key=lambda one: one.at, reverse=True)
    groups: list[list[Widget]] = [
        [
            Row(
                label=voice.moment(one.at),
                text=one.title or voice.say("Meeting"),
                below=_outcome(one.state, voice),
                icon="VIDEO_CAMERA",
                icon_label=voice.say("Meeting"),
                button=Button(label=voice.say("Open"), target=Target(link=one.url))
                if one.url
                else None,
            )
        ]
        for one in newest
    ]
    return itemised("meetings", voice.say("Recent meetings"), groups, folded_after=2)


def _outcome(state: str, voice: Voice) -> str:
    """What became of it: of `needs_review:no_person` the first word, as people say it."""
    said = _OUTCOMES.get(state.partition(":")[0])
    return voice.say(said) if said else state


SECTION = SectionKind(key="meetings", label="Recent meetings", place=80, draw=draw)
