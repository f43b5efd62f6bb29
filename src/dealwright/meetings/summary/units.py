"""Units of an extract: utterances, long ones cut at sentences, each with the words that count."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.actions import sentences
from dealwright.meetings.summary.clean import clean
from dealwright.meetings.summary.cue import Cues, tokens, words
from dealwright.meetings.summary.injection import injected
from dealwright.meetings.summary.speech import stop_words

#: A longer utterance is several lines.
LONGEST: Final = 300
_PART: Final = 200
_FEWEST: Final = 3
_NOISE: Final = words("mm-hmm uh-huh mm-mm mm mhm mmm hm hmm uh uhm um eh ah oh ok okay")
#: A name inside of a sentence.
NAME: Final = re.compile(r"(?<=[\w,;] )[A-ZÅÄÖÜÉÕ][\w-]+")
_DIGIT: Final = re.compile(r"\d")


class Side(StrEnum):
    """On whose side a speaker is."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A line that may be quoted: who said it when, and its words without stop words."""

    text: str
    speaker: str
    at: float
    is_external: bool
    content: tuple[str, ...]

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def quotable(segments: Sequence[Segment]) -> list[Segment]:
    """The utterances that look like people talking to people, with clean text."""
    hostile = injected(segments)
    kept: list[Segment] = []
    for place, segment in enumerate(segments):
        text = clean(segment.text).replace("\n", " ").strip()
        if place not in hostile and text:
            kept.append(msgspec.structs.replace(segment, text=text))
    return kept


def units_of(segments: Sequence[Segment], cues: Cues, sides: Mapping[str, Side]) -> Iterator[Unit]:
    """The units of utterances, back-channel words left out."""
    for segment in segments:
        parts = [segment.text] if len(segment.text) <= LONGEST else _parts(segment.text)
        for text in parts:
            said = trimmed(text, cues)
            if said:
                yield Unit(
                    text=said,
                    speaker=segment.speaker,
                    at=segment.start,
                    is_external=sides.get(segment.speaker) is Side.EXTERNAL,
                    content=content_of(said, cues),
                )


def is_chatter(text: str, cues: Cues) -> bool:
    """Whether an utterance is made of back-channel words alone."""
    said = tokens(text)
    return all(word in cues.chatter or word in _NOISE for word in said)


def has_content(unit: Unit, cues: Cues) -> bool:
    """Whether a unit has enough words that say something; a cue or a name is one more."""
    if len(unit.content) >= _FEWEST:
        return True
    said = tokens(unit.text)
    has_cue = any(word in stems for stems in cues.terms.values() for word in said)
    return len(unit.content) == _FEWEST - 1 and (has_cue or NAME.search(unit.text) is not None)


def content_of(text: str, cues: Cues) -> tuple[str, ...]:
    """The words that count: no stop words and no chatter, but every number."""
    stop = stop_words(cues.language) | cues.common
    return tuple(word for word in tokens(text) if _counts(word, stop, cues))


def trimmed(text: str, cues: Cues) -> str:
    """A line without sentences of mere chatter at its ends ("Perfect. I'll …")."""
    said = sentences(text)
    while said and is_chatter(said[0], cues):
        said.pop(0)
    while said and is_chatter(said[-1], cues):
        said.pop()
    opening, comma, rest = " ".join(said).partition(", ")
    starts_anew = comma and rest[:1].isupper()
    return rest if starts_anew and is_chatter(opening, cues) else " ".join(said)


def _counts(word: str, stop: frozenset[str], cues: Cues) -> bool:
    if _DIGIT.search(word) or word in cues.numbers:
        return True
    return len(word) > 2 and word not in stop and word not in cues.chatter


def _parts(text: str) -> list[str]:
    made: list[str] = []
    for sentence in sentences(text):
        if made and len(made[-1]) + len(sentence) < _PART:
            made[-1] = f"{made[-1]} {sentence}"
        else:
            made.append(sentence if len(sentence) <= 2 * LONGEST else f"{sentence[: 2 * LONGEST]}…")
    return made
