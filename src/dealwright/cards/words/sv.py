"""The card's words."""

from typing import Final

WORDS: Final[dict[str, str]] = {}
