"""Parents: the person or organization that a record is with, made in the same Event on wish."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from dealwright.core import identifier
from dealwright.core.action import Account, ActionField, Choice, Values, Writing
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.plan import Create
from dealwright.core.record import RecordKind
from dealwright.core.reference import match_field, readable, refer
from dealwright.core.standins import Made
from dealwright.core.upsert import Draft, merged, plan_create, write_external_id, write_match_key

_PARENTS: Final = (RecordKind.PERSON, RecordKind.ORGANIZATION)

_PERSON_FIELDS: Final = (
    ActionField(
        key="person_name",
        label="Person name",
        description="What a person is called that is made. Empty: the e-mail address.",
        writing=Writing.STEERS,
    ),
    ActionField(
        key="person_email",
        label="Person e-mail",
        description="Addresses that the person is also looked up by where it is matched by id, and "
        "that one that is made gets.",
        many=True,
        writing=Writing.LINKS,
    ),
    ActionField(
        key="person_phone",
        label="Person phone",
        description="Numbers: as the addresses, and tried after them.",
        many=True,
        writing=Writing.LINKS,
    ),
)
_ORGANIZATION_FIELDS: Final = (
    ActionField(
        key="organization_name",
        label="Organization name",
        description="What an organization is called that is made.",
        writing=Writing.STEERS,
    ),
)


def parent_fields(*kinds: RecordKind) -> tuple[ActionField, ...]:
    """The fields by which a missing parent of these kinds is made."""
    choices = tuple(Choice(value=kind, label=f"The {kind}") for kind in _PARENTS if kind in kinds)
    wish = ActionField(
        key="create_missing",
        label="Create if missing",
        description="Whom the record is with, and who is to be made first where nobody is found. "
        "Empty: nobody is made.",
        many=True,
        choices=choices,
        writing=Writing.STEERS,
    )
    person = _PERSON_FIELDS if RecordKind.PERSON in kinds else ()
    return (wish, *person, *_ORGANIZATION_FIELDS)


def also_known_by(
    kind: RecordKind, values: Values, defaults: MatchDefaults
) -> list[identifier.Identifier]:
    """The addresses and numbers by which a parent is looked up after its id."""
    if kind is not RecordKind.PERSON:
        return []
    phone = partial(identifier.phone, region=defaults.region)
    return [
        *readable(identifier.email, values.get("person_email", ())),
        *readable(phone, values.get("person_phone", ())),
    ]


def new_parent(
    kind: RecordKind,
    values: Values,
    account: Account,
    *,
    links: Mapping[RecordKind, Any],
    warnings: list[str],
) -> Made | None:
    """The parent that is to be made, if the Mapping wishes so and the Event says enough of it.

    It is what it was looked for by, and what the action's fields say of it; a person belongs to
    the organization of the same Event.
    """
    if kind not in values.get("create_missing", ()):
        return None
    made = Draft(
        kind=kind,
        values={},
        external_id=_external_id(kind, values, account.defaults),
        schema=account.keyed.get(kind),
    )
    _put_values(made, values, account.defaults)
    if not made.values.get("name"):
        warnings.append(f"{kind}_name: was empty, and there is no {kind}; without it none is made.")
        return None
    if kind is RecordKind.PERSON and RecordKind.ORGANIZATION in links:
        made.values["org_id"] = links[RecordKind.ORGANIZATION]
    warnings += made.warnings
    create = plan_create(made, add_time=None).changes[0]
    return Made(create=create) if isinstance(create, Create) else None


def _put_values(made: Draft, values: Values, defaults: MatchDefaults) -> None:
    kind = made.kind
    value = values.get(f"{kind}_match_value", "")
    by = match_field(kind, values.get(f"{kind}_match_field"), defaults)
    if value:
        write_match_key(made, match_field=by, value=value)
        write_external_id(made, own_field=defaults.external_id_fields.get(kind, ""), found=None)
    if kind is RecordKind.PERSON:
        phone = partial(identifier.phone, region=defaults.region)
        for field, key, make in (("email", "emails", identifier.email), ("phone", "phones", phone)):
            written = [*values.get(f"person_{field}", ()), *([value] if by == field else ())]
            if written:
                made.values[key] = merged((), written, make=make)
    emails = made.values.get("emails")
    named = value if by == "name" else emails[0]["value"] if emails else ""
    if name := values.get(f"{kind}_name") or named:
        made.values["name"] = name


def _external_id(kind: RecordKind, values: Values, defaults: MatchDefaults) -> str:
    value, named = values.get(f"{kind}_match_value"), values.get(f"{kind}_match_field")
    if not value:
        return ""
    try:
        return refer(kind, value, named=named, defaults=defaults).external_id
    except MappingError:
        return ""


def parent_keys(kind: RecordKind) -> Iterable[str]:
    """The fields that name a parent: without any of them nobody is meant."""
    keys = [f"{kind}_match_value"]
    return [*keys, "person_email", "person_phone"] if kind is RecordKind.PERSON else keys
