"""Redaction: a meeting without somebody who asked to be forgotten."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import msgspec

from dealwright.meetings.contacts import clean_email, clean_name, clean_phone, phone_keys
from dealwright.meetings.meeting import Attendee, Meeting

#: What stands where somebody was named.
REMOVED: Final = "Removed person"

#: Shorter parts of names are words of their own too often.
_LEAST: Final = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is to be forgotten, as far as a meeting names them."""

    emails: frozenset[str]
    phones: frozenset[str]
    names: frozenset[str]

    @property
    def slots(self) -> tuple[str, ...]:
        """How a guest like this may be known in a meeting."""
        return tuple({*self.emails, *self.phones, *self.names})


def subject_in(
    meeting: Meeting, *, emails: Collection[str], phones: Collection[str], region: str | None
) -> Subject | None:
    """Who of a meeting has one of these addresses or numbers; None: nobody."""
    mine = [one for one in meeting.attendees if _is(one, emails, phones, region)]
    if not mine:
        return None
    return Subject(
        emails=frozenset({*emails, *(clean_email(raw) for one in mine for raw in one.emails)})
        - {""},
        phones=frozenset(phones),
        names=frozenset(clean_name(one.name) for one in mine) - {""},
    )


def without_person(meeting: Meeting, subject: Subject, *, region: str | None) -> Meeting:
    """The meeting with the participant gone and their name, address and number redacted in all."""
    others = tuple(
        one for one in meeting.attendees if not _is(one, subject.emails, subject.phones, region)
    )
    kept = {part for one in others for part in clean_name(one.name).split()}
    bare = msgspec.structs.replace(
        meeting,
        attendees=others,
        organiser=_unless(meeting.organiser, subject),
        presenter_email=_unless(meeting.presenter_email, subject),
        speakers_if_alone=tuple(
            one for one in meeting.speakers_if_alone if clean_name(one) not in subject.names
        ),
    )
    return redacted(bare, subject, spare=kept)


def redacted(value: T, subject: Subject, *, spare: Collection[str] = ()) -> T:
    """A struct with every text in it redacted; `spare` are parts of names that others have too."""
    pattern = _pattern(subject, spare)
    if pattern is None:
        return value
    told = _walked(msgspec.to_builtins(value), pattern)
    return msgspec.convert(told, type(value), strict=False)


def _is(
    one: Attendee, emails: Collection[str], phones: Collection[str], region: str | None
) -> bool:
    if any(clean_email(raw) in emails for raw in one.emails):
        return True
    return any(clean_phone(raw, one.region or region) in phones for raw in one.phones)


def _unless(address: str, subject: Subject) -> str:
    return "" if clean_email(address) in subject.emails else address


def _pattern(subject: Subject, spare: Collection[str]) -> "re.Pattern[str] | None":
    whole = sorted({*subject.names, *subject.emails, *subject.phones}, key=len, reverse=True)
    parts = {part for name in subject.names for part in name.split() if len(part) >= _LEAST}
    exact = [re.escape(text).replace(r"\ ", r"\s+") for text in whole]
    numbers = [_spelled(key.raw) for phone in subject.phones for key in phone_keys(phone)]
    # A first name is redacted as it is written: "Will" is somebody, "will" is not.
    single = [re.escape(part) for part in sorted(parts - set(spare), key=len, reverse=True)]
    found = [f"(?i:{one})" for one in (*numbers, *exact)] + single
    if not found:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")


def _spelled(phone: str) -> str:
    """A number as people write it, with spaces, points or hyphens between its digits."""
    digits = [char for char in phone if char.isdigit()]
    return r"\+?" + r"[\s.\-()/]*".join(digits)


def _walked(value: Any, pattern: "re.Pattern[str]") -> Any:
    if isinstance(value, str):
        return pattern.sub(REMOVED, value)
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        return {key: one if key in _KEYS else _walked(one, pattern) for key, one in told.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_walked(one, pattern) for one in cast("Sequence[Any]", value)]
    return value


#: What is no text of anybody: ids, codes, times.
_KEYS: Final = frozenset(
    {
        *("key", "source", "state", "language", "timezone", "platform", "origin", "format"),
        *("part", "role", "match", "why", "started_at", "ended_at", "modified_at"),
        *("generated_at", "input_hash", "kept"),
    }
)
