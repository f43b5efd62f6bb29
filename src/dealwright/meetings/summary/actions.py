"""Next steps: a promise in the first person with a verb of doing, and the day that was named.

Source: MEETINGS 3.3: first-person commitment + action verb (+ date), the speaker is the owner.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from dealwright.meetings.summary.cue import Cues, tokens, words
from dealwright.meetings.summary.speech import CUES

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_BETWEEN: Final = words("to try also then just definitely gladly att också sen gärna även försöka")
_AFTER: Final = 7
_CLOSE: Final = 3
_ENOUGH: Final = 2


class Promise(msgspec.Struct, frozen=True):
    """A sentence that promises, what kind of step it is (code of a label), when ("" for unsaid)."""

    text: str
    kind: str
    due: str = ""
    weight: int = 0


def sentences(text: str) -> list[str]:
    """The sentences of an utterance."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def promises(text: str, cues: Cues) -> Iterator[Promise]:
    """The sentences of an utterance that promise something."""
    for sentence in sentences(text):
        found = _promise(sentence, cues)
        if found is not None:
            yield found


def in_our_words(text: str) -> str:
    """The code of a label that says what kind of step it is, without a word that was said."""
    kinds = [found.kind for cues in CUES.values() for found in promises(text, cues)]
    return f"step_{kinds[0]}" if kinds else "step_other"


def due_in(text: str, cues: Cues) -> str:
    """The day or time that a sentence names, as it was said; "" where it names none."""
    found = list(_dates(cues).finditer(text))
    return found[-1].group().strip() if found else ""


def _promise(sentence: str, cues: Cues) -> Promise | None:
    if sentence.endswith("?") or (cues.never and _never(cues).search(sentence)):
        return None
    heard = f"{sentence.replace('’', chr(39)).lower()} "
    for said, same in cues.said_as:
        heard = heard.replace(said, same)
    due = due_in(sentence, cues)
    best = max(_candidates(tokens(heard), cues), default=None)
    if best is None:
        return None
    weight, kind, has_you = best
    weight += bool(due) + has_you
    return Promise(sentence, kind, due, weight) if weight >= _ENOUGH else None


def _candidates(said: list[str], cues: Cues) -> Iterator[tuple[int, str, bool]]:
    has_you = any(word in cues.you for word in said)
    for place, word in enumerate(said):
        kind = _kind(word, cues) or _other_kind(said, place, cues)
        if kind is None or (place and said[place - 1] in cues.after_nouns):
            continue
        base = _backed(said, place, cues)
        if base is not None and not _is_denied(said, place, cues):
            yield base, kind, has_you and base > 0


def _backed(said: list[str], place: int, cues: Cues) -> int | None:
    """How firmly the verb at a place is promised: by a pronoun and a modal, or by itself."""
    word = said[place]
    is_weak = word in cues.weak or _kind(word, cues) is None
    for at in range(max(0, place - _reach(cues)), place):
        who = _who(said[at], cues)
        if who is None or any(other in cues.others - cues.you for other in said[at + 1 : place]):
            continue
        between = said[at + 1 : place] + said[max(0, at - 1) : at]
        if any(each in cues.will for each in between):
            return 2 + who - is_weak
        if any(each in cues.can for each in between) and not is_weak:
            return 1 + who
    return _present(said, place, cues) if cues.present else None


def _present(said: list[str], place: int, cues: Cues) -> int | None:
    word = said[place]
    if _kind(word, cues) is None or (cues.past and re.search(cues.past, word)):
        return None
    if any(other in cues.others - cues.you for other in said[max(0, place - _CLOSE) : place]):
        return None
    near = said[max(0, place - _CLOSE) : place], said[place + 1 : place + 2]
    subjects = [*near[0][-1:], *near[1], *near[0][-_CLOSE:-1]]
    for subject in subjects:
        who = _who(subject, cues)
        if who is not None:
            return 2 + who - (word in cues.weak)
    if cues.alone and re.search(cues.alone, word):
        return 2 - (word in cues.weak)
    return None


def _reach(cues: Cues) -> int:
    # German puts the verb at the end.
    return 2 * _AFTER if cues.language == "de" else _AFTER


def _who(word: str, cues: Cues) -> int | None:
    if word in cues.me:
        return 0
    return -1 if word in cues.we else None


def _kind(word: str, cues: Cues) -> str | None:
    return next((kind for kind, listed in cues.verbs.items() if word in listed), None)


def _other_kind(said: list[str], place: int, cues: Cues) -> str | None:
    """Any other verb right behind a word of `will`: “I'll also export …”."""
    if cues.idle is None or said[place] in cues.idle or said[place] in _BETWEEN:
        return None
    before = place - 1
    while before > 0 and said[before] in _BETWEEN:
        before -= 1
    return "other" if before >= 0 and said[before] in cues.will else None


def _is_denied(said: list[str], place: int, cues: Cues) -> bool:
    return any(word in cues.negations for word in said[max(0, place - 3) : place + 2])


@lru_cache(maxsize=16)
def _dates(cues: Cues) -> "re.Pattern[str]":
    return re.compile(rf"\b(?:{cues.dates})\b", re.IGNORECASE)


@lru_cache(maxsize=16)
def _never(cues: Cues) -> "re.Pattern[str]":
    return re.compile(cues.never, re.IGNORECASE)
