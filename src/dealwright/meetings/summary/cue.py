"""Cues: the words of a language by which an extract knows what matters (MEETINGS 3.3)."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

#: Words, and the sign of an English “I’ll”, in small letters.
WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|'[^\W\d_]+|\d+(?:[.,:]\d+)*")


class Stems:
    """Beginnings of words; one of three letters or fewer is a whole word."""

    __slots__ = ("_longer", "_whole")

    def __init__(self, listed: Iterable[str] = ()) -> None:
        self._whole = frozenset(listed)
        self._longer = tuple(stem for stem in self._whole if len(stem) > 3)

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._longer)


class Cues(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The cues of one language, in small letters; a stem stands for all words that begin with it.

    `chatter` carries nothing; `common` are words by which a language is told from others. `terms`
    weigh; `numbers` and `dates` too. A promise is a word of `me` or `we` beside one of `will` or
    `can` and a stem of `verbs` (its value is the kind of the step), or, where the present tense
    promises, beside the verb itself; a verb of the form `alone` needs no pronoun. A `weak` verb
    promises something only with a day or with `you`, and so does any other word that follows
    `will`, where `idle` are those that do not; after a word of `after_nouns` it is a noun.
    `said_as` is replaced before the look-up, and a sentence that `never` fits promises nothing.
    """

    language: str
    chatter: frozenset[str]
    common: frozenset[str]
    terms: dict[str, Stems]
    numbers: Stems
    dates: str
    me: frozenset[str]
    we: frozenset[str]
    you: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    will: frozenset[str] = frozenset()
    can: frozenset[str] = frozenset()
    verbs: dict[str, Stems] = {}
    weak: Stems = Stems()
    idle: Stems | None = None
    present: bool = False
    past: str = ""
    alone: str = ""
    said_as: tuple[tuple[str, str], ...] = ()
    never: str = ""
    after_nouns: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """Words of a list in a text."""
    return frozenset(text.split())


def stems(text: str) -> Stems:
    """Stems of a list in a text."""
    return Stems(text.split())


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, apostrophes made even."""
    return WORD.findall(text.replace("’", "'").lower())
