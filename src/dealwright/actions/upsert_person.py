"""Create or update a person."""

from dataclasses import replace
from functools import partial
from typing import Any

from dealwright.core import identifier
from dealwright.core.action import (
    Account,
    Action,
    ActionField,
    Matches,
    Need,
    Preset,
    Values,
    ValueType,
    Writing,
)
from dealwright.core.actionfields import (
    ACCOUNT_CODES,
    CUSTOM_FIELDS_TEXT,
    OWNER,
    RULES,
    ambiguous_rule,
    apply_rules,
    labels_fields,
    put_labels,
    put_owner,
    stopped,
    visible_field,
)
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, Found, Reference
from dealwright.core.parents import parent_fields
from dealwright.core.plan import Plan
from dealwright.core.record import Person, RecordKind
from dealwright.core.reference import match_field, readable, refer
from dealwright.core.standins import complete
from dealwright.core.ties import ORGANIZATION, tie_fields, tie_references, tied_ids
from dealwright.core.upsert import (
    Draft,
    as_items,
    draft,
    merged,
    plan_create,
    plan_update,
    refuse_to_choose,
    write_external_id,
    write_match_key,
)

_KIND = RecordKind.PERSON

#: Linked on wish only: Segment's Mappings have no such field.
_ORGANIZATION = replace(ORGANIZATION, default="")


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The person; matched by `id` also by e-mail, then by phone. And the organization.

    On wish at last by name and domain, too.
    """
    phone = partial(identifier.phone, region=defaults.region)
    emails = readable(identifier.email, values.get("email", ()))
    also = [*emails, *readable(phone, values.get("phone", ()))]
    if values.get("match_by_name"):
        found = (identifier.name_at(values.get("name", ""), address) for address in emails)
        also += [key for key in found if key is not None]
    named = values.get("match_field")
    if values.get("name") and match_field(_KIND, named, defaults) == "name":
        also.append(identifier.name(values["name"]))
    rule = ambiguous_rule(values)
    person = refer(_KIND, values["match_value"], named=named, defaults=defaults, also=also)
    ties = tie_references((_ORGANIZATION,), values, defaults, rule=rule)
    return (person.ruled(rule), *ties)


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the person or update what differs; addresses and numbers are added, never removed.

    Raises NeedsChoice, and MappingError (`name_missing`) for a new person without any name.
    """
    defaults = account.defaults
    reference = references(values, defaults)[0]
    match = matches[reference.role]
    if isinstance(match, Ambiguous):
        refuse_to_choose(match, role="person")
    found = match if isinstance(match, Found) else None
    if (nothing := stopped(values, found)) is not None:
        return nothing
    person = found.record if found else None
    current = person if isinstance(person, Person) else None

    wanted = draft(_KIND, values, account, external_id=reference.external_id)
    field = match_field(_KIND, values.get("match_field"), defaults)
    write_match_key(wanted, match_field=field, value=values["match_value"])
    write_external_id(wanted, own_field=defaults.external_id_fields.get(_KIND, ""), found=found)
    _put_addresses(wanted, values, by=field, current=current, region=defaults.region)
    put_owner(wanted, values, account)
    put_labels(wanted, values, account, held=current.label_ids if current else ())
    ties = tied_ids(
        (_ORGANIZATION,), values, matches=matches, account=account, warnings=wanted.warnings
    )
    if RecordKind.ORGANIZATION in ties:
        wanted.values["org_id"] = ties[RecordKind.ORGANIZATION]
    if found is None or current is None:
        _see_name(wanted, values, by=field)
        return complete(plan_create(wanted, add_time=values.get("add_time")))
    held = _held(current)
    apply_rules(wanted, values, held)
    return complete(plan_update(wanted, found, current=held))


