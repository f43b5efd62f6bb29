"""The search endpoints. Source: openapi-v2 `/persons/search` … `/itemSearch/field`."""

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.sandbox.answers import Answer, Json, Refusal, invalid, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Company
from dealwright.sandbox.deals import whole
from dealwright.sandbox.fielddefs import SEARCHABLE_TYPES
from dealwright.sandbox.index import Hit, Looked, custom_text, fold
from dealwright.sandbox.paging import (
    limit_v2,
    page_v1,
    query_boolean,
    query_choice,
    query_integer,
    read_cursor,
    write_cursor,
)
from dealwright.sandbox.records import Deal, Lead, Organization, Person
from dealwright.sandbox.visibility import sees

FIELDS: Mapping[str, frozenset[str]] = {
    "person": frozenset({"name", "email", "phone", "notes", "custom_fields"}),
    "organization": frozenset({"name", "address", "notes", "custom_fields"}),
    "deal": frozenset({"title", "notes", "custom_fields"}),
    "lead": frozenset({"title", "notes", "custom_fields"}),
}
ITEM_TYPES: tuple[str, ...] = (
    "deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project",
)  # fmt: skip
_ALL_FIELDS: frozenset[str] = frozenset(
    {"name", "email", "phone", "address", "title", "notes", "custom_fields", "code", "description"}
)
MAX_TERM = 500
Keep = Callable[[Any], bool]


def term_of(call: Call, *, exact: bool) -> str:
    """The search term: two characters at least, one if exact. Raises Refusal 400."""
    term = call.query.get("term", "").strip()
    if not term:
        raise Refusal(400, {
            "success": False,
            "error": "ServerError [ERR_INVALID_INPUT]: Invalid input: "
            '"term" is not allowed to be empty',
            "code": "ERR_INVALID_INPUT",
        })  # fmt: skip
    if len(term) < (1 if exact else 2):
        raise invalid(["term: This value is too short. It should have 2 characters or more."])
    if len(term) > MAX_TERM:
        raise invalid([f"term: This value is too long. It should have {MAX_TERM} or less."])
    return term


def _fields(call: Call, allowed: frozenset[str]) -> frozenset[str]:
    text = call.query.get("fields")
    if not text:
        return allowed
    wanted = frozenset(part.strip() for part in text.split(","))
    if not wanted <= allowed:
        raise invalid([f"fields: The value should be one of: {', '.join(sorted(allowed))}"])
    return wanted


def _shown(call: Call, kind: str, hit: Hit) -> bool:
    record = hit.record
    visible = not hasattr(record, "visible_to") or sees(call.user, call.company, record)
    return visible and not (kind in {"deal", "lead"} and record.is_deleted)


def _page(call: Call, rows: list[Any], *, most: int = 500) -> tuple[list[Any], str | None]:
    limit = limit_v2(call, most=most)
    marker = read_cursor(call)
    start = int(marker.get("offset", 0)) if marker else 0
    more = start + limit < len(rows)
    return rows[start : start + limit], write_cursor({"offset": start + limit}) if more else None


def _entity_search(kind: str, keeps: Callable[[Call], list[Keep]]) -> Callable[[Call], Answer]:
    def search(call: Call) -> Answer:
        exact = query_boolean(call, "exact_match") is True
        term = term_of(call, exact=exact)
        looked = Looked(term=fold(term), fields=_fields(call, FIELDS[kind]), exact=exact)
        tests = keeps(call)
        hits = [
            hit
            for hit in call.company.index.find(kind, looked, call.now_ms)
            if _shown(call, kind, hit) and all(test(hit.record) for test in tests)
        ]
        page, cursor = _page(call, hits)
        items = [_item(call.company, kind, hit) for hit in page]
        return success({"items": items}, additional_data={"next_cursor": cursor})

    return search


def _linked(call: Call, **attributes: str) -> list[Keep]:
    keeps: list[Keep] = []
    for parameter, attribute in attributes.items():
        wanted = query_integer(call, parameter)
        if wanted is not None:
            keeps.append(lambda r, a=attribute, w=wanted: getattr(r, a) == w)
    return keeps


def _deal_keeps(call: Call) -> list[Keep]:
    keeps = _linked(call, person_id="person_id", organization_id="org_id")
    status = call.query.get("status")
    if status is not None:
        query_choice(call, "status", ("open", "won", "lost"), "open")
        keeps.append(lambda deal: deal.status == status)
    return keeps


