"""Recent product events of the contact, as this hub received them."""

from dealwright.cards.card import Row, Section, Widget
from dealwright.cards.known import Known
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice


def draw(known: Known, voice: Voice) -> Section | None:
    """A row an event, the newest first."""
    if not known.events:
        return None
    newest = sorted(known.events, key=lambda one: one.at, reverse=True)
    groups: list[list[Widget]] = [
        [
            Row(
                text=voice.say(one.name or "Event"),
                below=f"{voice.moment(one.at)} ({voice.ago(one.at)})",
                icon="STAR",
                icon_label=voice.say("Event"),
            )
        ]
        for one in newest
    ]
    return itemised("events", voice.say("Recent product events"), groups, folded_after=2)


SECTION = SectionKind(key="events", label="Recent product events", place=90, draw=draw)
