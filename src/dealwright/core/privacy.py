"""Privacy: by what somebody is known, and what of an event or a text is theirs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple, cast

import idna
import msgspec
import phonenumbers

from dealwright.core import identifier
from dealwright.core.ecmascript import number_text
from dealwright.core.errors import ConfigError, MappingError

#: What stands where somebody was named.
REMOVED: Final = "Removed person"


class IdentityKind(StrEnum):
    """By what somebody is known."""

    EMAIL = "email"
    PHONE = "phone"
    USER_ID = "user_id"
    PERSON = "person"


class Identity(NamedTuple):
    """One thing that somebody is known by, normalised.

    `scope` is the Source of a user id and the Connection of a person of Pipedrive; 0: any.
    """

    kind: IdentityKind
    value: str
    scope: int = 0

    @property
    def text(self) -> str:
        """The same as one text, of which digests are made."""
        return f"{self.kind.value}\n{self.scope or ''}\n{self.value}"

    @property
    def anywhere(self) -> "Identity":
        """The same, whatever Source it is of."""
        return self._replace(scope=0) if self.kind is IdentityKind.USER_ID else self


def email_of(raw: object) -> Identity | None:
    """An address as an Identity; None for what is none."""
    if not isinstance(raw, str) or "@" not in raw or len(raw) > 500:
        return None
    try:
        found = identifier.email(raw)
    except MappingError:
        return None
    return Identity(IdentityKind.EMAIL, found.value)


def phone_of(raw: object) -> Identity | None:
    """A number with its country as an Identity; None for what is none."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 50:
        return None
    return _phone_of(raw.strip())


@lru_cache(maxsize=4096)
def _phone_of(text: str) -> Identity | None:
    found = identifier.placed(text, None)
    if found is None:
        return None
    number = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    return Identity(IdentityKind.PHONE, number)


