"""Captions: a transcript as WebVTT, for players that show what is said.

Source: https://www.w3.org/TR/webvtt1/#syntax. Whatever was said is text: `<`, `>` and `&` are
written as references, so that no line can end a cue or begin a tag.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.clean import visible

#: How long the last words stand where nobody tells when they ended.
_LAST_S: Final = 5.0
_SHORTEST_S: Final = 0.5


def vtt_of(segments: Sequence[Segment]) -> str:
    """A transcript as WebVTT, a cue for each utterance, in the order of time."""
    ordered = sorted(segments, key=lambda one: one.start)
    cues = (_cue(one, end) for one, end in zip(ordered, _ends(ordered), strict=True))
    return "\n\n".join(("WEBVTT", *cues)) + "\n"


def _ends(segments: Sequence[Segment]) -> Iterator[float]:
    for one, following in pairwise((*segments, None)):
        assert one is not None  # noqa: S101 - only the last of a pair is nobody's
        usual = one.start + _LAST_S if following is None else following.start
        yield max(one.end or usual, one.start + _SHORTEST_S)


def _cue(one: Segment, end: float) -> str:
    who = _text(one.speaker)
    said = _text(one.text) or "…"
    line = f"<v {who}>{said}" if who else said
    return f"{_stamp(one.start)} --> {_stamp(end)}\n{line}"


def _text(told: str) -> str:
    plain = " ".join(visible(told).split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(seconds: float) -> str:
    whole = max(0, round(seconds * 1000))
    minutes, ms = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}.{ms % 1000:03}"
