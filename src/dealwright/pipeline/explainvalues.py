"""How values and records are named in explanations."""

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from dealwright.core.record import FieldDefinition, RecordId, RecordKind

#: A longer text is cut.
SHOWN: Final = 80


def in_words(value: Any, field: FieldDefinition | None = None) -> str:
    """A value as a sentence shows it; options by their labels where the field is known."""
    match value:
        case None | "" | [] | ():
            return "nothing"
        case str():
            return f"“{_cut(_label(value, field))}”"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            items = cast("list[Any]", value)
            return ", ".join(in_words(item, field) for item in items)
        case Mapping():
            return _object(cast("Mapping[str, Any]", value))
        case int():
            labelled = _label(value, field)
            return f"“{labelled}”" if labelled != str(value) else labelled
        case _:
            return str(value)


def in_json(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    return _cut(msgspec.json.encode(value).decode())


def record_page(base_url: str, kind: RecordKind, record_id: RecordId | None) -> str:
    """Where a record is opened in Pipedrive; "" for one that has no page of its own."""
    if record_id is None or kind is RecordKind.NOTE:
        return ""
    paths = {
        RecordKind.LEAD: f"leads/inbox/{record_id}",
        RecordKind.ACTIVITY: f"activities/list?activityId={record_id}",
    }
    return f"{base_url.rstrip('/')}/{paths.get(kind, f'{kind.value}/{record_id}')}"


def _label(value: int | str, field: FieldDefinition | None) -> str:
    options = field.options if field is not None and field.options else ()
    return next((one.label for one in options if str(one.id) == str(value)), str(value))


def _object(value: Mapping[str, Any]) -> str:
    if "value" in value:
        rest = " ".join(str(value[key]) for key in ("currency", "until") if value.get(key))
        shown = value["value"]
        first = f"“{_cut(shown)}”" if isinstance(shown, str) else in_words(shown)
        return f"{first} {rest}".strip()
    return in_json(value)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
