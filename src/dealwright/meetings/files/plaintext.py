"""Plain text: `Name: …`, `[00:01:02] Name: …`, and Otter's header lines `Name  0:12`."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from dealwright.meetings.files.speakers import named
from dealwright.meetings.meeting import Segment
from dealwright.meetings.moments import clock_seconds
from dealwright.meetings.texts import block, line

_CLOCK: Final = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,6})?"
_TIMED: Final = re.compile(rf"[\[(]?(?P<at>{_CLOCK})[\])]?(?:\s*[-–|]\s*|\s+)(?P<rest>\S.*)")
_HEADER: Final = re.compile(rf"(?P<name>[^\W_][^:\n]{{0,59}}?)\s+[\[(]?(?P<at>{_CLOCK})[\])]?\s*")
_LEAST_SHARE: Final = 0.4


class _Line(NamedTuple):
    text: str
    speaker: str = ""
    at: float | None = None
    is_header: bool = False


def read_text(text: str) -> tuple[Segment, ...]:
    """The segments of a plain text.

    Where speakers are named, a line without a name goes on with what was said; where none is, each
    line is an utterance of nobody.
    """
    lines = [_taken_apart(part) for part in block(text).split("\n") if part.strip()]
    told = sum(bool(one.speaker) for one in lines)
    if any(one.is_header for one in lines) or told >= _LEAST_SHARE * len(lines) > 0:
        return tuple(_with_speakers(lines))
    return tuple(_of_nobody(block(text)))


def _taken_apart(written: str) -> _Line:
    text = line(written) if len(written) < 200 else written.strip()
    if hit := _HEADER.fullmatch(text):
        return _Line("", line(hit["name"]), clock_seconds(hit["at"]), is_header=True)
    at = None
    if hit := _TIMED.fullmatch(text):
        at, text = clock_seconds(hit["at"]), hit["rest"]
    said = named(text)
    return _Line(text, at=at) if said is None else _Line(said[1], said[0], at)


def _with_speakers(lines: list[_Line]) -> Iterator[Segment]:
    speaker, start, parts = "", 0.0, list[str]()
    for one in lines:
        if one.speaker or one.at is not None:
            if parts:
                yield Segment(start=start, speaker=speaker, text=" ".join(parts))
            speaker, parts = one.speaker, []
            start = start if one.at is None else one.at
        if one.text:
            parts.append(one.text)
    if parts:
        yield Segment(start=start, speaker=speaker, text=" ".join(parts))


def _of_nobody(text: str) -> Iterator[Segment]:
    start = 0.0
    for part in text.split("\n"):
        hit = _TIMED.fullmatch(part.strip())
        if hit:
            start = clock_seconds(hit["at"]) or start
        if told := hit["rest"] if hit else part.strip():
            yield Segment(start=start, text=told)
