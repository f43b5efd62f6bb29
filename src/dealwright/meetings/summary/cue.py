"""Cues: the words of a language by which an extract knows what matters (MEETINGS 3.3)."""

import re
from typing import Final

import msgspec

#: Words, and the sign of an English “I’ll”, in small letters.
WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|'[^\W\d_]+|\d+(?:[.,:]\d+)*")


class Cues(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The cues of one language, in small letters; a stem stands for all words that begin with it.

    `chatter` carries nothing; `common` are words by which a language is told from others. `terms`
    weigh; `numbers` and `dates` too. A promise is a word of `me` or `we` beside one of `will` or
    `can` and a stem of `verbs` (its value is the kind of the step), or, where the present tense
    promises, beside the verb itself; a verb of the form `alone` needs no pronoun. `said_as` is
    replaced before the look-up.
    """

    code: str
    chatter: frozenset[str]
    common: frozenset[str]
    terms: dict[str, tuple[str, ...]]
    numbers: tuple[str, ...]
    dates: str
    me: frozenset[str]
    we: frozenset[str]
    you: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    will: frozenset[str] = frozenset()
    can: frozenset[str] = frozenset()
    verbs: dict[str, tuple[str, ...]] = {}
    weak: tuple[str, ...] = ()
    present: bool = False
    past: str = ""
    alone: str = ""
    said_as: tuple[tuple[str, str], ...] = ()
    never: str = ""
    negations: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """Words of a list in a text."""
    return frozenset(text.split())


def stems(text: str) -> tuple[str, ...]:
    """Stems of a list in a text."""
    return tuple(text.split())


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, apostrophes made even."""
    return WORD.findall(text.replace("’", "'").lower())
