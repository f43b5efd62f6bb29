"""Who speaks in a line of a transcript: `Name: text`, and runs of one speaker made one segment."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dealwright.meetings.meeting import Segment

#: A name is short, begins as one, and holds no sentence: "Remember: …" is judged by `speak_up`.
_NAMED: Final = re.compile(
    r"(?P<name>[^\W_][^:;?!<>\n]{0,59}|\+\d[\d ()-]{5,20})\s?:\s+(?P<text>\S.*)", re.DOTALL
)
_MOST_WORDS: Final = 6
#: In this share of all lines a name must stand, or the colons are no names.
_LEAST_SHARE: Final = 0.4
_SENTENCE: Final = re.compile(r"[^\W\d]{4,}\. ")


def named(text: str) -> tuple[str, str] | None:
    """A line taken apart into who and what, if it can be read so."""
    hit = _NAMED.fullmatch(text.strip())
    if hit is None:
        return None
    name = " ".join(hit["name"].split())
    first = name[0]
    begins = first.isdigit() or first == "+" or not first.islower()
    if not begins or len(name.split()) > _MOST_WORDS or _SENTENCE.search(name):
        return None
    return name, hit["text"].strip()


def speak_up(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments with the names that stand in their texts, where such names are the habit."""
    found = [None if segment.speaker else named(segment.text) for segment in segments]
    silent = sum(not segment.speaker for segment in segments)
    if silent == 0 or sum(hit is not None for hit in found) < _LEAST_SHARE * silent:
        return tuple(segments)
    return tuple(
        segment if hit is None else msgspec.structs.replace(segment, speaker=hit[0], text=hit[1])
        for segment, hit in zip(segments, found, strict=True)
    )


def runs(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Consecutive cues of one named speaker made one; those of nobody stay as they come."""
    found: list[Segment] = []
    texts: list[list[str]] = []
    for segment in segments:
        if found and segment.speaker and found[-1].speaker == segment.speaker:
            texts[-1].append(segment.text)
            found[-1] = msgspec.structs.replace(found[-1], end=segment.end)
        else:
            found.append(segment)
            texts.append([segment.text])
    return tuple(
        msgspec.structs.replace(segment, text=" ".join(parts))
        for segment, parts in zip(found, texts, strict=True)
    )
