"""The other Connections, each with how it stands and the button that helps."""

from dealwright.cards.card import Section, Widget
from dealwright.cards.known import Known
from dealwright.cards.rows import connector_row
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice


def draw(known: Known, voice: Voice) -> Section | None:
    """A row a Connection."""
    if not known.others:
        return None
    groups: list[list[Widget]] = [
        [connector_row(one, known.address, voice)] for one in known.others
    ]
    title = voice.say("Other connectors")
    return itemised("connectors", title, groups, folded_after=len(groups))


SECTION = SectionKind(
    key="connectors", label="Other connectors", place=110, draw=draw, optional=False
)
