"""Records as webhooks v2 carry them. Source: the webhooks v2 guide and its migration guide."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.customvalues import as_webhook, zone_id
from dealwright.sandbox.deals import whole
from dealwright.sandbox.leads import view as lead_view
from dealwright.sandbox.organizations import address_view
from dealwright.sandbox.records import (
    Activity,
    Deal,
    Lead,
    Note,
    Organization,
    Person,
    Pipeline,
    Stage,
    User,
)


def custom(company: Company, kind: str, record: Any) -> Json:
    """The custom values that are set, each with its type."""
    fields = company.fields[kind].custom
    values: Json = record.custom or {}
    return {
        code: as_webhook(fields[code], value) for code, value in values.items() if code in fields
    }


def _shared(company: Company, kind: str, row: Any) -> Json:
    """What persons, organizations and deals have alike."""
    return {
        "id": row.id,
        "owner_id": row.owner_id,
        "add_time": rfc3339(row.add_time),
        "update_time": rfc3339(row.update_time),
        "visible_to": str(row.visible_to),
        "label": row.label_ids[0] if row.label_ids else None,
        "label_ids": list(row.label_ids),
        "custom_fields": custom(company, kind, row),
    }


def _person(company: Company, row: Person) -> Json:
    return {
        **_shared(company, "person", row),
        "name": row.name,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "org_id": row.org_id,
        "emails": msgspec.to_builtins(row.emails),
        "phones": msgspec.to_builtins(row.phones),
        "picture_id": row.picture_id,
        "marketing_status": row.marketing_status,
    }


def _organization(company: Company, row: Organization) -> Json:
    return {
        **_shared(company, "organization", row),
        "name": row.name,
        "address": address_view(row.address),
        "website": row.website,
        "linkedin": row.linkedin,
        "industry": row.industry,
        "annual_revenue": row.annual_revenue,
        "employee_count": row.employee_count,
    }


def _deal(company: Company, row: Deal) -> Json:
    return {
        **_shared(company, "deal", row),
        "title": row.title,
        "creator_user_id": row.creator_user_id,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "pipeline_id": row.pipeline_id,
        "stage_id": row.stage_id,
        "stage_change_time": rfc3339(row.stage_change_time),
        "value": whole(row.value),
        "currency": row.currency,
        "status": row.status,
        "probability": row.probability,
        "lost_reason": row.lost_reason,
        "close_time": rfc3339(row.close_time),
        "won_time": rfc3339(row.won_time),
        "lost_time": rfc3339(row.lost_time),
        "expected_close_date": row.expected_close_date,
        "is_archived": row.is_archived,
        "archive_time": rfc3339(row.archive_time),
        "origin": row.origin,
        "origin_id": row.origin_id,
        "channel": row.channel,
        "channel_id": row.channel_id,
    }


def _lead(company: Company, row: Lead) -> Json:
    data = lead_view(company, row)
    for code in company.fields["deal"].custom:
        for name in [name for name in data if name.startswith(code)]:
            del data[name]
    data["custom_fields"] = custom(company, "deal", row)
    return data


def _activity(company: Company, row: Activity) -> Json:
    owner = company.users.get(row.owner_id)
    zone = owner.timezone_name if owner is not None else "Etc/UTC"
    time = None if row.due_time is None else {
        "timezone_id": zone_id(zone), "value": row.due_time,
    }  # fmt: skip
    return {
        "id": row.id,
        "subject": row.subject,
        "type": row.type,
        "owner_id": row.owner_id,
        "creator_user_id": row.creator_user_id,
        "active_flag": not row.is_deleted,
        "busy_flag": row.busy,
        "done": row.done,
        "due_date": row.due_date,
        "due_time": time,
        "duration": row.duration,
        "deal_id": row.deal_id,
        "lead_id": row.lead_id,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "project_id": row.project_id,
        "location": address_view(row.location),
        "participants": msgspec.to_builtins(row.participants),
        "attendees": msgspec.to_builtins(row.attendees),
        "note": row.note,
        "public_description": row.public_description,
        "priority": row.priority,
        "marked_as_done_time": rfc3339(row.marked_as_done_time),
        "add_time": rfc3339(row.add_time),
        "update_time": rfc3339(row.update_time),
    }


def _note(company: Company, row: Note) -> Json:
    del company
    return {
        "id": row.id,
        "content": row.content,
        "user_id": row.user_id,
        "last_update_user_id": row.last_update_user_id,
        "active_flag": not row.is_deleted,
        "deal_id": row.deal_id,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "lead_id": row.lead_id,
        "project_id": row.project_id,
        "pinned_to_deal_flag": "pinned_to_deal_flag" in row.pinned,
        "pinned_to_person_flag": "pinned_to_person_flag" in row.pinned,
        "pinned_to_organization_flag": "pinned_to_organization_flag" in row.pinned,
        "pinned_to_lead_flag": "pinned_to_lead_flag" in row.pinned,
        "add_time": rfc3339(row.add_time),
        "update_time": rfc3339(row.update_time),
    }


def _pipeline(company: Company, row: Pipeline) -> Json:
    del company
    return {
        "id": row.id,
        "name": row.name,
        "order_nr": row.order_nr,
        "active_flag": not row.is_deleted,
        "deal_probability": row.is_deal_probability_enabled,
        "add_time": rfc3339(row.add_time),
        "update_time": rfc3339(row.update_time),
    }


def _stage(company: Company, row: Stage) -> Json:
    del company
    return {
        "id": row.id,
        "name": row.name,
        "order_nr": row.order_nr,
        "pipeline_id": row.pipeline_id,
        "active_flag": not row.is_deleted,
        "deal_probability": row.deal_probability,
        "rotten_flag": row.is_deal_rot_enabled,
        "rotten_days": row.days_to_rotten,
        "add_time": rfc3339(row.add_time),
        "update_time": rfc3339(row.update_time),
    }


def _user(company: Company, row: User) -> Json:
    del company
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "active_flag": row.active_flag,
        "is_admin": row.is_admin,
        "default_currency": row.default_currency,
        "locale": row.locale,
        "timezone_name": row.timezone_name,
        "timezone_offset": row.timezone_offset,
        "phone": row.phone,
        "role_id": row.role_id,
        "created": rfc3339(row.created),
        "modified": rfc3339(row.modified),
    }


VIEWS: Mapping[str, Callable[[Company, Any], Json]] = {
    "person": _person,
    "organization": _organization,
    "deal": _deal,
    "lead": _lead,
    "activity": _activity,
    "note": _note,
    "pipeline": _pipeline,
    "stage": _stage,
    "user": _user,
}
# A record's own bookkeeping is no change that a person made.
SILENT = frozenset({"update_time", "modified", "next_activity_id"})


def changed_keys(before: Json, after: Json) -> Json:
    """`previous` of a change: the old values of what changed, custom fields one by one."""
    previous: Json = {
        name: before[name]
        for name in before
        if name not in SILENT and name != "custom_fields" and before[name] != after.get(name)
    }
    old: Json = before.get("custom_fields", {})
    new: Json = after.get("custom_fields", {})
    codes = {code: old.get(code) for code in {**old, **new} if old.get(code) != new.get(code)}
    if codes:
        previous["custom_fields"] = codes
    return previous
