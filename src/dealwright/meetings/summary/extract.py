"""The local extract: what was said that matters, word by word, without model or network.

Being verbatim it invents nothing. At most 12 lines and 1,500 characters leave the hub, and above
30 utterances at most a fifth of the words (MEETINGS 3.3); next steps count with them.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from dealwright.meetings.meeting import ActionItem, Bullet, Origin, Section, Segment, Summary
from dealwright.meetings.summary import ranking
from dealwright.meetings.summary.actions import Promise, due_in, promises
from dealwright.meetings.summary.cue import Cues, tokens
from dealwright.meetings.summary.speech import cues_of
from dealwright.meetings.summary.units import (
    NAME,
    Side,
    Unit,
    has_content,
    is_chatter,
    quotable,
    units_of,
)

MAX_LINES: Final = 12
MAX_CHARACTERS: Final = 1_500
#: A transcript of so few utterances is kept, not ranked.
FEW: Final = 6
_MANY: Final = 30
_SHARE: Final = 0.38
_MOST_STEPS: Final = 6
_CENTRAL: Final = 0.3
_QUESTION: Final = 0.7
_WORDS_A_LINE: Final = 18
_RANKED: Final = 1_200
_TOPICS: Final = 6


class Room:
    """What of a transcript may still be quoted; `count` is how many lines should be."""

    def __init__(self, *, count: int, words: int) -> None:
        self.count = count
        self._lines, self._characters, self._words = MAX_LINES, MAX_CHARACTERS, words

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> "Room":
        """The room of a whole transcript."""
        said = sum(len(segment.text.split()) for segment in segments)
        count = MAX_LINES if len(segments) <= FEW else max(4, math.ceil(_SHARE * len(segments)))
        return cls(count=min(MAX_LINES, count), words=said // 5 if len(segments) > _MANY else said)

    @property
    def is_tight(self) -> bool:
        """Whether words are scarcer than lines: short lines are worth more then."""
        return self._words < MAX_LINES * _WORDS_A_LINE

    def take(self, text: str) -> bool:
        """Whether a line still fits; if so, it is counted."""
        count = len(text.split())
        if self._lines < 1 or len(text) > self._characters or count > self._words:
            return False
        self._lines -= 1
        self._characters -= len(text)
        self._words -= count
        return True


def extract(
    segments: Sequence[Segment], *, language: str = "", sides: Mapping[str, Side] | None = None
) -> Summary:
    """The lines of a transcript that matter, next steps and topics.

    `language` is BCP 47; "" lets the words tell. `sides`: on whose side each speaker is. Origin
    `none` with `why_none` where nothing was recorded, or nothing can be quoted. The same transcript
    gives the same Summary. 1,000 utterances take under 0.5 s of CPU.
    """
    if not segments:
        return Summary(origin=Origin.NONE, why_none="nothing_recorded")
    kept = quotable(segments)
    cues = cues_of(language, (segment.text for segment in kept))
    if len(segments) <= FEW:
        units = [
            unit for unit in units_of(kept, cues, sides or {}) if not is_chatter(unit.text, cues)
        ]
        return _summary(*_whole(units, cues), units=units, cues=cues, language=language)
    units = [
        unit
        for unit in units_of(kept, cues, sides or {})
        if has_content(unit, cues) or any(promises(unit.text, cues))
    ]
    lines, steps = _ranked(units, cues, room=Room.of(segments))
    return _summary(lines, steps, units=units, cues=cues, language=language)


def _whole(units: Sequence[Unit], cues: Cues) -> tuple[list[Unit], list[ActionItem]]:
    room = Room(count=MAX_LINES, words=MAX_CHARACTERS)
    lines = [unit for unit in units if room.take(unit.text)]
    return lines, [_step(unit, promise) for unit in lines for promise in promises(unit.text, cues)]


def _ranked(units: list[Unit], cues: Cues, *, room: Room) -> tuple[list[Unit], list[ActionItem]]:
    units = _heaviest(units, cues)
    alike = ranking.similarities([unit.content for unit in units])
    promised = _promised(units, cues)
    if room.is_tight:
        units = _promises_alone(units, promised)
    first = [n for n in promised if room.take(units[n].text)]
    scores = [
        round((_CENTRAL * central + _weight(unit, cues)) / _price(unit, room), 4)
        for unit, central in zip(units, ranking.centrality(alike), strict=True)
    ]
    picked = ranking.chosen(
        scores,
        alike,
        count=room.count - len(first),
        already=first,
        fits=lambda n: room.take(units[n].text),
    )
    lines = [units[n] for n in sorted({*first, *picked})]
    steps = [_step(units[n], promise) for n in first for promise in promised[n]]
    return lines, steps


def _heaviest(units: list[Unit], cues: Cues) -> list[Unit]:
    """At most so many units as can be compared with each other in time, in their order."""
    if len(units) <= _RANKED:
        return units
    order = sorted(range(len(units)), key=lambda n: (-_weight(units[n], cues), n))
    return [units[n] for n in sorted(order[:_RANKED])]


def _promises_alone(units: list[Unit], promised: dict[int, list[Promise]]) -> list[Unit]:
    made = list(units)
    for n, found in promised.items():
        text = " ".join(promise.text for promise in found)
        made[n] = msgspec.structs.replace(made[n], text=text)
    return made


def _price(unit: Unit, room: Room) -> float:
    return math.sqrt(max(6, unit.words) / 6) if room.is_tight else 1.0


def _promised(units: Sequence[Unit], cues: Cues) -> dict[int, list[Promise]]:
    """The places of the lines that promise something, the firmest of them, in their order."""
    found = [(n, list(promises(unit.text, cues))) for n, unit in enumerate(units)]
    made = [(n, each) for n, each in found if each]
    # What is agreed stands at the end of a meeting.
    made.sort(key=lambda each: (-max(promise.weight for promise in each[1]), -each[0]))
    return dict(sorted(made[:_MOST_STEPS]))


def _step(unit: Unit, promise: Promise) -> ActionItem:
    return ActionItem(text=promise.text, owner=unit.speaker, due=promise.due, at=unit.at)


def _weight(unit: Unit, cues: Cues) -> float:
    """What the cues say of a line: about 0 to 3."""
    said = tokens(unit.text)
    kinds = sum(any(word in stems for word in said) for stems in cues.terms.values())
    numbers = sum(word[0].isdigit() or word in cues.numbers for word in said)
    weight = 0.35 * min(kinds, 3) + 0.3 * min(numbers, 2) + 0.25 * bool(due_in(unit.text, cues))
    weight += 0.25 * min(len(NAME.findall(unit.text)), 2) + 0.2 * unit.is_external
    weight += 0.35 * min(1.0, len(unit.content) / 8)
    if unit.text.rstrip().endswith("?"):
        weight -= _QUESTION
    return weight


def _topics(units: Sequence[Unit], cues: Cues) -> tuple[str, ...]:
    """The words of several lines that are none of number, name or cue for a date."""
    seen: Counter[str] = Counter()
    for unit in units:
        seen.update(
            {
                word
                for word in unit.content
                if word.isalpha() and len(word) > 3 and word not in cues.numbers
            }
        )
    several = [(word, n) for word, n in seen.items() if n > 1]
    return tuple(
        word for word, _ in sorted(several, key=lambda each: (-each[1], each[0]))[:_TOPICS]
    )


def _summary(
    lines: Sequence[Unit],
    steps: Sequence[ActionItem],
    *,
    units: Sequence[Unit],
    cues: Cues,
    language: str,
) -> Summary:
    if not lines:
        return Summary(origin=Origin.NONE, why_none="nothing_said")
    moments = Section(
        title="key_moments",
        bullets=tuple(
            Bullet(text=unit.text, speaker=unit.speaker, at=unit.at, quote=True) for unit in lines
        ),
    )
    topics = _topics(units, cues)
    sections = (moments,)
    if topics:
        sections = (moments, Section(title="topics", bullets=(Bullet(text=", ".join(topics)),)))
    return Summary(
        origin=Origin.LOCAL,
        template="extract",
        language=language or cues.language,
        sections=sections,
        action_items=tuple(steps),
    )
