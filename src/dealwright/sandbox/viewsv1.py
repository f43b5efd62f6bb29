"""Records in v1's shape: for merges, deal participants, and the retired v1 endpoints."""

from typing import Any

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.counts import DEAL_EXTRAS, ORGANIZATION_EXTRAS, PERSON_EXTRAS
from dealwright.sandbox.customvalues import as_v1
from dealwright.sandbox.deals import whole
from dealwright.sandbox.records import Activity, ContactPoint, Deal, Organization, Person

_UNSET_POINT: list[Json] = [{"value": "", "primary": True}]


def custom(company: Company, kind: str, record: Any) -> Json:
    """Every custom field of the account, flat; unset ones are null."""
    data: Json = {}
    values: Json = record.custom or {}
    for code, field in company.fields[kind].custom.items():
        data.update(as_v1(field, values.get(code)))
    return data


def _points(points: tuple[ContactPoint, ...]) -> list[Json]:
    rows = [{"value": p.value, "primary": p.primary, "label": p.label} for p in points]
    return rows or _UNSET_POINT


def user_ref(company: Company, user_id: int) -> Json:
    """A user as v1 nests it."""
    user = company.users.get(user_id)
    return {
        "id": user_id,
        "name": user.name if user else "",
        "email": user.email if user else "",
        "has_pic": 0,
        "pic_hash": None,
        "active_flag": user.active_flag if user else False,
        "value": user_id,
    }


def organization_ref(company: Company, key: int | None) -> Json | None:
    """An organization as v1 nests it."""
    row = company.organizations.get(key) if key is not None else None
    if row is None:
        return None
    return {
        "name": row.name,
        "people_count": ORGANIZATION_EXTRAS["people_count"](company, row),
        "owner_id": row.owner_id,
        "address": row.address.value if row.address else None,
        "active_flag": not row.is_deleted,
        "cc_email": f"{company.domain}@pipedrivemail.example",
        "label_ids": row.label_ids,
        "value": row.id,
    }


def person_ref(company: Company, key: int | None) -> Json | None:
    """A person as v1 nests it."""
    row = company.persons.get(key) if key is not None else None
    if row is None:
        return None
    return {
        "active_flag": not row.is_deleted,
        "name": row.name,
        "email": _points(row.emails),
        "phone": _points(row.phones),
        "owner_id": row.owner_id,
        "company_id": company.id,
        "value": row.id,
    }


def person(company: Company, row: Person) -> Json:
    """A person with links as bare ids, as merging answers."""
    organization = company.organizations.get(row.org_id) if row.org_id is not None else None
    owner = company.users.get(row.owner_id)
    counts = {
        name: extra(company, row)
        for name, extra in PERSON_EXTRAS.items()
        if name not in {"marketing_status", "doi_status", "smart_bcc_email"}
    }
    return {
        "id": row.id,
        "company_id": company.id,
        "owner_id": row.owner_id,
        "org_id": row.org_id,
        "name": row.name,
        "first_name": row.first_name,
        "last_name": row.last_name,
        **counts,
        "active_flag": not row.is_deleted,
        "phone": _points(row.phones),
        "email": _points(row.emails),
        "first_char": row.name[:1].lower(),
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "visible_to": str(row.visible_to),
        "picture_id": None,
        "next_activity_date": None,
        "next_activity_time": None,
        "last_activity_date": None,
        "label": row.label_ids[0] if row.label_ids else None,
        "label_ids": row.label_ids,
        "org_name": organization.name if organization else None,
        "owner_name": owner.name if owner else "",
        "cc_email": f"{company.domain}@pipedrivemail.example",
        **custom(company, "person", row),
    }


def nested_person(company: Company, row: Person) -> Json:
    """A person with owner and organization nested, as v1 reads show it."""
    return {
        **person(company, row),
        "owner_id": user_ref(company, row.owner_id),
        "org_id": organization_ref(company, row.org_id),
    }


