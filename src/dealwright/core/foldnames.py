"""Foldnames: names of people and of organizations, so that spellings of one name come out alike."""

import re
import unicodedata
from typing import Final

from rapidfuzz.fuzz import token_sort_ratio

#: How alike two names are (0 to 100) that are taken for spellings of one: a letter or two of ten.
NEAR: Final = 85.0

# Letters that Unicode does not take apart, as passports write them (ICAO Doc 9303, part 3).
_SOUNDS: Final = {
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "œ": "oe",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",  # noqa: RUF001 - letters that look alike are the point
    "ħ": "h",
    "ŋ": "n",
    **dict(zip("абвгдезийклмнопрстуфыэіґ", "abvgdeziiklmnoprstufyeig", strict=True)),
    "ж": "zh",
    "х": "kh",  # noqa: RUF001 - the same
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
    "ё": "e",
    "є": "ie",
    "ї": "i",
    "ў": "u",
    **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
    "θ": "th",
    "χ": "ch",
    "ψ": "ps",
}
_LETTERS: Final = str.maketrans(_SOUNDS)
_JOINED: Final = re.compile(r"(?<=\w)[.'’/](?=\w)|(?<=\w)\.(?=\s|$)")
_WORDS: Final = re.compile(r"\w+")

_BY_LAW: Final = """
    ab ag aps as asa bv co company corp corporation doo eood eurl ev gbr gmbh inc incorporated kft
    kg kk limited llc llp ltd ltda nv oao ohg ooo ou oy oyj plc pte pty sa sae sarl sas se sia sl
    spa sro srl spzoo tov uab ug zao
"""
#: What an organization is by law, which people write or leave out.
_FORMS: Final = frozenset(_BY_LAW.split())
#: Those that also stand before the name.
_BEFORE: Final = frozenset({"as", "ou", "ooo", "oy", "uab", "sia", "zao", "oao", "tov"})
_BETWEEN: Final = frozenset({"and", "und", "et"})


def folded_name(name: str) -> str:
    """The words of a name in small Latin letters without accents; "" where there are none."""
    text = _JOINED.sub("", name.casefold())
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(_WORDS.findall(plain.translate(_LETTERS)))


def folded_organization(name: str) -> str:
    """The same of an organization, without its legal form and “and”; never nothing of something."""
    text = folded_name(name).replace(" sp z oo", " spzoo")
    words = [word for word in text.split() if word not in _BETWEEN]
    kept = list(words)
    while len(kept) > 1 and kept[-1] in _FORMS:
        kept.pop()
    if len(kept) > 1 and kept[0] in _BEFORE:
        kept.pop(0)
    return " ".join(kept)


def are_near(one: str, other: str) -> bool:
    """Whether two folded names may be spellings of one; the order of words does not count."""
    return bool(one and other) and token_sort_ratio(one, other) >= NEAR
