"""Verify: what a record is known by. No hit counts before it was seen here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dealwright.core import identifier
from dealwright.core.errors import MappingError
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.matchkey import key_text
from dealwright.core.record import (
    Activity,
    Deal,
    Labelled,
    Note,
    Organization,
    Person,
    Record,
    RecordKind,
)


class KeyOf(NamedTuple):
    """An Identifier without the sender's spelling: equal means the same."""

    kind: IdentifierKind
    field: str
    value: str


def carries(record: Record, key: Identifier, *, region: str | None) -> bool:
    """Whether `record` is there and has `key`: the full address, the number, the exact value."""
    if record.is_deleted:
        return False
    match key.kind:
        case IdentifierKind.RECORD_ID:
            return str(record.id) == key.value
        case IdentifierKind.EMAIL:
            return isinstance(record, Person) and key.value in _emails(record.emails)
        case IdentifierKind.PHONE:
            return isinstance(record, Person) and key.value in _phones(record.phones, region)
        case IdentifierKind.NAME:
            return same_name(_name(record), key.value)
        case IdentifierKind.FIELD:
            return field_text(record, key.field) == key.value
        case IdentifierKind.DOMAIN:
            return isinstance(record, Person) and key.value in _names_at(record)
        case _:
            return False


def keys_of(record: Record, *, region: str | None) -> Iterator[KeyOf]:
    """Everything that a record can be found by in a search."""
    if isinstance(record, Person):
        for value in _emails(record.emails):
            yield KeyOf(IdentifierKind.EMAIL, "", value)
        for value in _phones(record.phones, region):
            yield KeyOf(IdentifierKind.PHONE, "", value)
    for field in ("name", "title", *_custom(record)):
        text = field_text(record, field)
        if text is not None:
            yield KeyOf(IdentifierKind.FIELD, field, text)
    if name := _name(record):
        yield KeyOf(IdentifierKind.NAME, "", folded(name))
    for role, record_id in _ties(record):
        yield tie(role, record_id)


def tie(kind: RecordKind, record_id: int) -> KeyOf:
    """The key of whatever belongs to a record: a person's deals, a deal's notes."""
    return KeyOf(IdentifierKind.RECORD_ID, kind.value, str(record_id))


def key_of(key: Identifier) -> KeyOf:
    """An Identifier in the form in which `keys_of` gives them."""
    if key.kind is IdentifierKind.DOMAIN:
        # Whoever has the name is looked at; whether the domain is theirs shows then.
        return KeyOf(IdentifierKind.NAME, "", folded(key.raw))
    value = folded(key.value) if key.kind is IdentifierKind.NAME else key.value
    return KeyOf(key.kind, key.field, value)


def folded(name: str) -> str:
    """A name without what does not count: case, and the white space around it."""
    return name.strip().casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in nothing but case and the white space around them."""
    return folded(one) == folded(other)


def field_text(record: Record, key: str) -> str | None:
    """The value of a field as a match key has it; None when it has none that is one text."""
    value = getattr(record, key, None)
    return key_text(_custom(record).get(key) if value is None else value)


def emails_of(labelled: Iterable[str]) -> set[str]:
    """Normalised addresses, without those that are none."""
    return {found for raw in labelled if (found := _email(raw))}


def _emails(labelled: tuple[Labelled, ...]) -> set[str]:
    return emails_of(item.value for item in labelled)


def _names_at(person: Person) -> set[str]:
    domains = {address.rpartition("@")[2] for address in _emails(person.emails)}
    return {f"{folded(person.name)}@{domain}" for domain in domains}


def _phones(labelled: tuple[Labelled, ...], region: str | None) -> set[str]:
    return {found for item in labelled if (found := _phone(item.value, region))}


# What people typed into Pipedrive need not be an address or a number.
def _email(raw: str) -> str:
    try:
        return identifier.email(raw).value
    except MappingError:
        return ""


def _phone(raw: str, region: str | None) -> str:
    try:
        return identifier.phone(raw, region=region).value
    except MappingError:
        return ""


def _ties(record: Record) -> set[tuple[RecordKind, int]]:
    """What a card shows a record with."""
    if not isinstance(record, Deal | Activity | Note):
        return set()
    persons = {record.person_id}
    deal_id = None if isinstance(record, Deal) else record.deal_id
    if isinstance(record, Activity):
        persons |= {one.person_id for one in record.participants or ()}
    found = {(RecordKind.PERSON, one) for one in persons if one is not None}
    return found if deal_id is None else {*found, (RecordKind.DEAL, deal_id)}


def _name(record: Record) -> str:
    return record.name if isinstance(record, Person | Organization) else ""


def _custom(record: Record) -> Mapping[str, Any]:
    return getattr(record, "custom_fields", {})
