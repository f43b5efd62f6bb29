"""Searching one field of one kind. Source: openapi-v2 `/itemSearch/field`, and its v1 twin."""

from collections.abc import Callable, Iterable
from typing import Any

from dealwright.sandbox.answers import Answer, Json, Refusal, invalid, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Company
from dealwright.sandbox.fielddefs import SEARCHABLE_TYPES
from dealwright.sandbox.index import Looked, custom_text
from dealwright.sandbox.kindindex import fold
from dealwright.sandbox.paging import page_v1, query_choice
from dealwright.sandbox.searching import FIELDS, page_of, shown, term_of
from dealwright.sandbox.visibility import sees

# Built-in fields that can be searched, and the index's name for them.
_BUILT_IN = {
    "person": {"name": "name", "email": "email", "emails": "email", "phone": "phone",
               "phones": "phone"},
    "organization": {"name": "name", "address": "address"},
    "deal": {"title": "title"},
    "lead": {"title": "title"},
}  # fmt: skip


def search_field(call: Call) -> Answer:
    """`GET /itemSearch/field`: one field of one kind, case-sensitive."""
    match = query_choice(call, "match", ("exact", "beginning", "middle"), "exact")
    term_of(call, exact=match == "exact")
    kind = query_choice(
        call, "entity_type",
        ("", "deal", "lead", "person", "organization", "product", "project"), "",
    )  # fmt: skip
    code = call.query.get("field", "")
    if not kind or not code:
        name = "field" if kind else "entity_type"
        raise invalid([f"{name}: Parameter '{name}' is required"])
    rows: Iterable[Json] = field_rows(call, kind, code, match) if kind in FIELDS else ()
    page, cursor = page_of(call, rows)
    if call.company.options.switches.field_search_shape == "items":
        page = [{"result_score": 1.0, "item": row} for row in page]
    return success(page, additional_data={"next_cursor": cursor})


def field_rows(call: Call, kind: str, code: str, match: str) -> Iterable[Json]:
    """`{id, <field>: value}` of each record whose field fits the term, in id order.

    Raises Refusal 400 for a field that is not searchable.
    """
    field = call.company.fields[kind].fields.get(code)
    indexed = _BUILT_IN[kind].get(code)
    if code == "id":
        return _by_id(call, kind)
    if indexed is None:
        if field is None or not field.is_custom or field.type not in SEARCHABLE_TYPES:
            raise invalid([f"field: The field '{code}' is not searchable"])
        indexed = "custom_fields"
    term = call.query["term"].strip()
    looked = Looked(
        term=fold(term), fields=frozenset({indexed}), exact=match == "exact"
    )  # fmt: skip
    rows = (
        _field_row(call.company, kind, hit.record, code, _fits(term, match))
        for hit in call.company.index.matching(kind, looked, call.now_ms)
        if shown(call, kind, hit)
    )
    return (row for row in rows if row is not None)


def _by_id(call: Call, kind: str) -> list[Json]:
    term = call.query["term"].strip()
    key = int(term) if term.isdecimal() and kind != "lead" else term
    record = call.company.tables[kind].get(key)
    if record is None or record.is_deleted or not sees(call.user, call.company, record):
        return []
    return [{"id": record.id}]


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


def search_field_v1(call: Call) -> Answer:
    """`GET /v1/itemSearch/field`, in v1's own spelling: field_type, field_key, exact_match."""
    kind = call.query.get("field_type", "").removesuffix("Field")
    code = call.query.get("field_key", "")
    exact = call.query.get("exact_match") in {"true", "1"}
    if kind not in FIELDS or not code:
        raise v1_refusal(400, "field_type and field_key must be given.")
    term_of(call, exact=exact)
    try:
        rows = list(field_rows(call, kind, code, "exact" if exact else "middle"))
    except Refusal:
        # v1 finds nothing where v2 refuses.
        rows = []
    if call.query.get("return_item_ids") not in {"true", "1"}:
        rows = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    page, pagination = page_v1(call, rows)
    return success(page, additional_data={"pagination": pagination})
