"""v1 merging: `{id}` disappears into `merge_with_id`, which wins. Source: openapi-v1."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dealwright.sandbox import viewsv1
from dealwright.sandbox.answers import Answer, Json, success, v1_missing, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Company
from dealwright.sandbox.records import ContactPoint
from dealwright.sandbox.visibility import sees

# What points at a record of each kind: (kind, attribute).
_LINKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "person": (
        ("deal", "person_id"),
        ("lead", "person_id"),
        ("activity", "person_id"),
        ("note", "person_id"),
        ("deal_participant", "person_id"),
    ),
    "organization": (
        ("person", "org_id"),
        ("deal", "org_id"),
        ("lead", "organization_id"),
        ("activity", "org_id"),
        ("note", "org_id"),
    ),
    "deal": (("activity", "deal_id"), ("note", "deal_id"), ("deal_participant", "deal_id")),
}
_VIEWS: Mapping[str, Callable[[Company, Any], Json]] = {
    "person": viewsv1.person,
    "organization": lambda _, row: {"id": row.id},
    "deal": viewsv1.deal,
}
_NOT_FILLED = frozenset({
    "id", "add_time", "update_time", "is_deleted", "merged_to", "custom", "emails", "phones",
})  # fmt: skip


def _found(call: Call, kind: str, key: object) -> Any:
    record = call.company.tables[kind].get(key) if isinstance(key, int) else None
    if record is None or record.is_deleted or not sees(call.user, call.company, record):
        raise v1_missing(f"{kind.capitalize()} not found")
    return record


def _joined(
    kept: tuple[ContactPoint, ...], lost: tuple[ContactPoint, ...]
) -> tuple[ContactPoint, ...]:
    known = {point.value.casefold() for point in kept}
    more = tuple(
        msgspec.structs.replace(point, primary=point.primary and not kept)
        for point in lost
        if point.value.casefold() not in known
    )
    return (*kept, *more)


def _filled(kept: Any, lost: Any) -> Json:
    """What the survivor takes over: only where it has nothing itself."""
    changes: Json = {
        name: getattr(lost, name)
        for name in kept.__struct_fields__
        if name not in _NOT_FILLED and getattr(kept, name) in (None, ())
    }
    changes["custom"] = {**(lost.custom or {}), **(kept.custom or {})} or None
    for name in ("emails", "phones"):
        if name in kept.__struct_fields__:
            changes[name] = _joined(getattr(kept, name), getattr(lost, name))
    return changes


def merge(kind: str) -> Callable[[Call], Answer]:
    """The handler of `PUT /{kind}s/{id}/merge`."""

    def handler(call: Call) -> Answer:
        lost = _found(call, kind, int(call.params[0]) if call.params[0].isdecimal() else None)
        other = call.form_or_json().get("merge_with_id")
        if type(other) is not int:
            raise v1_refusal(400, "merge_with_id must be given.")
        if other == lost.id:
            raise v1_refusal(400, "Cannot merge an item with itself.")
        kept = _found(call, kind, other)
        company = call.company
        survivor = msgspec.structs.replace(kept, **_filled(kept, lost), update_time=call.now_ms)
        gone = msgspec.structs.replace(
            lost, is_deleted=True, merged_to=kept.id, update_time=call.now_ms
        )
        _move_links(call, kind, lost.id, kept.id)
        company.save(kind, gone, call.actor)
        company.save(kind, survivor, call.actor, merged_from=lost.id)
        data = _VIEWS[kind](company, survivor)
        if kind != "organization":
            data["merge_what_id"] = lost.id
        return success(data)

    return handler


def _move_links(call: Call, kind: str, lost: int, kept: int) -> None:
    company = call.company
    for other, attribute in _LINKS[kind]:
        for record in company.tables[other].linked(attribute, lost):
            changes: Json = {attribute: kept}
            if other == "activity" and attribute == "person_id":
                changes["participants"] = tuple(
                    msgspec.structs.replace(p, person_id=kept) if p.person_id == lost else p
                    for p in record.participants
                )
            company.save(other, msgspec.structs.replace(record, **changes), call.actor)
