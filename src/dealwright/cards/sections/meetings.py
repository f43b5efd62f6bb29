"""Recent meetings with the contact, from the recorders that this hub listens to."""

from dealwright.cards.card import Button, Row, Section, Target, Widget
from dealwright.cards.known import Known
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice


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
                below=one.state,
                icon="VIDEO_CAMERA",
                icon_label=voice.say("Meeting"),
                button=Button(label=voice.say("Open"), target=Target(link=one.url))
                if one.url.startswith("https://")
                else None,
            )
        ]
        for one in newest
    ]
    return itemised("meetings", voice.say("Recent meetings"), groups, folded_after=2)


SECTION = SectionKind(key="meetings", label="Recent meetings", place=80, draw=draw)
