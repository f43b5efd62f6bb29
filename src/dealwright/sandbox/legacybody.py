"""v1's lenient bodies, read into v2's names and types."""

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import parse_rfc3339, parse_spaced, rfc3339

_TRUE = frozenset({"1", "true", "True"})


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        amount = float(value.replace(",", ""))
    except ValueError:
        return 0
    return int(amount) if amount.is_integer() else amount


def _whole(value: Any) -> Any:
    number = _number(value)
    return int(number) if isinstance(number, float) else number


def _flag(value: Any) -> bool:
    return str(value) in _TRUE


def _points(value: Any) -> list[Json]:
    """`"a@x"`, `["a@x", …]` or v1's objects with `primary: "true"`, as v2's list."""
    items: list[Any] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    points: list[Json] = []
    for item in items:
        if isinstance(item, dict):
            told: Json = item  # pyright: ignore[reportUnknownVariableType]
            points.append({**told, "primary": _flag(told.get("primary", False))})
        else:
            points.append({"value": item})
    return [point for point in points if point.get("value")]


def _moment(value: Any) -> int | None:
    text = str(value)
    ms = parse_spaced(text)
    return ms if ms is not None else parse_rfc3339(text)


def _address(value: Any) -> Json | None:
    return {"value": value} if isinstance(value, str) and value else None


def _labels(value: Any) -> list[Any]:
    items: list[Any] = value if isinstance(value, list) else str(value).split(",")  # pyright: ignore[reportUnknownVariableType]
    return [_whole(item) for item in items if item not in (None, "")]


def _participant(value: Any) -> list[Json]:
    return [] if value is None else [{"person_id": _whole(value), "primary": True}]


def _written(value: Any) -> str | None:
    return rfc3339(_moment(value))


Reader = Callable[[Any], Any]
_SAME: Reader = lambda value: value  # noqa: E731 -- a table of readers reads best
# v1's key: (v2's key, how its value is read). What is not here v1 ignored.
_OWNED: Mapping[str, tuple[str, Reader]] = {
    "visible_to": ("visible_to", _whole),
    "label": ("label_ids", _labels),
    "label_ids": ("label_ids", _labels),
    "add_time": ("add_time", _moment),
}
_PERSON: Mapping[str, tuple[str, Reader]] = {
    **_OWNED,
    "name": ("name", str),
    "email": ("emails", _points),
    "phone": ("phones", _points),
    "owner_id": ("owner_id", _whole),
    "org_id": ("org_id", _whole),
    "marketing_status": ("marketing_status", _SAME),
}
_ORGANIZATION: Mapping[str, tuple[str, Reader]] = {
    **_OWNED,
    "name": ("name", str),
    "owner_id": ("owner_id", _whole),
    "address": ("address", _address),
}
_DEAL: Mapping[str, tuple[str, Reader]] = {
    **_OWNED,
    "title": ("title", str),
    "value": ("value", _number),
    "currency": ("currency", _SAME),
    "user_id": ("owner_id", _whole),
    "person_id": ("person_id", _whole),
    "org_id": ("org_id", _whole),
    "pipeline_id": ("pipeline_id", _whole),
    "stage_id": ("stage_id", _whole),
    "status": ("status", _SAME),
    "probability": ("probability", _number),
    "lost_reason": ("lost_reason", _SAME),
    "won_time": ("won_time", _written),
    "lost_time": ("lost_time", _written),
    "close_time": ("close_time", _written),
    "expected_close_date": ("expected_close_date", _SAME),
    "channel": ("channel", _whole),
    "channel_id": ("channel_id", _SAME),
}
_ACTIVITY: Mapping[str, tuple[str, Reader]] = {
    "subject": ("subject", str),
    "type": ("type", _SAME),
    "user_id": ("owner_id", _whole),
    "person_id": ("participants", _participant),
    "org_id": ("org_id", _whole),
    "deal_id": ("deal_id", _whole),
    "lead_id": ("lead_id", _SAME),
    "due_date": ("due_date", _SAME),
    "due_time": ("due_time", _SAME),
    "duration": ("duration", _SAME),
    "done": ("done", _flag),
    "busy_flag": ("busy", _flag),
    "location": ("location", _address),
    "note": ("note", _SAME),
    "public_description": ("public_description", _SAME),
}


def _reader(table: Mapping[str, tuple[str, Reader]]) -> Callable[[Json], Json]:
    def read(body: Json) -> Json:
        return {
            table[name][0]: table[name][1](value)
            for name, value in body.items()
            if name in table and value is not None
        }

    return read


READERS: Mapping[str, Callable[[Json], Json]] = {
    "person": _reader(_PERSON),
    "organization": _reader(_ORGANIZATION),
    "deal": _reader(_DEAL),
    "activity": _reader(_ACTIVITY),
}
