"""Contacts: addresses and numbers as recorders give them, made comparable."""

import re
from unicodedata import normalize

import idna
import phonenumbers

from dealwright.core import identifier
from dealwright.core.errors import MappingError
from dealwright.core.identifier import Identifier
from dealwright.meetings.texts import NO_NAMES

#: What stands in no address without quotes: a link or a script that poses as one.
_NO_LOCAL = re.compile(r"[\x00-\x20\x7f\"(),:;<>@\[\\\]]")
_NO_DOMAIN = re.compile(r"[^\w.-]")

#: What a device calls itself is no name either.
_DEVICES = frozenset({"iphone", "ipad"})


def clean_name(raw: str) -> str:
    """A name as people write it; "" for what stands for none, and for a number alone."""
    text = " ".join(normalize("NFC", raw).split())
    folded = text.casefold()
    if folded in NO_NAMES or folded in _DEVICES or _is_number(text):
        return ""
    return text


def clean_email(raw: str) -> str:
    """An address in lower case, its domain in Unicode; "" for what is none.

    Takes `Name <mail>`, `mailto:` and IDN in either form.
    """
    text = normalize("NFC", raw).strip()
    if "<" in text and text.endswith(">"):
        text = text[text.rindex("<") + 1 : -1]
    text = text.removeprefix("mailto:").removeprefix("MAILTO:").strip()
    try:
        found = identifier.email(text)
    except MappingError:
        return ""
    # Shown in small letters; what is compared is folded further (ß and ss are one).
    local, domain = found.raw.rpartition("@")[0], found.value.rpartition("@")[2]
    if "." not in domain.strip(".") or _NO_LOCAL.search(local) or _NO_DOMAIN.search(domain):
        return ""
    return f"{local.lower()}@{_unicode_domain(domain)}"


def email_key(address: str) -> Identifier:
    """The Identifier of a clean address."""
    return identifier.email(address)


def without_tag(address: str) -> str:
    """The address without what follows a plus sign in its local part."""
    local, _, domain = address.rpartition("@")
    plain = local.partition("+")[0]
    return f"{plain}@{domain}" if plain else address


def domain_of(address: str) -> str:
    """The domain of a clean address, in ASCII as everything is compared."""
    return identifier.email(address).value.rpartition("@")[2]


def clean_phone(raw: str, region: str | None) -> str:
    """A number in E.164, without its extension; "" for what is none.

    It is read as numbers of events are (`core.identifier.placed`).
    """
    text = raw.strip().removeprefix("tel:").removeprefix("sip:").partition(";")[0].strip()
    if sum(character.isdecimal() for character in text) < _SHORTEST:
        return ""
    parsed = identifier.placed(text, region)
    if parsed is None or phonenumbers.number_type(parsed) in _NOBODYS:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_keys(number: str) -> tuple[Identifier, ...]:
    """A number to look for: as E.164, and as people write it at home.

    All of them are the same value; a search compares what was typed.
    """
    parsed = phonenumbers.parse(number)
    written = dict.fromkeys(
        (
            number,
            phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL),
            phonenumbers.national_significant_number(parsed),
        )
    )
    return tuple(
        Identifier(kind=identifier.IdentifierKind.PHONE, value=number, raw=raw) for raw in written
    )


#: Extensions and short codes are nobody's own.
_SHORTEST = 6

_NOBODYS = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE})


def _is_number(text: str) -> bool:
    return any(c.isdecimal() for c in text) and not any(c.isalpha() for c in text)


def _unicode_domain(domain: str) -> str:
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
