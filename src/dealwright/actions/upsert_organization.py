"""Create or update an organization."""

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
from dealwright.core.plan import Plan
from dealwright.core.record import Organization, RecordKind
from dealwright.core.reference import match_field, refer
from dealwright.core.standins import complete
from dealwright.core.upsert import (
    draft,
    plan_create,
    plan_update,
    refuse_to_choose,
    write_external_id,
    write_match_key,
)

_KIND = RecordKind.ORGANIZATION


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The organization; never by its name unless the Mapping says so, since names repeat."""
    named = values.get("match_field")
    found = refer(_KIND, values["match_value"], named=named, defaults=defaults)
    if values.get("name"):
        found = found.sharing(identifier.name(values["name"]))
    return (found.ruled(ambiguous_rule(values)),)


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the organization or update what differs.

    Raises NeedsChoice, and MappingError (`name_missing`) for a new one without a name.
    """
    defaults = account.defaults
    reference = references(values, defaults)[0]
    match = matches[reference.role]
    if isinstance(match, Ambiguous):
        refuse_to_choose(match, role="organization")
    found = match if isinstance(match, Found) else None
    if (nothing := stopped(values, found)) is not None:
        return nothing

    wanted = draft(_KIND, values, account, external_id=reference.external_id)
    field = match_field(_KIND, values.get("match_field"), defaults)
    write_match_key(wanted, match_field=field, value=values["match_value"])
    write_external_id(wanted, own_field=defaults.external_id_fields.get(_KIND, ""), found=found)
    put_owner(wanted, values, account)
    organization = found.record if found else None
    current = organization if isinstance(organization, Organization) else None
    put_labels(wanted, values, account, held=current.label_ids if current else ())
    if found is not None and current is not None:
        held = _held(current)
        apply_rules(wanted, values, held)
        return complete(plan_update(wanted, found, current=held))
    if field == "name":
        wanted.values.setdefault("name", values["match_value"])
    if not wanted.values.get("name"):
        raise MappingError(
            "name: a new organization needs one and it was empty; map name.",
            code="name_missing",
            path="name",
        )
    return complete(plan_create(wanted, add_time=values.get("add_time")))


def _held(organization: Organization) -> dict[str, Any]:
    return {
        "name": organization.name,
        "visible_to": organization.visible_to,
        "owner_id": organization.owner_id,
        "label_ids": list(organization.label_ids),
    }


ACTION = Action(
    key="upsert_organization",
    title="Create or update an organization",
    description="Finds the organization the event is about and writes what differs; creates it "
    "when there is none.",
    kind=_KIND,
    default_trigger='type = "group"',
    fields=(
        ActionField(
            key="match_field",
            writing=Writing.FINDS,
            label="Match field",
            description="The field by which the organization is looked up. Empty: the "
            "Connection's, which is the id unless it was changed. With the id, the sender's own "
            "id is remembered.",
            dynamic="organization_match_fields",
        ),
        ActionField(
            key="match_value",
            writing=Writing.FINDS,
            label="Match value",
            description="What the match field holds for this organization.",
            required=True,
            default={"@path": "$.groupId"},
        ),
        ActionField(
            key="name",
            label="Organization name",
            description="What it is called. A new organization needs one.",
            default={"@path": "$.traits.name"},
        ),
        visible_field("the organization"),
        ActionField(
            key="add_time",
            writing=Writing.CREATES,
            label="Created at",
            description="When the organization came to be. Only a new one takes it; without an "
            "offset it is in the zone below, or in UTC.",
            type=ValueType.DATETIME,
        ),
        ActionField(
            key="custom_fields",
            label="Custom fields",
            description=CUSTOM_FIELDS_TEXT,
            type=ValueType.OBJECT,
            dynamic="organization_custom_fields",
        ),
        OWNER,
        *labels_fields(_KIND),
        *RULES,
    ),
    references=references,
    plan=plan,
    subject="organization",
    codes=("invalid_value", "needs_choice", "name_missing", *ACCOUNT_CODES),
    needs=frozenset({Need.FIELDS, Need.USERS}),
    preset=Preset(name="Organizations from group calls", trigger='type = "group"'),
)
