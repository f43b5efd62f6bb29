"""SRT: the transcript as numbered subtitles."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.clean import visible

_LAST_S: Final = 5.0
_SHORTEST_S: Final = 0.5


def srt_of(segments: Sequence[Segment]) -> str:
    r"""A transcript as SRT, a subtitle for each utterance, in the order of time.

    >>> srt_of([Segment(start=1.0, end=4.0, speaker="Ada", text="Yes.")])
    '1\n00:00:01,000 --> 00:00:04,000\nAda: Yes.\n'
    """
    ordered = sorted(segments, key=lambda one: one.start)
    told = [
        f"{number}\n{_stamp(one.start)} --> {_stamp(_end(one, following))}\n{_line(one)}\n"
        for number, (one, following) in enumerate(_with_next(ordered), start=1)
    ]
    return "\n".join(told)


def _with_next(segments: Sequence[Segment]) -> list[tuple[Segment, Segment | None]]:
    pairs: list[tuple[Segment, Segment | None]] = list(pairwise(segments))
    return [*pairs, (segments[-1], None)] if segments else []


def _end(one: Segment, following: Segment | None) -> float:
    usual = one.start + _LAST_S if following is None else following.start
    return max(one.end or usual, one.start + _SHORTEST_S)


def _line(one: Segment) -> str:
    # An empty line ends a subtitle: whatever was said is one line.
    who, said = (" ".join(visible(text).split()) for text in (one.speaker, one.text))
    return f"{who}: {said or '…'}" if who else said or "…"


def _stamp(seconds: float) -> str:
    whole = max(0, round(seconds * 1000))
    minutes, ms = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02},{ms % 1000:03}"