def organization(company: Company, row: Organization) -> Json:
    """An organization as v1 reads show it."""
    owner = company.users.get(row.owner_id)
    address: Json = {"address": row.address.value if row.address else None}
    for name in ("country", "locality", "postal_code", "route", "street_number"):
        address[f"address_{name}"] = getattr(row.address, name) if row.address else None
    return {
        "id": row.id,
        "company_id": company.id,
        "owner_id": user_ref(company, row.owner_id),
        "name": row.name,
        "active_flag": not row.is_deleted,
        "people_count": ORGANIZATION_EXTRAS["people_count"](company, row),
        "open_deals_count": ORGANIZATION_EXTRAS["open_deals_count"](company, row),
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "visible_to": str(row.visible_to),
        "label": row.label_ids[0] if row.label_ids else None,
        "label_ids": row.label_ids,
        "owner_name": owner.name if owner else "",
        "cc_email": f"{company.domain}@pipedrivemail.example",
        **address,
        **custom(company, "organization", row),
    }


def deal(company: Company, row: Deal) -> Json:
    """A deal with links as bare ids, as merging answers."""
    names = _deal_names(company, row)
    counts = {
        name: extra(company, row)
        for name, extra in DEAL_EXTRAS.items()
        if name not in {"smart_bcc_email", "source_lead_id", "first_won_time"}
    }
    return {
        "id": row.id,
        "creator_user_id": row.creator_user_id,
        "user_id": row.owner_id,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "stage_id": row.stage_id,
        "pipeline_id": row.pipeline_id,
        "title": row.title,
        "value": whole(row.value),
        "currency": row.currency,
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "stage_change_time": spaced(row.stage_change_time),
        "active": row.status == "open" and not row.is_deleted,
        "deleted": row.is_deleted,
        "is_archived": row.is_archived,
        "status": "deleted" if row.is_deleted else row.status,
        "probability": row.probability,
        "lost_reason": row.lost_reason,
        "visible_to": str(row.visible_to),
        "close_time": spaced(row.close_time),
        "won_time": spaced(row.won_time),
        "first_won_time": spaced(row.first_won_time),
        "lost_time": spaced(row.lost_time),
        "expected_close_date": row.expected_close_date,
        "label": ",".join(str(i) for i in row.label_ids) or None,
        "origin": row.origin,
        "origin_id": row.origin_id,
        "channel": row.channel,
        "channel_id": row.channel_id,
        "acv": None,
        "arr": None,
        "mrr": None,
        **counts,
        **names,
        **custom(company, "deal", row),
    }


def _deal_names(company: Company, row: Deal) -> Json:
    person_row = company.persons.get(row.person_id) if row.person_id is not None else None
    org_row = company.organizations.get(row.org_id) if row.org_id is not None else None
    owner = company.users.get(row.owner_id)
    stage = company.stages.get(row.stage_id)
    amount = f"{row.value:,.0f} {row.currency}"
    return {
        "stage_order_nr": stage.order_nr if stage else 0,
        "person_name": person_row.name if person_row else None,
        "org_name": org_row.name if org_row else None,
        "owner_name": owner.name if owner else "",
        "formatted_value": amount,
        "weighted_value": whole(row.value),
        "formatted_weighted_value": amount,
        "weighted_value_currency": row.currency,
        "rotten_time": None,
        "cc_email": f"{company.domain}+deal{row.id}@pipedrivemail.example",
        "org_hidden": False,
        "person_hidden": False,
    }


def nested_deal(company: Company, row: Deal) -> Json:
    """A deal with its links nested, as v1 reads show it."""
    return {
        **deal(company, row),
        "creator_user_id": user_ref(company, row.creator_user_id),
        "user_id": user_ref(company, row.owner_id),
        "person_id": person_ref(company, row.person_id),
        "org_id": organization_ref(company, row.org_id),
    }


def activity(company: Company, row: Activity) -> Json:
    """An activity as v1 reads show it."""
    return {
        "id": row.id,
        "company_id": company.id,
        "user_id": row.owner_id,
        "created_by_user_id": row.creator_user_id,
        "subject": row.subject,
        "type": row.type,
        "done": row.done,
        "due_date": row.due_date,
        "due_time": (row.due_time or "")[:5],
        "duration": (row.duration or "")[:5],
        "busy_flag": row.busy,
        "note": row.note,
        "public_description": row.public_description,
        "location": row.location.value if row.location else None,
        "deal_id": row.deal_id,
        "lead_id": row.lead_id,
        "person_id": row.person_id,
        "org_id": row.org_id,
        "participants": [
            {"person_id": p.person_id, "primary_flag": p.primary} for p in row.participants
        ],
        "active_flag": not row.is_deleted,
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "marked_as_done_time": spaced(row.marked_as_done_time) or "",
    }
