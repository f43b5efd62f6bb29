"""Attendees of several lists made one: by e-mail, else number, else the name (MEETINGS 4.2)."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec

from dealwright.meetings.meeting import Attendee, Part
from dealwright.meetings.texts import NO_NAMES, addresses, line, numbers

_FEWEST_DIGITS: Final = 7
#: Of so many who share a name or a number at most the first are compared with a new one.
_MOST_COMPARED: Final = 50


def attendee(
    name: str | None = None,
    *,
    emails: Iterable[str | None] = (),
    phones: Iterable[str | None] = (),
    part: Part = Part.ATTENDEE,
    internal: bool | None = None,
) -> Attendee:
    """Somebody as a Source lists him, without what is no address and no number."""
    return Attendee(
        name=line(name),
        emails=addresses(emails),
        phones=numbers(phones),
        part=part,
        internal=internal,
    )


def is_name(written: str) -> bool:
    """Whether a text names somebody, and does not say that the name is withheld."""
    return written.strip().casefold() not in NO_NAMES


def union(*lists: Iterable[Attendee]) -> tuple[Attendee, ...]:
    """Everybody once, in the order of the lists. Who has no name, address or number is nobody."""
    found: list[Attendee] = []
    # A webinar has thousands: each is compared only with those who share something with him.
    places: defaultdict[str, list[int]] = defaultdict(list)
    for person in (person for people in lists for person in people):
        if not (person.name or person.emails or person.phones):
            continue
        near = sorted({at for key in _keys(person) for at in places[key][:_MOST_COMPARED]})
        index = next((at for at in near if is_same(found[at], person)), len(found))
        if index == len(found):
            found.append(person)
        else:
            found[index] = joined(found[index], person)
        for key in _keys(found[index]):
            if index not in places[key][:_MOST_COMPARED]:
                places[key].append(index)
    return tuple(found)


def is_same(one: Attendee, other: Attendee) -> bool:
    """Whether two entries are one person: the first that both have decides."""
    if one.emails and other.emails:
        return not _emails(one).isdisjoint(_emails(other))
    if one.source_id and other.source_id:
        return one.source_id == other.source_id
    if one.phones and other.phones:
        return any(same_number(a, b) for a in one.phones for b in other.phones)
    name = _name(one)
    return name not in NO_NAMES and name == _name(other)


def joined(known: Attendee, told: Attendee) -> Attendee:
    """One entry of two for the same person; what was known first is shown first."""
    emails = {address_key(email): email for email in (*told.emails, *known.emails)}
    order = dict.fromkeys(address_key(email) for email in (*known.emails, *told.emails))
    # What a sender decides goes before what another only hints at, whoever was told first.
    hinted = known if known.internal is not None else told
    decided = told if told.internal_decided and not known.internal_decided else hinted
    phones = list(known.phones)
    phones += [new for new in told.phones if not any(same_number(new, old) for old in phones)]
    return msgspec.structs.replace(
        known,
        name=told.name if _name(known) in NO_NAMES else known.name,
        emails=tuple(emails[key] for key in order),
        phones=tuple(phones),
        region=known.region or told.region,
        part=told.part if known.part is Part.ATTENDEE else known.part,
        internal=decided.internal,
        internal_decided=decided.internal_decided,
        attended=told.attended if known.attended is None else known.attended,
        source_id=known.source_id or told.source_id,
    )


def with_host(people: Iterable[Attendee], host: Attendee) -> tuple[Attendee, ...]:
    """The people with the host among them, marked as such; last where the list lacks him."""
    return union(people, [msgspec.structs.replace(host, part=Part.HOST)])


def address_key(email: str) -> str:
    """An address as two entries are compared by it."""
    _, bracket, inside = email.rpartition("<")
    bare = inside.partition(">")[0] if bracket else email
    return unicodedata.normalize("NFC", bare.strip()).casefold().removeprefix("mailto:").strip()


def same_number(one: str, other: str) -> bool:
    """Whether two numbers may be written forms of one: `070-174 06 05` and `+46701740605`."""
    short, long = sorted((_digits(one), _digits(other)), key=len)
    return short == long or (len(short) >= _FEWEST_DIGITS and long.endswith(short))


def _keys(person: Attendee) -> list[str]:
    """What two entries of one person have in common, one of these at least."""
    name = _name(person)
    return [
        *(f"address {key}" for key in _emails(person)),
        *(f"number {_digits(phone)[-_FEWEST_DIGITS:]}" for phone in person.phones),
        *([f"id {person.source_id}"] if person.source_id else ()),
        *([f"name {name}"] if name not in NO_NAMES else ()),
    ]


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isascii() and char.isdigit()).lstrip("0")


def _emails(person: Attendee) -> set[str]:
    return {address_key(email) for email in person.emails}


def _name(person: Attendee) -> str:
    return unicodedata.normalize("NFC", person.name).casefold().strip()
