"""v2 activities. Source: openapi-v2 `/activities`, changelog 2024-03-25, live observations."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.organizations import address_view
from dealwright.sandbox.paging import query_boolean
from dealwright.sandbox.records import Activity, Attendee
from dealwright.sandbox.resource import Resource
from dealwright.sandbox.validate import (
    Shape,
    Spot,
    address,
    at_most,
    attendees,
    boolean,
    clock_time,
    day_text,
    duration,
    integer,
    known,
    nullable,
    participants,
    text,
)

NOTE_LIMIT = 100_000


def _type(value: Any, spot: Spot) -> Any:
    types = spot.company.activity_types.values()
    if not isinstance(value, str):
        spot.fail("The value is not a valid 'string'")
    elif value not in {row.key_string for row in types}:
        spot.fail(f"Activity type '{value}' does not exist")
    return value


def _person_id(value: Any, spot: Spot) -> Any:
    # Read-only: a person is linked through a primary participant (migration guide).
    if spot.company.options.switches.activity_person_id == "reject":
        spot.fail("Parameter 'person_id' is not allowed for this request")
    return value


SHAPE: Shape = {
    "subject": text,
    "type": _type,
    "owner_id": known("user"),
    "deal_id": nullable(known("deal")),
    "lead_id": nullable(known("lead")),
    "person_id": _person_id,
    "org_id": nullable(known("organization")),
    "project_id": nullable(integer),
    "due_date": day_text,
    "due_time": clock_time,
    "duration": duration,
    "busy": boolean,
    "done": boolean,
    "location": nullable(address),
    "participants": participants,
    "attendees": attendees,
    "public_description": at_most(NOTE_LIMIT),
    "priority": nullable(integer),
    "note": at_most(NOTE_LIMIT),
}


def _linked(call: Call, values: Json) -> Json:
    values.pop("person_id", None)
    if "participants" in values:
        primary = next((p for p in values["participants"] if p.primary), None)
        values["person_id"] = primary.person_id if primary else None
    # A deal wins over a lead, a lead over a project (changelog 2024-03-25).
    if values.get("deal_id") is not None:
        values |= {"lead_id": None, "project_id": None}
    elif values.get("lead_id") is not None:
        values |= {"deal_id": None, "project_id": None}
    elif values.get("project_id") is not None:
        values |= {"deal_id": None, "lead_id": None}
    return values if "org_id" in values else values | _org_of_deal(call, values)


def _org_of_deal(call: Call, values: Json) -> Json:
    deal = call.company.deals.get(values.get("deal_id") or 0)
    copies = call.company.options.switches.activity_copies_deal_org
    return {"org_id": deal.org_id} if copies and deal is not None and deal.org_id else {}


def make(call: Call, values: Json) -> Activity:
    """A new activity; v1's defaults are subject "Call" and type "call"."""
    rest = _linked(call, values)
    rest.setdefault("subject", "Call")
    rest.setdefault("type", _default_type(call.company))
    rest.setdefault("owner_id", call.user.id)
    rest.setdefault("busy", bool(rest.get("due_time")))
    if rest.get("done"):
        rest["marked_as_done_time"] = call.now_ms
    return Activity(
        id=call.company.activities.next_id(),
        creator_user_id=call.user.id,
        **rest,
        add_time=call.now_ms,
        update_time=call.now_ms,
    )


def _default_type(company: Company) -> str:
    types = sorted(company.activity_types.values(), key=lambda row: row.order_nr)
    keys = [row.key_string for row in types if row.active_flag]
    return "call" if "call" in keys or not keys else keys[0]


def change(call: Call, activity: Activity, values: Json) -> Activity:
    """The activity with what a PATCH says; `done` notes when."""
    rest = _linked(call, values)
    if rest.get("done") is True and not activity.done:
        rest["marked_as_done_time"] = call.now_ms
    elif rest.get("done") is False:
        rest["marked_as_done_time"] = None
    return msgspec.structs.replace(activity, **rest)


def view(company: Company, activity: Activity) -> Json:
    """The activity as v2 shows it."""
    del company
    return {
        "id": activity.id,
        "subject": activity.subject,
        "type": activity.type,
        "owner_id": activity.owner_id,
        "creator_user_id": activity.creator_user_id,
        "is_deleted": activity.is_deleted,
        "add_time": rfc3339(activity.add_time),
        "update_time": rfc3339(activity.update_time),
        "deal_id": activity.deal_id,
        "lead_id": activity.lead_id,
        "person_id": activity.person_id,
        "org_id": activity.org_id,
        "project_id": activity.project_id,
        "due_date": activity.due_date,
        "due_time": activity.due_time,
        "duration": activity.duration,
        "busy": activity.busy,
        "done": activity.done,
        "marked_as_done_time": rfc3339(activity.marked_as_done_time),
        "location": address_view(activity.location),
        "participants": [
            {"person_id": p.person_id, "primary": p.primary} for p in activity.participants
        ],
        "conference_meeting_client": None,
        "conference_meeting_url": None,
        "conference_meeting_id": None,
        "public_description": activity.public_description,
        "priority": activity.priority,
        "note": activity.note,
    }


def _attendees_view(company: Company, activity: Activity) -> list[Json]:
    del company
    rows: tuple[Attendee, ...] = activity.attendees
    return [msgspec.structs.asdict(row) for row in rows]


class Activities(Resource):
    """Activities; `person_id` filters by the primary participant only."""

    def page(self, call: Call) -> Answer:
        """`GET /activities`."""
        done = query_boolean(call, "done")
        return self.listed(
            call, lambda row: not row.is_deleted and (done is None or row.done == done)
        )


ACTIVITIES = Activities(
    kind="activity",
    noun="Activity",
    create_shape=SHAPE,
    patch_shape=SHAPE,
    make=make,
    change=change,
    view=view,
    extras={"attendees": _attendees_view},
    filters={
        "owner_id": "owner_id",
        "deal_id": "deal_id",
        "lead_id": "lead_id",
        "person_id": "person_id",
        "org_id": "org_id",
    },
    sorts=("id", "update_time", "add_time", "due_date"),
    has_custom=False,
)
