"""References of the usual fields: a match field and a match value → what is looked up, and how."""

from collections.abc import Callable, Iterable
from typing import Final

from dealwright.core import identifier
from dealwright.core.errors import MappingError
from dealwright.core.identifier import Identifier
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Reference
from dealwright.core.record import RecordKind

#: Segment's help texts call the field `id` by these names.
ID_FIELDS: Final = frozenset({"", "id", "person_id", "org_id", "organization_id", "deal_id"})
_EMAIL_FIELDS: Final = frozenset({"email", "emails"})
_PHONE_FIELDS: Final = frozenset({"phone", "phones"})
_NAMED_KINDS: Final = frozenset({RecordKind.PERSON, RecordKind.ORGANIZATION})


def match_field(kind: RecordKind, named: str | None, defaults: MatchDefaults) -> str:
    """By which field a record is looked up: the Mapping's, else the Connection's, else `id`."""
    field = named or defaults.match_fields.get(kind, "")
    if field in ID_FIELDS:
        return "id"
    if kind is RecordKind.PERSON:
        if field in _EMAIL_FIELDS:
            return "email"
        if field in _PHONE_FIELDS:
            return "phone"
    return field


def refer(
    kind: RecordKind,
    value: str,
    *,
    named: str | None,
    defaults: MatchDefaults,
    also: Iterable[Identifier] = (),
) -> Reference:
    """Make the Reference of a record; its role is the kind's name.

    Matched by `id`, the value is first of all the sender's own id, hence looked for among the
    Links; then in the Connection's external-id field, or, where it names none, as a record id if
    it can be one, as Segment does; then `also`. Matched by anything else, `also` only says what
    the record will have.
    Raises MappingError for a value that cannot be in the match field (`invalid_email`,
    `invalid_phone`).
    """
    field = match_field(kind, named, defaults)
    own_field = defaults.external_id_fields.get(kind, "")
    if field == "id":
        # With a field for the sender's ids, "42" is the sender's 42, never somebody's record 42.
        own = identifier.field(own_field, value) if own_field else identifier.record_id(value)
        keys = [*((own,) if own else ()), *also]
        return Reference(
            role=str(kind), kind=kind, external_id=value, keys=tuple(dict.fromkeys(keys))
        )
    key = _key(kind, field, value, defaults)
    external_id = value if field == own_field else ""
    found = Reference(role=str(kind), kind=kind, external_id=external_id, keys=(key,))
    return found.sharing(*also)


def refer_if_possible(
    kind: RecordKind,
    value: str | None,
    *,
    named: str | None,
    defaults: MatchDefaults,
    also: Iterable[Identifier] = (),
) -> tuple[Reference, ...]:
    """The Reference of a record that may be left out: none without a value that can match.

    Without a value `also` is all that it is looked up by.
    """
    keys = tuple(also)
    if not value:
        return (Reference(role=str(kind), kind=kind, keys=keys),) if keys else ()
    try:
        return (refer(kind, value, named=named, defaults=defaults, also=keys),)
    except MappingError:
        return ()


def readable(make: Callable[[str], Identifier], written: Iterable[str]) -> list[Identifier]:
    """The Identifiers among texts; what is no address or number is passed over."""
    found: list[Identifier] = []
    for text in written:
        try:
            found.append(make(text))
        except MappingError:
            continue
    return found


def _key(kind: RecordKind, field: str, value: str, defaults: MatchDefaults) -> Identifier:
    if kind is RecordKind.PERSON and field == "email":
        return identifier.email(value)
    if kind is RecordKind.PERSON and field == "phone":
        return identifier.phone(value, region=defaults.region)
    if field == "name" and kind in _NAMED_KINDS:
        return identifier.name(value)
    return identifier.field(field, value)
