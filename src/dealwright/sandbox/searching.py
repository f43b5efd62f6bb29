"""The search endpoints. Source: openapi-v2 `/persons/search` … `/itemSearch/field`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any

from dealwright.sandbox.answers import Answer, Json, Refusal, invalid, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Company
from dealwright.sandbox.deals import whole
from dealwright.sandbox.index import Hit, Looked
from dealwright.sandbox.kindindex import fold
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


def shown(call: Call, kind: str, hit: Hit) -> bool:
    """Whether the caller gets to see a hit."""
    record = hit.record
    visible = not hasattr(record, "visible_to") or sees(call.user, call.company, record)
    return visible and not (kind in {"deal", "lead"} and record.is_deleted)


def page_of(call: Call, rows: Iterable[Any], *, most: int = 500) -> tuple[list[Any], str | None]:
    """One page of hits, and the cursor to the next; takes no more of them than it needs."""
    limit = limit_v2(call, most=most)
    marker = read_cursor(call)
    start = int(marker.get("offset", 0)) if marker else 0
    page = list(islice(rows, start, start + limit + 1))
    if len(page) <= limit:
        return page, None
    return page[:limit], write_cursor({"offset": start + limit})


def _hits(call: Call, kind: str, keeps: list[Keep]) -> Iterator[Hit]:
    exact = query_boolean(call, "exact_match") is True
    term = term_of(call, exact=exact)
    looked = Looked(term=fold(term), fields=_fields(call, FIELDS[kind]), exact=exact)
    return (
        hit
        for hit in call.company.index.find(kind, looked, call.now_ms)
        if shown(call, kind, hit) and all(keep(hit.record) for keep in keeps)
    )


def search_v2(kind: str) -> Callable[[Call], Answer]:
    """The handler of `GET /{kind}s/search`."""

    def search(call: Call) -> Answer:
        page, cursor = page_of(call, _hits(call, kind, _KEEPS[kind](call)))
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


_KEEPS: Mapping[str, Callable[[Call], list[Keep]]] = {
    "person": lambda call: _linked(call, organization_id="org_id"),
    "organization": lambda _: [],
    "deal": _deal_keeps,
    "lead": lambda call: _linked(call, person_id="person_id", organization_id="organization_id"),
}


def search_v1(kind: str) -> Callable[[Call], Answer]:
    """The handler of v1's search of one kind: as v2's, paged by start and limit."""

    def search(call: Call) -> Answer:
        page, pagination = page_v1(call, list(_hits(call, kind, _KEEPS[kind](call))))
        items = [_item(call.company, kind, hit) for hit in page]
        return success({"items": items}, additional_data={"pagination": pagination})

    return search


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


def _item_hits(call: Call) -> Iterable[tuple[str, Hit]]:
    exact = query_boolean(call, "exact_match") is True
    term = fold(term_of(call, exact=exact))
    wanted = _fields(call, _ALL_FIELDS)
    found = [
        _of_kind(call, kind, Looked(term=term, fields=fields, exact=exact))
        for kind in sorted(set(_item_types(call)))
        if (fields := FIELDS.get(kind, frozenset()) & wanted)
    ]
    return merge(*found, key=lambda pair: (-pair[1].score, pair[0], pair[1].key))


def _of_kind(call: Call, kind: str, looked: Looked) -> Iterator[tuple[str, Hit]]:
    for hit in call.company.index.find(kind, looked, call.now_ms):
        if shown(call, kind, hit):
            yield kind, hit


def _items_data(call: Call, page: list[tuple[str, Hit]]) -> Json:
    related = query_boolean(call, "search_for_related_items")
    return {
        "items": [_item(call.company, kind, hit) for kind, hit in page],
        "related_items": _related(call, page) if related else [],
    }


def search_items(call: Call) -> Answer:
    """`GET /itemSearch`: several kinds at once, 100 at most a page."""
    page, cursor = page_of(call, _item_hits(call), most=100)
    return success(_items_data(call, page), additional_data={"next_cursor": cursor})


def search_items_v1(call: Call) -> Answer:
    """`GET /v1/itemSearch`: the same, paged by start and limit."""
    page, pagination = page_v1(call, list(_item_hits(call)))
    return success(_items_data(call, page), additional_data={"pagination": pagination})


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
