"""v1 leads. Source: openapi-v1 `/leads`."""

import re
from typing import Any
from uuid import UUID

import msgspec

from dealwright.sandbox.answers import Answer, Json, success, v1_missing, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import parse_rfc3339, rfc3339_ms
from dealwright.sandbox.company import Company
from dealwright.sandbox.customv1 import read_v1
from dealwright.sandbox.customvalues import as_v1, merged
from dealwright.sandbox.deals import check_room, whole
from dealwright.sandbox.paging import window_v1
from dealwright.sandbox.records import Activity, Lead, Money
from dealwright.sandbox.resource import mark_deleted
from dealwright.sandbox.validate import is_date
from dealwright.sandbox.visibility import default_visibility, sees

_HASH = re.compile(r"[0-9a-f]{40}(_\w+)?\Z")
_KNOWN = frozenset({
    "title", "owner_id", "label_ids", "person_id", "organization_id", "value",
    "expected_close_date", "visible_to", "was_seen", "origin_id", "channel", "channel_id",
    "is_archived",
})  # fmt: skip
_MUST_LINK = 'One of the "person_id" or "organization_id" must be set.'


def not_found() -> Exception:
    """404 as v1 leads say it."""
    return v1_missing("requested lead not found")


def _bad(sentence: str) -> Exception:
    return v1_refusal(400, sentence)


def _checked(call: Call, body: Json) -> Json:
    values: Json = {}
    for name, value in body.items():
        if name in _KNOWN:
            values[name] = _CHECKS.get(name, _as_is)(call.company, name, value)
        elif not _HASH.match(name):
            raise _bad(f'"{name}" is not allowed')
    return values


def _as_is(company: Company, name: str, value: Any) -> Any:
    del company, name
    return value


def _title(company: Company, name: str, value: Any) -> Any:
    del company
    if not isinstance(value, str) or not value.strip():
        raise _bad(f'"{name}" is not allowed to be empty')
    if len(value) > 255:
        raise _bad(f'"{name}" length must be less than or equal to 255 characters long')
    return value


def _flag(company: Company, name: str, value: Any) -> Any:
    del company
    if not isinstance(value, bool):
        raise _bad(f'"{name}" must be a boolean')
    return value


def _link(company: Company, name: str, value: Any) -> Any:
    if value is None:
        return None
    if type(value) is not int:
        raise _bad(f'"{name}" must be a number')
    kind = {"person_id": "person", "organization_id": "organization", "owner_id": "user"}[name]
    record = company.tables[kind].get(value)
    if record is None or getattr(record, "is_deleted", False):
        raise _bad(f"{kind.capitalize()} with id {value} was not found")
    return value


def _labels(company: Company, name: str, value: Any) -> Any:
    if not isinstance(value, list):
        raise _bad(f'"{name}" must be an array')
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    for item in items:
        if company.lead_labels.get(item) is None:
            raise _bad(f'"{name}" contains an unknown label')
    return tuple(items)


def _money(company: Company, name: str, value: Any) -> Any:
    del company
    if value is None:
        return None
    try:
        return msgspec.convert(value, Money)
    except msgspec.ValidationError:
        raise _bad(f'"{name}" must have an amount and a currency') from None


def _date(company: Company, name: str, value: Any) -> Any:
    del company
    if value is not None and not (isinstance(value, str) and is_date(value)):
        raise _bad(f'"{name}" must be in YYYY-MM-DD format')
    return value


def _visible(company: Company, name: str, value: Any) -> Any:
    choices = {"1", "3", "5", "7"} if company.plan.four_visibilities else {"1", "3"}
    if str(value) not in choices:
        raise _bad(f'"{name}" must be one of [{", ".join(sorted(choices))}]')
    return int(value)


_CHECKS = {
    "title": _title,
    "was_seen": _flag,
    "is_archived": _flag,
    "person_id": _link,
    "organization_id": _link,
    "owner_id": _link,
    "label_ids": _labels,
    "value": _money,
    "expected_close_date": _date,
    "visible_to": _visible,
}


def create(call: Call) -> Answer:
    """`POST /leads`: 201; a title, and a person or an organization."""
    body = call.form_or_json()
    values = _checked(call, body)
    values.pop("is_archived", None)
    if "title" not in values:
        raise _bad('"title" is required')
    if values.get("person_id") is None and values.get("organization_id") is None:
        raise _bad(_MUST_LINK)
    check_room(call.company)
    values.setdefault("owner_id", call.user.id)
    values.setdefault("visible_to", default_visibility(call.company))
    lead = Lead(
        id=call.company.fresh_uuid(),
        creator_id=call.user.id,
        **_origin(call),
        **values,
        add_time=call.now_ms,
        update_time=call.now_ms,
        custom=merged(None, read_v1(call, "deal", body)),
    )
    call.company.save("lead", lead, call.actor)
    return success(view(call.company, lead), status=201)


