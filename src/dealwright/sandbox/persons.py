"""v2 persons. Source: openapi-v2 `/persons`, migration guide."""

from sys import intern
from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, Refusal, invalid, missing
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.counts import PERSON_EXTRAS
from dealwright.sandbox.customvalues import custom_fields, merged
from dealwright.sandbox.paging import query_integer
from dealwright.sandbox.records import ContactPoint, Person
from dealwright.sandbox.resource import Resource
from dealwright.sandbox.validate import (
    Shape,
    Spot,
    address,
    at_most,
    contact_points,
    day_text,
    known,
    labels,
    moment,
    one_of,
    text,
    visibility,
)
from dealwright.sandbox.visibility import default_visibility

CONTACT_SYNC = ("postal_address", "notes", "im", "birthday", "job_title")
MARKETING = ("no_consent", "unsubscribed", "subscribed", "archived")


def _emails(value: Any, spot: Spot) -> tuple[ContactPoint, ...]:
    points = contact_points(value, spot)
    if spot.company.options.switches.email_syntax == "checked":
        for i, point in enumerate(points):
            if "@" not in point.value:
                spot.at(i).at("value").fail("This value is not a valid email address.")
    return points


PATCH_SHAPE: Shape = {
    "name": text,
    "first_name": text,
    "last_name": text,
    "owner_id": known("user"),
    "org_id": known("organization"),
    "emails": _emails,
    "phones": contact_points,
    "visible_to": visibility,
    "label_ids": labels("person"),
    "marketing_status": one_of(*MARKETING),
    "postal_address": address,
    "notes": at_most(10_000),
    "im": contact_points,
    "birthday": day_text,
    "job_title": text,
    "custom_fields": custom_fields("person"),
}
CREATE_SHAPE: Shape = {**PATCH_SHAPE, "add_time": moment}


def split_name(name: str) -> tuple[str, str | None]:
    """First word and the rest; a single word is a first name (webhook guide's example)."""
    first, _, rest = name.strip().partition(" ")
    # First names repeat: kept once each.
    return intern(first), rest.strip() or None


def _names(values: Json, old: Person | None) -> Json:
    if "name" in values:
        first, last = split_name(values["name"])
        return {"name": values["name"], "first_name": first, "last_name": last}
    if "first_name" not in values and "last_name" not in values:
        if old is None:
            raise invalid(["name: Parameter 'name' is required"])
        return {}
    first = values.get("first_name", old.first_name if old else None)
    last = values.get("last_name", old.last_name if old else None)
    if old is None and (first is None or last is None):
        raise invalid(["name: Parameter 'name' is required"])
    name = " ".join(part for part in (first, last) if part)
    if not name:
        raise invalid(["name: first_name and last_name cannot both be empty"])
    return {"name": name, "first_name": first, "last_name": last or None}


def _contact_sync(call: Call, values: Json) -> Json:
    asked = {name: values.pop(name) for name in CONTACT_SYNC if name in values}
    if asked and not call.company.options.switches.contact_sync:
        raise Refusal(403, {
            "success": False,
            "error": "Contact sync is not enabled for this company",
            "code": "ERR_FEATURE_NOT_ENABLED",
        })  # fmt: skip
    return asked


def make(call: Call, values: Json) -> Person:
    """A new person."""
    names = _names(values, None)
    if not names["name"].strip():
        raise invalid(["name: This value should not be blank."])
    sync = _contact_sync(call, values)
    company = call.company
    rest = {k: v for k, v in values.items() if k not in {"name", "first_name", "last_name"}}
    custom = rest.pop("custom_fields", {})
    add_time = rest.pop("add_time", call.now_ms)
    if not rest.get("emails"):
        rest.pop("marketing_status", None)
    rest.setdefault("owner_id", call.user.id)
    rest.setdefault("visible_to", default_visibility(company))
    return Person(
        id=company.persons.next_id(),
        **names,
        **rest,
        add_time=add_time,
        update_time=call.now_ms,
        contact_sync=sync or None,
        custom=merged(None, custom),
    )


def change(call: Call, person: Person, values: Json) -> Person:
    """The person with what a PATCH says."""
    names = _names(values, person)
    if names and not names["name"].strip():
        raise invalid(["name: This value should not be blank."])
    sync = _contact_sync(call, values)
    rest = {k: v for k, v in values.items() if k not in {"name", "first_name", "last_name"}}
    if "custom_fields" in rest:
        rest["custom"] = patched_custom(call.company, person.custom, rest.pop("custom_fields"))
    if "marketing_status" in rest and not _may_change_marketing(person):
        del rest["marketing_status"]
    if sync:
        rest["contact_sync"] = {**(person.contact_sync or {}), **sync}
    return msgspec.structs.replace(person, **names, **rest)


def patched_custom(company: Company, old: Json | None, new: Json) -> Json | None:
    """Custom values after a PATCH; an empty object keeps or clears them, by switch."""
    if not new and company.options.switches.empty_custom_fields == "clear":
        return None
    return merged(old, new)


def _may_change_marketing(person: Person) -> bool:
    # It may be changed once, and never without an address; else ignored (openapi-v2).
    return bool(person.emails) and person.marketing_status == "no_consent"


def point_view(point: ContactPoint) -> Json:
    """An e-mail or phone as v2 shows it."""
    return {"value": point.value, "primary": point.primary, "label": point.label}


def view(company: Company, person: Person) -> Json:
    """The person as v2 shows it, without custom fields."""
    data: Json = {
        "id": person.id,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "add_time": rfc3339(person.add_time),
        "update_time": rfc3339(person.update_time),
        "emails": [point_view(point) for point in person.emails],
        "phones": [point_view(point) for point in person.phones],
        "is_deleted": person.is_deleted,
        "visible_to": person.visible_to,
        "label_ids": person.label_ids,
        "picture_id": person.picture_id,
    }
    if company.options.switches.contact_sync:
        sync = person.contact_sync or {}
        data.update({name: sync.get(name) for name in CONTACT_SYNC})
    return data


class Persons(Resource):
    """Persons, which can also be listed by a deal they take part in."""

    def page(self, call: Call) -> Answer:
        """`GET /persons`."""
        deal_id = query_integer(call, "deal_id")
        people = None if deal_id is None else _people_of_deal(call.company, deal_id)
        return self.listed(call, lambda p: not p.is_deleted and (people is None or p.id in people))

    def picture(self, call: Call) -> Answer:
        """`GET /persons/{id}/picture`: 404, for nobody here has one."""
        self.found(call, call.int_param())
        raise missing("Picture")


def _people_of_deal(company: Company, deal_id: int) -> set[int]:
    deal = company.deals.get(deal_id)
    people = {row.person_id for row in company.deal_participants.linked("deal_id", deal_id)}
    if deal is not None and deal.person_id is not None:
        people.add(deal.person_id)
    return people


PERSONS = Persons(
    kind="person",
    noun="Person",
    create_shape=CREATE_SHAPE,
    patch_shape=PATCH_SHAPE,
    make=make,
    change=change,
    view=view,
    extras=PERSON_EXTRAS,
    filters={"owner_id": "owner_id", "org_id": "org_id"},
)
