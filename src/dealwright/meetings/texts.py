"""Texts of Sources, made fit to be kept: what no store or page could hold is left out of them."""

import re
from collections.abc import Iterable
from typing import Final

#: Control characters but tab and line ends, and halves of surrogate pairs.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPACE: Final = re.compile(r"\s+")
_LONGEST_LINE: Final = 500
#: What recorders write, in small letters, where there is no name: it names nobody.
NO_NAMES: Final = frozenset({"", "none", "null", "n/a", "unknown", "anonymous"})


def block(written: str | None) -> str:
    """Running text with its lines; "" for none."""
    return _UNFIT.sub("", written or "").replace("\r\n", "\n").strip()


def line(written: str | None) -> str:
    """A title or a name: one line of at most 500 characters; "" for none."""
    return _SPACE.sub(" ", _UNFIT.sub(" ", written or "")).strip()[:_LONGEST_LINE].rstrip()


def addresses(written: Iterable[str | None]) -> tuple[str, ...]:
    """What of these may be e-mail addresses, as they stand: `None` and the like are not."""
    kept = (line(one) for one in written)
    return tuple(dict.fromkeys(one for one in kept if "@" in one))


def address(*written: str | None) -> str:
    """The first of these that may be an e-mail address; "" for none."""
    return next(iter(addresses(written)), "")


def numbers(written: Iterable[str | None]) -> tuple[str, ...]:
    """What of these may be telephone numbers, as they stand: `anonymous` and the like are not."""
    kept = (line(one) for one in written)
    return tuple(dict.fromkeys(one for one in kept if any(char.isdigit() for char in one)))