search_persons = _entity_search("person", lambda call: _linked(call, organization_id="org_id"))
search_organizations = _entity_search("organization", lambda _: [])
search_deals = _entity_search("deal", _deal_keeps)
search_leads = _entity_search(
    "lead", lambda call: _linked(call, person_id="person_id", organization_id="organization_id")
)


def search_leads_v1(call: Call) -> Answer:
    """`GET /v1/leads/search`: as v2's, paged by start and limit."""
    exact = query_boolean(call, "exact_match") is True
    looked = Looked(
        term=fold(term_of(call, exact=exact)), fields=_fields(call, FIELDS["lead"]), exact=exact
    )
    hits = [
        hit
        for hit in call.company.index.find("lead", looked, call.now_ms)
        if _shown(call, "lead", hit)
    ]
    page, pagination = page_v1(call, hits)
    items = [_item(call.company, "lead", hit) for hit in page]
    return success({"items": items}, additional_data={"pagination": pagination})


def _item(company: Company, kind: str, hit: Hit) -> Json:
    item = _ITEMS[kind](company, hit.record)
    item["custom_fields"] = hit.custom
    item["notes"] = hit.notes
    return {"result_score": hit.score, "item": item}


def _organization_ref(company: Company, key: int | None) -> Json | None:
    record = company.organizations.get(key) if key is not None else None
    if record is None:
        return None
    address = record.address.value if record.address else None
    return {"id": record.id, "name": record.name, "address": address}


def _person_ref(company: Company, key: int | None) -> Json | None:
    record = company.persons.get(key) if key is not None else None
    return None if record is None else {"id": record.id, "name": record.name}


def _person_item(company: Company, person: Person) -> Json:
    return {
        "id": person.id,
        "type": "person",
        "name": person.name,
        "phones": [point.value for point in person.phones],
        "emails": [point.value for point in person.emails],
        "visible_to": person.visible_to,
        "owner": {"id": person.owner_id},
        "organization": _organization_ref(company, person.org_id),
    }


def _organization_item(company: Company, organization: Organization) -> Json:
    del company
    return {
        "id": organization.id,
        "type": "organization",
        "name": organization.name,
        "address": organization.address.value if organization.address else None,
        "visible_to": organization.visible_to,
        "owner": {"id": organization.owner_id},
    }


def _deal_item(company: Company, deal: Deal) -> Json:
    stage = company.stages.get(deal.stage_id)
    return {
        "id": deal.id,
        "type": "deal",
        "title": deal.title,
        "value": whole(deal.value),
        "currency": deal.currency,
        "status": deal.status,
        "visible_to": deal.visible_to,
        "owner": {"id": deal.owner_id},
        "stage": {"id": deal.stage_id, "name": stage.name if stage else ""},
        "person": _person_ref(company, deal.person_id),
        "organization": _organization_ref(company, deal.org_id),
        "is_archived": deal.is_archived,
    }


def _lead_item(company: Company, lead: Lead) -> Json:
    person = company.persons.get(lead.person_id) if lead.person_id is not None else None
    return {
        "id": lead.id,
        "type": "lead",
        "title": lead.title,
        "owner": {"id": lead.owner_id},
        "person": _person_ref(company, lead.person_id),
        "organization": _organization_ref(company, lead.organization_id),
        "phones": [point.value for point in person.phones] if person else [],
        "emails": [point.value for point in person.emails] if person else [],
        "value": whole(lead.value.amount) if lead.value else None,
        "currency": lead.value.currency if lead.value else None,
        "visible_to": lead.visible_to,
        "is_archived": lead.is_archived,
    }


_ITEMS: Mapping[str, Callable[[Company, Any], Json]] = {
    "person": _person_item,
    "organization": _organization_item,
    "deal": _deal_item,
    "lead": _lead_item,
}