def _origin(call: Call) -> Json:
    if call.actor.source == "api":
        return {}
    return {"source_name": "Manually created", "origin": "ManuallyCreated"}


def found(call: Call) -> Lead:
    """The lead that this user may see. Raises Refusal 404."""
    text = call.params[0]
    try:
        UUID(text)
    except ValueError:
        raise _bad('"id" must be a valid GUID') from None
    lead = call.company.leads.get(text.lower())
    if lead is None or lead.is_deleted or not sees(call.user, call.company, lead):
        raise not_found()
    return lead


def one(call: Call) -> Answer:
    """`GET /leads/{id}`."""
    return success(view(call.company, found(call)))


def update(call: Call) -> Answer:
    """`PATCH /leads/{id}`: null unsets, but a person or an organization must stay."""
    lead = found(call)
    body = call.form_or_json()
    values = _checked(call, body)
    custom = read_v1(call, "deal", body)
    if custom:
        values["custom"] = merged(lead.custom, custom)
    changed = msgspec.structs.replace(lead, **values, update_time=call.now_ms)
    if changed.person_id is None and changed.organization_id is None:
        raise _bad(_MUST_LINK)
    call.company.save("lead", changed, call.actor)
    return success(view(call.company, changed))


def delete(call: Call) -> Answer:
    """`DELETE /leads/{id}`."""
    lead = found(call)
    mark_deleted(call.company, "lead", lead, call.actor)
    return success({"id": lead.id})


def list_leads(call: Call) -> Answer:
    """`GET /leads`: oldest first, archived ones left out."""
    return _listed(call, archived=False)


def list_archived(call: Call) -> Answer:
    """`GET /leads/archived`."""
    return _listed(call, archived=True)


def _listed(call: Call, *, archived: bool) -> Answer:
    rows = [
        lead
        for lead in call.company.leads.values()
        if not lead.is_deleted
        and lead.is_archived == archived
        and sees(call.user, call.company, lead)
        and _kept(call, lead)
    ]
    rows = _sorted(call, rows)
    start, limit = window_v1(call)
    # The paging keys of leads are not nested in `pagination` (openapi-v1).
    additional = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": start + limit < len(rows),
    }
    page = rows[start : start + limit]
    return success([view(call.company, lead) for lead in page], additional_data=additional)


def _kept(call: Call, lead: Lead) -> bool:
    for name in ("owner_id", "person_id", "organization_id"):
        wanted = call.query.get(name)
        if wanted and str(getattr(lead, name)) != wanted:
            return False
    since = parse_rfc3339(call.query.get("updated_since", ""))
    return since is None or lead.update_time // 1000 >= since // 1000


def _sorted(call: Call, rows: list[Lead]) -> list[Lead]:
    field, _, direction = call.query.get("sort", "add_time").strip().partition(" ")
    if field not in {"id", "title", "owner_id", "creator_id", "was_seen", "expected_close_date",
                     "add_time", "update_time"}:  # fmt: skip
        return rows
    return sorted(
        rows,
        key=lambda lead: (getattr(lead, field) is None, getattr(lead, field)),
        reverse=direction.strip().upper() == "DESC",
    )


def _next_activity(company: Company, lead: Lead) -> int | None:
    rows: list[Activity] = [
        row for row in company.activities.linked("lead_id", lead.id)
        if not row.is_deleted and not row.done
    ]  # fmt: skip
    return min(rows, key=lambda row: (row.due_date or "9999", row.id)).id if rows else None


def _money_view(value: Money) -> Json:
    return {"amount": whole(value.amount), "currency": value.currency}


def view(company: Company, lead: Lead) -> Json:
    """The lead as v1 shows it; custom fields are flat, and only those that are set."""
    fields = company.fields["deal"].custom
    data: Json = {
        "id": lead.id,
        "title": lead.title,
        "owner_id": lead.owner_id,
        "creator_id": lead.creator_id,
        "label_ids": lead.label_ids,
        "person_id": lead.person_id,
        "organization_id": lead.organization_id,
        "source_name": lead.source_name,
        "origin": lead.origin,
        "origin_id": lead.origin_id,
        "channel": lead.channel,
        "channel_id": lead.channel_id,
        "source_deal_id": lead.source_deal_id,
        "is_archived": lead.is_archived,
        "was_seen": lead.was_seen,
        "value": None if lead.value is None else _money_view(lead.value),
        "expected_close_date": lead.expected_close_date,
        "next_activity_id": _next_activity(company, lead),
        "add_time": rfc3339_ms(lead.add_time),
        "update_time": rfc3339_ms(lead.update_time),
        "visible_to": str(lead.visible_to),
        "cc_email": f"{company.domain}+lead{lead.id}@pipedrivemail.example",
    }
    for code, value in (lead.custom or {}).items():
        if code in fields:
            data.update(as_v1(fields[code], value))
    return data
