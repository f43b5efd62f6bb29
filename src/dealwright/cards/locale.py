"""Locales and zones: which of those that are wished can be used.

Babel takes `en-US; DROP` for `en` without complaint, so that tags are read strictly first.
"""

import re
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError

from dealwright.core.zone import zone_of

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LONGEST: Final = 35
_UTC_NAMES: Final = frozenset({"UTC", "GMT", "Z", "ETC/UTC"})
_QUALITY: Final = re.compile(r"q=([01](?:\.\d{0,3})?)", re.IGNORECASE)


@lru_cache(maxsize=512)
def locale_of(tag: str) -> Locale | None:
    """What Babel knows of a tag, of its language alone where the rest is unknown; None of junk."""
    if len(tag) > _LONGEST or not _TAG.fullmatch(tag):
        return None
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def choose_locale(*wanted: str, default: str = "en-GB") -> str:
    """The first tag that can be used; `default` where none can."""
    # The default is looked at too: from here on this locale is known, and read from no file.
    known = (tag for tag in (*wanted, default) if tag and locale_of(tag) is not None)
    return next(known, default)


def choose_zone(*wanted: str, default: str = "UTC") -> str:
    """The first name that is a zone; `default` where none is."""
    known = (name for name in wanted if name and _is_zone(name))
    return next(known, default)


def accept_language(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language header, best first."""
    found: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, rest = part.strip().partition(";")
        quality = _QUALITY.search(rest)
        found.append((float(quality[1]) if quality else 1.0, tag.strip()))
    return tuple(tag for quality, tag in sorted(found, key=lambda one: -one[0]) if tag and quality)


def direction(tag: str) -> str:
    """`rtl` of a language that is written from right to left, else `ltr`."""
    locale = locale_of(tag)
    return "rtl" if locale is not None and locale.character_order == "right-to-left" else "ltr"


def _is_zone(name: str) -> bool:
    return name.upper() in _UTC_NAMES or str(zone_of(name)) == name
