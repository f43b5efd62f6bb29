"""v1's feed of changes. Source: openapi-v1 `/recents`."""

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.sandbox import notes, users, viewsv1
from dealwright.sandbox.answers import Answer, Json, invalid, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import parse_spaced, spaced
from dealwright.sandbox.directory import activity_type_view
from dealwright.sandbox.legacyviews import pipeline_view, stage_view
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.visibility import sees

_KINDS: Mapping[str, str] = {
    "activity": "activity",
    "activityType": "activity_type",
    "deal": "deal",
    "note": "note",
    "person": "person",
    "organization": "organization",
    "pipeline": "pipeline",
    "stage": "stage",
    "user": "user",
}
_EMPTY = frozenset({"file", "filter", "product"})
_VIEWS: Mapping[str, Callable[[Call, Any], Json]] = {
    "activity": lambda call, row: viewsv1.activity(call.company, row),
    "activityType": lambda _, row: activity_type_view(row),
    "deal": lambda call, row: viewsv1.deal(call.company, row),
    "note": notes.view,
    "person": lambda call, row: {
        **viewsv1.person(call.company, row),
        "owner_id": viewsv1.user_ref(call.company, row.owner_id),
    },
    "organization": lambda call, row: viewsv1.organization(call.company, row),
    "pipeline": lambda call, row: pipeline_view(call.company, row),
    "stage": lambda call, row: stage_view(call.company, row),
    "user": users.view,
}


def _changed(row: Any) -> int:
    return row.modified if hasattr(row, "modified") else row.update_time


def _items(call: Call) -> list[str]:
    text = call.query.get("items")
    wanted = [part.strip() for part in text.split(",")] if text else list(_KINDS)
    unknown = [name for name in wanted if name not in _KINDS and name not in _EMPTY]
    if unknown:
        raise invalid([f"items: The value '{unknown[0]}' is not a valid choice"])
    return [name for name in wanted if name in _KINDS]


def list_recents(call: Call) -> Answer:
    """`GET /recents`: what has changed since a time, oldest change first."""
    since = parse_spaced(call.query.get("since_timestamp", ""))
    if since is None:
        raise v1_refusal(400, "since_timestamp must be in the format YYYY-MM-DD HH:MM:SS.")
    found: list[tuple[int, str, Any]] = [
        (_changed(row), item, row)
        for item in _items(call)
        for row in call.company.tables[_KINDS[item]].values()
        if _changed(row) >= since and _shown(call, row)
    ]
    found.sort(key=lambda entry: (entry[0], entry[1], entry[2].id))
    page, pagination = page_v1(call, found)
    data = [{"item": item, "id": row.id, "data": _VIEWS[item](call, row)} for _, item, row in page]
    additional = {
        "since_timestamp": spaced(since),
        "last_timestamp_on_page": spaced(page[-1][0]) if page else spaced(since),
        "pagination": pagination,
    }
    return success(data, additional_data=additional)


def _shown(call: Call, row: Any) -> bool:
    return not hasattr(row, "visible_to") or sees(call.user, call.company, row)