def search_items(call: Call) -> Answer:
    """`GET /itemSearch`: several kinds at once, 100 at most a page."""
    exact = query_boolean(call, "exact_match") is True
    term = fold(term_of(call, exact=exact))
    wanted = _fields(call, _ALL_FIELDS)
    found: list[tuple[str, Hit]] = []
    for kind in _item_types(call):
        fields = FIELDS.get(kind, frozenset()) & wanted
        if fields:
            looked = Looked(term=term, fields=fields, exact=exact)
            hits = call.company.index.find(kind, looked, call.now_ms)
            found += [(kind, hit) for hit in hits if _shown(call, kind, hit)]
    found.sort(key=lambda pair: (-pair[1].score, pair[0], pair[1].key))
    page, cursor = _page(call, found, most=100)
    items = [_item(call.company, kind, hit) for kind, hit in page]
    related = _related(call, page) if query_boolean(call, "search_for_related_items") else []
    data = {"items": items, "related_items": related}
    return success(data, additional_data={"next_cursor": cursor})


def _item_types(call: Call) -> list[str]:
    text = call.query.get("item_types")
    kinds: list[str] = list(ITEM_TYPES) if not text else [part.strip() for part in text.split(",")]
    if not set(kinds) <= set(ITEM_TYPES):
        raise invalid([f"item_types: The value should be one of: {', '.join(ITEM_TYPES)}"])
    return kinds


def _related(call: Call, page: list[tuple[str, Hit]]) -> list[Json]:
    there = {(kind, hit.key) for kind, hit in page}
    deals: dict[int, Deal] = {}
    for kind, hit in page:
        link = {"person": "person_id", "organization": "org_id"}.get(kind)
        if link:
            deals.update({d.id: d for d in call.company.deals.linked(link, hit.key)})
    newest = sorted(deals.values(), key=lambda deal: -deal.id)
    return [
        _item(call.company, "deal", Hit(key=deal.id, record=deal, score=0.0))
        for deal in newest
        if ("deal", deal.id) not in there and not deal.is_deleted
    ][:100]


def search_field(call: Call) -> Answer:
    """`GET /itemSearch/field`: one field of one kind, case-sensitive."""
    match = query_choice(call, "match", ("exact", "beginning", "middle"), "exact")
    term = term_of(call, exact=match == "exact")
    kind = query_choice(
        call, "entity_type",
        ("", "deal", "lead", "person", "organization", "product", "project"), "",
    )  # fmt: skip
    code = call.query.get("field", "")
    if not kind or not code:
        name = "field" if kind else "entity_type"
        raise invalid([f"{name}: Parameter '{name}' is required"])
    rows = _field_rows(call, kind, code, match) if kind in FIELDS else []
    page, cursor = _page(call, [row for row in rows if row is not None])
    if call.company.options.switches.field_search_shape == "items":
        page = [{"result_score": 1.0, "item": row} for row in page]
    del term
    return success(page, additional_data={"next_cursor": cursor})


# Built-in fields that can be searched, and the index's name for them.
_BUILT_IN = {
    "person": {"name": "name", "email": "email", "emails": "email", "phone": "phone",
               "phones": "phone"},
    "organization": {"name": "name", "address": "address"},
    "deal": {"title": "title"},
    "lead": {"title": "title"},
}  # fmt: skip


def _field_rows(call: Call, kind: str, code: str, match: str) -> list[Json | None]:
    field = call.company.fields[kind].fields.get(code)
    indexed = _BUILT_IN[kind].get(code)
    if indexed is None:
        if field is None or not field.is_custom or field.type not in SEARCHABLE_TYPES:
            raise invalid([f"field: The field '{code}' is not searchable"])
        indexed = "custom_fields"
    term = call.query["term"].strip()
    looked = Looked(
        term=fold(term), fields=frozenset({indexed}), exact=match == "exact"
    )  # fmt: skip
    hits = call.company.index.find(kind, looked, call.now_ms)
    return [
        _field_row(call.company, kind, hit.record, code, _fits(term, match))
        for hit in sorted(hits, key=lambda hit: hit.key)
        if _shown(call, kind, hit)
    ]


def _fits(term: str, match: str) -> Callable[[str], bool]:
    if match == "exact":
        return lambda text: text == term
    if match == "beginning":
        return lambda text: text.startswith(term)
    return lambda text: term in text


def _field_row(
    company: Company, kind: str, record: Any, code: str, fits: Callable[[str], bool]
) -> Json | None:
    indexed = _BUILT_IN[kind].get(code)
    if indexed is not None:
        texts = company.index.kinds[kind].values(record)[indexed]
    else:
        custom: Json = record.custom or {}
        value = custom.get(code)
        texts = () if value is None else (custom_text(value),)
    value = next((text for text in texts if fits(text)), None)
    return None if value is None else {"id": record.id, code: value}