def user_id_of(raw: object, source_id: int = 0) -> Identity | None:
    """A sender's own id as an Identity; None for what is none."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raw = number_text(raw)
    return Identity(IdentityKind.USER_ID, raw, source_id) if isinstance(raw, str) and raw else None


def asked_for(
    *, email: str = "", phone: str = "", user_id: str = "", source_id: int = 0
) -> tuple[Identity, ...]:
    """Whom a person means; raises ConfigError (`invalid_person`)."""
    found = [email_of(email), phone_of(phone), user_id_of(user_id, source_id)]
    if [bool(one) for one in (email, phone, user_id)] != [one is not None for one in found]:
        raise ConfigError(
            "Name somebody by an e-mail address, by a number with its country (+46701234567), "
            "or by the id that the sender gives them.",
            code="invalid_person",
        )
    return tuple(one for one in found if one is not None)


def identities_in(body: dict[str, Any], *, source_id: int = 0) -> list[Identity]:
    """Whose event it is: by the ids that it names, and by address and number of its traits.

    `body` is an event as it was sent. Those of `properties` count only where the traits have none:
    there senders put other people too.
    """
    found = [user_id_of(body.get(key), source_id) for key in ("userId", "anonymousId")]
    found.append(user_id_of(body.get("previousId"), source_id))
    found += [email_of(body.get(key)) for key in ("userId", "anonymousId", "previousId")]
    context = _dict(body.get("context"))
    for parts in ((body.get("traits"), context.get("traits")), (body.get("properties"),)):
        told = [one for part in parts for one in _named(_dict(part))]
        if told:
            found += told
            break
    return list(dict.fromkeys(one for one in found if one is not None))


_ADDRESSES: Final = ("email", "Email", "email_address", "emailAddress")
_NUMBERS: Final = ("phone", "Phone", "phone_number", "phoneNumber", "mobile")


def _named(part: dict[str, Any]) -> Iterator[Identity]:
    for key in _ADDRESSES:
        if found := email_of(part.get(key)):
            yield found
    for key in _NUMBERS:
        if found := phone_of(part.get(key)):
            yield found


@dataclass(frozen=True, slots=False, kw_only=True)
class Sought:
    """Somebody who is looked for. `events` are numbers of events of theirs, as they are found.

    `comes_back`: they are not suppressed, so that they must be found again in Pipedrive.
    """

    identities: frozenset[Identity]
    comes_back: bool = False
    events: set[int] = field(default_factory=set[int])

    @cached_property
    def emails(self) -> frozenset[str]:
        """Their addresses."""
        return self._of(IdentityKind.EMAIL)

    @cached_property
    def phones(self) -> frozenset[str]:
        """Their numbers, in E.164."""
        return self._of(IdentityKind.PHONE)

    @cached_property
    def user_ids(self) -> frozenset[str]:
        """What senders call them, of whatever Source."""
        return self._of(IdentityKind.USER_ID)

    @cached_property
    def persons(self) -> frozenset[tuple[int, str]]:
        """Connection and id of the persons of Pipedrive that they are."""
        return frozenset(
            (one.scope, one.value) for one in self.identities if one.kind is IdentityKind.PERSON
        )

    def has_id(self, value: str, source_id: int) -> bool:
        """Whether a Source calls them so."""
        wanted = Identity(IdentityKind.USER_ID, value, source_id)
        return wanted in self.identities or wanted.anywhere in self.identities

    def is_person(self, connection_id: int, kind: str | None, record_id: object) -> bool:
        """Whether a record of Pipedrive is theirs."""
        return kind == "person" and (
            (connection_id, str(record_id)) in self.persons or (0, str(record_id)) in self.persons
        )

    def has_number(self, record_id: object) -> bool:
        """Whether a person of theirs has this id, at whatever Connection."""
        return any(str(record_id) == value for _, value in self.persons)

    def is_of(self, body: dict[str, Any], source_id: int) -> bool:
        """Whether an event is theirs."""
        return any(
            one in self.identities or one.anywhere in self.identities
            for one in identities_in(body, source_id=source_id)
        )

    def may_be_in(self, text: bytes) -> bool:
        """Whether JSON, or a text, has to be looked into: quick, and never wrong when it denies."""
        if b"\\u" in text:
            return True
        lower = text.lower() if text.isascii() else text.decode("utf-8", "replace").lower().encode()
        if any(needle in lower for needle in self._needles):
            return True
        return any(one in text.translate(None, _NO_DIGITS) for one in self._digits)

    def is_in(self, text: str) -> bool:
        """Whether a text names an address or a number of theirs."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def without(self, value: Any) -> Any:
        """A value of JSON in which nobody names them any more."""
        if isinstance(value, str):
            return self._redacted(value)
        if isinstance(value, dict):
            told = cast("dict[str, Any]", value)
            return {self._redacted(key): self.without(one) for key, one in told.items()}
        if isinstance(value, list):
            return [self.without(one) for one in cast("list[Any]", value)]
        return value

    def _redacted(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(REMOVED, text)

    def _of(self, kind: IdentityKind) -> frozenset[str]:
        return frozenset(one.value for one in self.identities if one.kind is kind)

    @cached_property
    def _needles(self) -> tuple[bytes, ...]:
        spelled = {form for email in self.emails for form in _spellings(email)}
        return tuple(one.lower().encode() for one in (*spelled, *self.user_ids))

    @cached_property
    def _digits(self) -> tuple[bytes, ...]:
        return tuple(str(phonenumbers.parse(one).national_number).encode() for one in self.phones)

    @cached_property
    def _pattern(self) -> "re.Pattern[str] | None":
        spelled = {form for email in self.emails for form in _spellings(email)}
        found = [rf"(?<![\w.+-]){re.escape(one)}(?![\w-])" for one in spelled]
        found += [rf"(?<![\w+]){_written(one)}(?!\w)" for one in self.phones]
        return re.compile("|".join(found), re.IGNORECASE) if found else None


_NO_DIGITS: Final = bytes(byte for byte in range(256) if byte not in b"0123456789")


def _spellings(email: str) -> set[str]:
    """An address with its domain in ASCII and in Unicode."""
    local, _, domain = email.rpartition("@")
    forms = {email}
    with suppress(idna.IDNAError):
        forms.add(f"{local}@{idna.decode(domain)}")
    return forms


def _written(phone: str) -> str:
    """A number as people write it: with or without its country, with marks between digits."""
    parsed = phonenumbers.parse(phone)
    country, national = str(parsed.country_code), str(parsed.national_number)
    marks = r"[\s.\-()/]{0,3}"
    body = marks.join(national)
    return rf"(?:(?:\+|00)?{marks}{marks.join(country)}{marks}(?:\(0\))?{marks}|0{marks}){body}"


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


#: Between these stand addresses; a search for a pattern would take the square of a long word.
_BREAKS: Final = re.compile(r"[\s\"'<>(),;:\\\[\]{}]+")


def addresses_in(text: str) -> Iterator[Identity]:
    """Every address that a text names."""
    for written in dict.fromkeys(one for one in _BREAKS.split(text) if "@" in one):
        found = email_of(written.rstrip(".!?"))
        if found is not None:
            yield found


_json: Final = msgspec.json.Decoder(dict[str, Any]).decode


def opened_body(payload: bytes, envelope: bytes | None = None) -> dict[str, Any] | None:
    """An event's body, with the batch's `context` under its own; None for what is none."""
    try:
        body = _json(payload)
        around = {} if envelope is None else _dict(_json(envelope).get("context"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if around:
        body["context"] = {**around, **_dict(body.get("context"))}
    return body


def joined(parts: Iterable[Sequence[Identity]]) -> frozenset[Identity]:
    """All of them."""
    return frozenset(one for some in parts for one in some)
