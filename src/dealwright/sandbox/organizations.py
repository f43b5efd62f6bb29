"""v2 organizations. Source: openapi-v2 `/organizations`."""

import msgspec

from dealwright.sandbox.answers import Json
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.counts import ORGANIZATION_EXTRAS
from dealwright.sandbox.customvalues import custom_fields, merged
from dealwright.sandbox.persons import patched_custom
from dealwright.sandbox.records import Address, Organization
from dealwright.sandbox.resource import Resource
from dealwright.sandbox.validate import (
    Shape,
    address,
    filled_text,
    integer,
    known,
    labels,
    moment,
    nullable,
    require,
    text,
    visibility,
)
from dealwright.sandbox.visibility import default_visibility

PATCH_SHAPE: Shape = {
    "name": filled_text,
    "owner_id": known("user"),
    "visible_to": visibility,
    "label_ids": labels("organization"),
    "address": address,
    "website": nullable(text),
    "linkedin": nullable(text),
    "industry": nullable(integer),
    "annual_revenue": nullable(integer),
    "employee_count": nullable(integer),
    "custom_fields": custom_fields("organization"),
}
CREATE_SHAPE: Shape = {**PATCH_SHAPE, "add_time": moment}


def make(call: Call, values: Json) -> Organization:
    """A new organization."""
    require(values, "name")
    rest = dict(values)
    custom = rest.pop("custom_fields", {})
    add_time = rest.pop("add_time", call.now_ms)
    rest.setdefault("owner_id", call.user.id)
    rest.setdefault("visible_to", default_visibility(call.company))
    return Organization(
        id=call.company.organizations.next_id(),
        **rest,
        add_time=add_time,
        update_time=call.now_ms,
        custom=merged(None, custom),
    )


def change(call: Call, organization: Organization, values: Json) -> Organization:
    """The organization with what a PATCH says; an address is replaced as a whole."""
    rest = dict(values)
    if "custom_fields" in rest:
        rest["custom"] = patched_custom(
            call.company, organization.custom, rest.pop("custom_fields")
        )
    return msgspec.structs.replace(organization, **rest)


def address_view(value: Address | None) -> Json | None:
    """An address as v2 shows it: an object with every part, or null."""
    return None if value is None else msgspec.structs.asdict(value)


def view(company: Company, organization: Organization) -> Json:
    """The organization as v2 shows it, without custom fields."""
    del company
    return {
        "id": organization.id,
        "name": organization.name,
        "owner_id": organization.owner_id,
        "add_time": rfc3339(organization.add_time),
        "update_time": rfc3339(organization.update_time),
        "address": address_view(organization.address),
        "is_deleted": organization.is_deleted,
        "visible_to": organization.visible_to,
        "label_ids": organization.label_ids,
        "website": organization.website,
        "linkedin": organization.linkedin,
        "industry": organization.industry,
        "annual_revenue": organization.annual_revenue,
        "employee_count": organization.employee_count,
    }


ORGANIZATIONS = Resource(
    kind="organization",
    noun="Organization",
    create_shape=CREATE_SHAPE,
    patch_shape=PATCH_SHAPE,
    make=make,
    change=change,
    view=view,
    extras=ORGANIZATION_EXTRAS,
    filters={"owner_id": "owner_id"},
)
