"""What is taken out of a transcript before a model outside sees it: cards, IBANs, e-mail, phone.

Source: MEETINGS 3.5.
"""

import re
from collections.abc import Callable
from typing import Final

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{3,4}){3,8}(?:[ -]?[A-Z0-9]{1,4})?\b")
_LONG_NUMBER: Final = re.compile(r"(?<![\w.])\+?\(?\d[\d ()./-]{5,22}\d(?!\w)")
_DAY: Final = re.compile(r"(?:19|20)\d\d[-/. ]\d\d?[-/. ]\d\d?|\d\d?[-/. ]\d\d?[-/. ](?:19|20)\d\d")


def redacted(text: str) -> str:
    """The text with `[email]`, `[iban]`, `[card]` and `[phone]` in place of such numbers."""
    text = _EMAIL.sub("[email]", text)
    text = _IBAN.sub("[iban]", text)
    return _LONG_NUMBER.sub(_kind, text)


def without_contacts(text: str, *, known: Callable[[str], bool]) -> str:
    """The text without e-mail addresses and phone numbers, but for those that are known."""
    text = _EMAIL.sub(lambda found: found[0] if known(found[0]) else "", text)
    return _LONG_NUMBER.sub(
        lambda found: "" if _kind(found) != found[0] and not known(found[0]) else found[0], text
    )


def digits_of(text: str) -> str:
    """The digits of a text."""
    return "".join(char for char in text if char.isdecimal())


def _kind(found: "re.Match[str]") -> str:
    digits = digits_of(found[0])
    if 13 <= len(digits) <= 19 and _is_card(digits):
        return "[card]"
    is_phone = found[0].startswith(("+", "00")) or len(digits) >= 9 or digits.startswith("0")
    if is_phone and len(digits) >= 7 and not _DAY.fullmatch(found[0]):
        return "[phone]"
    return found[0]


def _is_card(digits: str) -> bool:
    """Luhn's sum."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0
