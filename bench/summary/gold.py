"""Gold meetings: a transcript, a summary by hand, the facts and the next steps in it."""

import os
from pathlib import Path
from typing import Final

import msgspec

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.units import Side

HERE: Final = Path(__file__).parent


class GoldSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One utterance of a gold transcript."""

    start: float
    end: float
    speaker: str
    side: Side
    text: str


class Gold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One case of `summary_eval`; `actions` are pairs of owner and phrase."""

    id: str
    synthetic: bool
    language: str
    conversation_type: str
    duration_seconds: float
    segments: tuple[GoldSegment, ...]
    reference: str
    facts: tuple[str, ...]
    must_not: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...]

    @property
    def transcript(self) -> tuple[Segment, ...]:
        """The utterances as a Meeting has them."""
        return tuple(
            Segment(start=each.start, end=each.end, speaker=each.speaker, text=each.text)
            for each in self.segments
        )

    @property
    def sides(self) -> dict[str, Side]:
        """On whose side each speaker is."""
        return {each.speaker: each.side for each in self.segments}


def sets() -> dict[str, list[Gold]]:
    """The cases by set: ours, and `summary_eval` of the folder in DEALWRIGHT_MEETING_FIXTURES."""
    found = {"gold": HERE / "gold", "eval": HERE / "eval", "held out": HERE / "held_out"}
    other = os.environ.get("DEALWRIGHT_MEETING_FIXTURES")
    if other:
        found["fixtures"] = Path(other) / "summary_eval"
    return {name: read(folder) for name, folder in found.items() if any(folder.glob("*.json"))}


def read(folder: Path) -> list[Gold]:
    """The cases of a folder, by name."""
    return [
        msgspec.json.decode(path.read_bytes(), type=Gold, strict=False)
        for path in sorted(folder.glob("*.json"))
    ]
