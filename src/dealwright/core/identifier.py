"""Identifiers: what a record is known by, normalised so that equal means the same."""

from enum import StrEnum
from functools import lru_cache
from unicodedata import digit

import idna
import msgspec
import phonenumbers

from dealwright.core.errors import MappingError
from dealwright.core.mailproviders import PUBLIC_DOMAINS


class IdentifierKind(StrEnum):
    """What an Identifier is made of."""

    RECORD_ID = "record_id"
    EXTERNAL_ID = "external_id"
    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    NAME = "name"
    FIELD = "field"


# A Struct, as Reference: several are made for each Event, and a frozen dataclass takes 1 µs.
class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a record is known by.

    `value` is normalised, `raw` is as the sender wrote it (search terms need it). `field` is the
    Pipedrive field key for kind FIELD, else "".
    """

    kind: IdentifierKind
    value: str
    raw: str
    field: str = ""


def email(raw: str) -> Identifier:
    """An address, case-folded, its domain in ASCII (IDNA 2008).

    Raises MappingError (`invalid_email`) for text that cannot be an address.
    """
    text = raw.strip().strip("<>")
    local, _, domain = text.rpartition("@")
    if not local or not domain.rstrip(".") or len(text.split()) != 1:
        raise MappingError(
            f"{_shown(raw)} is no e-mail address: expected name@domain.", code="invalid_email"
        )
    return Identifier(
        kind=IdentifierKind.EMAIL, value=f"{local.casefold()}@{_ascii_domain(domain)}", raw=text
    )


def phone(raw: str, *, region: str | None = None) -> Identifier:
    """A number in E.164; without a country code it is read as one of `region` (ISO 3166).

    See `placed` for how it is read. A number that cannot be placed keeps its digits, so that equal
    texts still meet: "x" + digits. An extension is part of the number: behind one switchboard there
    are many people. Raises MappingError (`invalid_phone`) when there is no digit in it.
    """
    text = raw.strip()
    value = _e164(text, region)
    if not value:
        raise MappingError(f"{_shown(raw)} is no phone number: no digits.", code="invalid_phone")
    return Identifier(kind=IdentifierKind.PHONE, value=value, raw=text)


def record_id(raw: str) -> Identifier | None:
    """A record's own id, if the text can be one (a positive whole number), else None."""
    text = raw.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 18 and int(text) > 0:
        return Identifier(kind=IdentifierKind.RECORD_ID, value=str(int(text)), raw=text)
    return None


def lead_id(uuid: str) -> Identifier:
    """The own id of a lead, a UUID in lower case."""
    return Identifier(kind=IdentifierKind.RECORD_ID, value=uuid, raw=uuid)


def external_id(raw: str) -> Identifier:
    """The sender's own id of a record; case counts."""
    return Identifier(kind=IdentifierKind.EXTERNAL_ID, value=raw, raw=raw)


def name(raw: str) -> Identifier:
    """What a record is called; case and the white space around it do not count."""
    return Identifier(kind=IdentifierKind.NAME, value=raw.strip().casefold(), raw=raw.strip())


def name_at(written: str, address: Identifier) -> Identifier | None:
    """A person's name together with the domain of an address; None without a name.

    None also for an address at a mail provider: there, people of one name are many.
    """
    domain = address.value.rpartition("@")[2]
    folded = written.strip().casefold()
    if not folded or domain in PUBLIC_DOMAINS:
        return None
    return Identifier(kind=IdentifierKind.DOMAIN, value=f"{folded}@{domain}", raw=written.strip())


def field(key: str, raw: str) -> Identifier:
    """The value of one Pipedrive field; compared exactly."""
    return Identifier(kind=IdentifierKind.FIELD, value=raw, raw=raw, field=key)


def placed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """The number that a text is; None for what is no number that somebody could have.

    With + or 00 before it, it is international. Else it is, in this order: a valid number of the
    region, an international one that lacks its +, or a possible number of the region.
    """
    if text.startswith(("+", "00")):
        return _possible(f"+{text.lstrip('+0')}" if text.startswith("00") else text, None)
    home = _parsed(text, region) if region else None
    if home is not None and phonenumbers.is_valid_number(home):
        return home
    abroad = None if text.startswith("0") else _possible(f"+{text}", None)
    return abroad or (home if home and phonenumbers.is_possible_number(home) else None)


@lru_cache(maxsize=8192)
def _e164(text: str, region: str | None) -> str:
    digits = "".join(str(digit(c)) for c in text if c.isdecimal())
    if not digits:
        return ""
    parsed = placed(text, region) or _parsed(text, region)
    if parsed is None:
        return f"x{digits}"
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{number};ext={parsed.extension}" if parsed.extension else number


def _possible(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    parsed = _parsed(text, region)
    return parsed if parsed and phonenumbers.is_possible_number(parsed) else None


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _ascii_domain(domain: str) -> str:
    bare = domain.rstrip(".")
    if bare.isascii():
        return bare.lower()
    try:
        return idna.encode(bare, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        # Such addresses exist in real CRMs; a name that DNS refuses still has to meet itself.
        return bare.casefold()


def _shown(raw: str) -> str:
    text = raw if len(raw) <= 60 else f"{raw[:57]}..."
    return f"“{text}”"