def _put_addresses(
    wanted: Draft, values: Values, *, by: str, current: Person | None, region: str | None
) -> None:
    phone = partial(identifier.phone, region=region)
    for key, field, make in (("emails", "email", identifier.email), ("phones", "phone", phone)):
        written = list(values.get(field, ()))
        # What a person is matched by has to stand in the person, or the next event misses it.
        if by == field:
            written.append(values["match_value"])
        held = getattr(current, key) if current else ()
        if written:
            wanted.values[key] = merged(held, written, make=make)


def _see_name(wanted: Draft, values: Values, *, by: str) -> None:
    if wanted.values.get("name"):
        return
    if by == "name":
        wanted.values["name"] = values["match_value"]
    elif emails := wanted.values.get("emails"):
        # Pipedrive makes nobody without a name; the address is one until a name comes.
        wanted.values["name"] = emails[0]["value"]
        wanted.warnings.append("name: was empty; the new person is called by the e-mail address.")
    else:
        raise MappingError(
            "name: a new person needs one and it was empty; map name, or an email.",
            code="name_missing",
            path="name",
        )


def _held(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "visible_to": person.visible_to,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "label_ids": list(person.label_ids),
        "emails": as_items(person.emails),
        "phones": as_items(person.phones),
    }


ACTION = Action(
    key="upsert_person",
    title="Create or update a person",
    description="Finds the person the event is about and writes what differs; creates the person "
    "when there is none.",
    kind=_KIND,
    default_trigger='type = "identify"',
    fields=(
        ActionField(
            key="match_field",
            writing=Writing.FINDS,
            label="Match field",
            description="The field by which the person is looked up. Empty: the Connection's, "
            "which is the id unless it was changed. With the id, the sender's own id is "
            "remembered, and the e-mail address and phone number are tried after it.",
            dynamic="person_match_fields",
        ),
        ActionField(
            key="match_value",
            writing=Writing.FINDS,
            label="Match value",
            description="What the match field holds for this person.",
            required=True,
            default={"@path": "$.userId"},
        ),
        ActionField(
            key="match_by_name",
            writing=Writing.STEERS,
            label="Also by name and domain",
            description="Whether a person that is matched by id is at last also looked for by the "
            "name together with the domain of the e-mail address: a second address at the same "
            "company is then the same person. Never at mail providers such as gmail.com.",
            type=ValueType.BOOLEAN,
        ),
        ActionField(
            key="name",
            label="Person name",
            description="The full name. A new person without one is called by the e-mail address.",
            default={"@path": "$.traits.name"},
        ),
        ActionField(
            key="email",
            writing=Writing.ADDS,
            label="E-mail address",
            description="One or more addresses. New ones are added; those that are there stay.",
            many=True,
            default={"@path": "$.traits.email"},
        ),
        ActionField(
            key="phone",
            writing=Writing.ADDS,
            label="Phone number",
            description="One or more numbers. New ones are added; those that are there stay.",
            many=True,
            default={"@path": "$.traits.phone"},
        ),
        visible_field("the person"),
        ActionField(
            key="add_time",
            writing=Writing.CREATES,
            label="Created at",
            description="When the person came to be. Only a new person takes it; without an "
            "offset it is in the zone below, or in UTC.",
            type=ValueType.DATETIME,
        ),
        *tie_fields(_ORGANIZATION, to="the person"),
        *parent_fields(RecordKind.ORGANIZATION),
        ActionField(
            key="custom_fields",
            label="Custom fields",
            description=CUSTOM_FIELDS_TEXT,
            type=ValueType.OBJECT,
            dynamic="person_custom_fields",
        ),
        OWNER,
        *labels_fields(_KIND),
        *RULES,
    ),
    references=references,
    plan=plan,
    subject="person",
    codes=(
        "invalid_value",
        "invalid_email",
        "invalid_phone",
        "needs_choice",
        "name_missing",
        *ACCOUNT_CODES,
    ),
    needs=frozenset({Need.FIELDS, Need.USERS}),
    preset=Preset(name="Persons from identify calls", trigger='type = "identify"'),
)
