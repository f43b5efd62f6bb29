"""Create or update an organization."""

from dealwright.core.action import (
    Account,
    Action,
    ActionField,
    Matches,
    Need,
    Preset,
    Values,
    ValueType,
)
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, Found, Reference
from dealwright.core.plan import Plan
from dealwright.core.record import Organization, RecordKind
from dealwright.core.reference import match_field, refer
from dealwright.core.upsert import (
    draft,
    plan_create,
    plan_update,
    refuse_to_choose,
    write_external_id,
    write_match_key,
)
from dealwright.core.visibility import VISIBILITY

_KIND = RecordKind.ORGANIZATION


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The organization; never by its name unless the Mapping says so, since names repeat."""
    named = values.get("match_field")
    return (refer(_KIND, values["match_value"], named=named, defaults=defaults),)


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

    wanted = draft(_KIND, values, account, external_id=reference.external_id)
    field = match_field(_KIND, values.get("match_field"), defaults)
    write_match_key(wanted, match_field=field, value=values["match_value"])
    write_external_id(wanted, own_field=defaults.external_id_fields.get(_KIND, ""), found=found)
    if found is not None and isinstance(found.record, Organization):
        record = found.record
        current = {"name": record.name, "visible_to": record.visible_to}
        return plan_update(wanted, found, current=current)
    if field == "name":
        wanted.values.setdefault("name", values["match_value"])
    if not wanted.values.get("name"):
        raise MappingError(
            "name: a new organization needs one and it was empty; map name.",
            code="name_missing",
            path="name",
        )
    return plan_create(wanted, add_time=values.get("add_time"))


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
            label="Match field",
            description="The field by which the organization is looked up. Empty: the "
            "Connection's, which is the id unless it was changed. With the id, the sender's own "
            "id is remembered.",
            dynamic="organization_match_fields",
        ),
        ActionField(
            key="match_value",
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
        ActionField(
            key="visible_to",
            label="Visible to",
            description="Who in Pipedrive sees the organization. What the levels are called "
            "depends on the plan: on Lite and Growth there are only 1 and 3.",
            choices=VISIBILITY,
        ),
        ActionField(
            key="add_time",
            label="Created at",
            description="When the organization came to be. Only a new one takes it; without a "
            "zone it is UTC.",
            type=ValueType.DATETIME,
        ),
        ActionField(
            key="custom_fields",
            label="Custom fields",
            description="Values by the name or the 40-digit key of the field; options by label. "
            "Empty text clears a field.",
            type=ValueType.OBJECT,
            dynamic="organization_custom_fields",
        ),
    ),
    references=references,
    plan=plan,
    subject="organization",
    needs=frozenset({Need.FIELDS}),
    preset=Preset(name="Organizations from group calls", trigger='type = "group"'),
)
