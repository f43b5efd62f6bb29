"""Speech: which language it is in, and its cues."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from dealwright.meetings.summary.cue import Cues, Stems, tokens
from dealwright.meetings.summary.cues import de, en, es, et, fr, sv

CUES: Final = {module.CUES.language: module.CUES for module in (en, sv, de, fr, es, et)}
#: For the languages without cues of their own: numbers, length, place and speaker remain.
NO_CUES: Final = Cues(
    language="",
    chatter=frozenset(),
    common=frozenset(),
    terms={},
    numbers=Stems(),
    dates=r"(?!)",
    me=frozenset(),
    we=frozenset(),
)
_LOOKED_AT: Final = 3_000


def cues_of(language: str, texts: Iterable[str]) -> Cues:
    """The cues of a BCP 47 tag; "" or und: of the language that the words look like."""
    primary = language.replace("_", "-").split("-")[0].lower()
    if primary in CUES:
        return CUES[primary]
    if primary not in {"", "und", "mul"}:
        return msgspec.structs.replace(NO_CUES, language=primary)
    return _looks_like(texts)


@lru_cache(maxsize=8)
def stop_words(code: str) -> frozenset[str]:
    """Words of a language that say nothing by themselves; none for a language not known."""
    # The lists of 58 languages are read when somebody is summarised, not at start.
    import stopwordsiso  # noqa: PLC0415

    return frozenset(stopwordsiso.stopwords(code)) if stopwordsiso.has_lang(code) else frozenset()


def _looks_like(texts: Iterable[str]) -> Cues:
    seen: list[str] = []
    for text in texts:
        seen.extend(tokens(text))
        if len(seen) > _LOOKED_AT:
            break
    known = {
        cues.language: cues.common | cues.chatter | cues.me | cues.we for cues in CUES.values()
    }
    best = max(known, key=lambda code: sum(word in known[code] for word in seen))
    return CUES[best] if any(word in known[best] for word in seen) else NO_CUES
