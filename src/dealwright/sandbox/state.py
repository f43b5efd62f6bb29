"""All records of a company as JSON, and back; partial records are completed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from sys import intern
from typing import Any

import msgspec

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import parse_rfc3339, rfc3339_ms
from dealwright.sandbox.company import FIELD_KINDS, Actor, Company
from dealwright.sandbox.deals import first_stage
from dealwright.sandbox.fielddefs import CUSTOM_TYPES, FieldDef
from dealwright.sandbox.fieldrows import add_custom
from dealwright.sandbox.integrations import App, Grant, Webhook
from dealwright.sandbox.persons import split_name
from dealwright.sandbox.records import (
    Activity,
    ActivityType,
    Deal,
    DealParticipant,
    Lead,
    LeadLabel,
    Note,
    NoteComment,
    Organization,
    Person,
    Pipeline,
    Stage,
    User,
)

# In this order: what others refer to comes first.
COLLECTIONS: dict[str, tuple[str, Any]] = {
    "users": ("user", User),
    "pipelines": ("pipeline", Pipeline),
    "stages": ("stage", Stage),
    "activity_types": ("activity_type", ActivityType),
    "lead_labels": ("lead_label", LeadLabel),
    "organizations": ("organization", Organization),
    "persons": ("person", Person),
    "deals": ("deal", Deal),
    "leads": ("lead", Lead),
    "activities": ("activity", Activity),
    "notes": ("note", Note),
    "deal_participants": ("deal_participant", DealParticipant),
    "note_comments": ("note_comment", NoteComment),
    "apps": ("app", App),
    "grants": ("grant", Grant),
    "webhooks": ("webhook", Webhook),
}
_TIMES = frozenset({
    "add_time", "update_time", "stage_change_time", "archive_time", "close_time", "won_time",
    "first_won_time", "lost_time", "marked_as_done_time", "created", "modified",
    "last_delivery_time", "failing_since",
})  # fmt: skip


class StateError(ValueError):
    """A state that does not fit; the sentence says where."""


def record_json(record: Any) -> Json:
    """One record as plain JSON, times in RFC 3339 with milliseconds."""
    data: Json = msgspec.to_builtins(record)
    for name in _TIMES & data.keys():
        data[name] = rfc3339_ms(data[name])
    if "custom" in data:
        data["custom_fields"] = data.pop("custom") or {}
    return data


def load_file(company: Company, path: Path, *, actor: Actor) -> None:
    """Put the records of a JSON file in. Raises StateError, which names the file."""
    state = _read(path)
    try:
        load(company, state, replace=False, actor=actor)
    except StateError as fault:
        raise StateError(f"{path}: {fault}") from None


def _read(path: Path) -> Json:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Json)
    except OSError as fault:
        raise StateError(
            f"The seed is “demo”, “empty” or a state file; {path}: {fault.strerror}"
        ) from None
    except msgspec.DecodeError as fault:
        raise StateError(f"{path}: {fault}") from None


def dump(company: Company) -> Json:
    """Every record and custom field of a company."""
    state: Json = {"company": {"id": company.id, "domain": company.domain, "name": company.name}}
    state["fields"] = {kind: dump_fields(company, kind) for kind in FIELD_KINDS}
    for name, (kind, _) in COLLECTIONS.items():
        state[name] = [record_json(record) for record in company.tables[kind].values()]
    return state


def dump_fields(company: Company, kind: str) -> list[Json]:
    """The fields of a kind that differ from account to account: custom ones, and labels."""
    fields = company.fields[kind].fields.values()
    return [msgspec.to_builtins(f) for f in fields if f.is_custom or f.code == "label_ids"]


def load(company: Company, state: Json, *, replace: bool, actor: Actor) -> None:
    """Put records in; with `replace` a named collection loses what it had.

    Raises StateError for an unknown collection or a record that does not fit.
    """
    unknown = state.keys() - COLLECTIONS.keys() - {"company", "fields", "clock"}
    if unknown:
        names = ", ".join(COLLECTIONS)
        raise StateError(f"{min(unknown)}: no such collection. There are: {names}, fields.")
    fields: dict[str, list[Json]] = _fitting(
        state.get("fields", {}), dict[str, list[Json]], "fields"
    )
    for kind, rows in fields.items():
        _load_fields(company, kind, rows, replace=replace)
    for name, (kind, record_type) in COLLECTIONS.items():
        if name not in state:
            continue
        rows: list[Json] = _fitting(state[name], list[Json], name)
        if replace:
            company.tables[kind].clear()
            company.index.clear(kind)
        for position, row in enumerate(rows):
            record = _record(company, kind, record_type, row, f"{name}[{position}]")
            company.save(kind, record, actor)


class _NewField(msgspec.Struct):
    name: str
    type: str
    code: str | None = None
    labels: tuple[str, ...] = ()


def _fitting(value: Any, wanted: Any, where: str) -> Any:
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as fault:
        raise StateError(f"{where}: {fault}") from None


def _load_fields(company: Company, kind: str, rows: list[Json], *, replace: bool) -> None:
    if kind not in company.fields:
        raise StateError(f"fields.{kind}: no such kind of record")
    if replace:
        company.fields[kind].clear_custom()
    for position, row in enumerate(rows):
        where = f"fields.{kind}[{position}]"
        if "id" in row:
            field = _fitting({"is_custom": True, **row}, FieldDef, where)
            company.fields[kind].put(field)
        else:
            new: _NewField = _fitting(row, _NewField, where)
            if new.type not in CUSTOM_TYPES:
                raise StateError(f"{where}.type: there are {', '.join(CUSTOM_TYPES)}.")
            add_custom(company, kind, new.name, new.type, code=new.code, labels=new.labels)


def _record(company: Company, kind: str, record_type: Any, row: Json, where: str) -> Any:
    table = company.tables[kind]
    known = table.get(_fitting(row["id"], int | str, f"{where}.id")) if "id" in row else None
    base: Json = record_json(known) if known is not None else _defaults(company, kind, row)
    merged = {**base, **row}
    if kind == "person":
        _complete_person(merged, row, where)
    if "custom_fields" in merged:
        told: Any = merged.pop("custom_fields")
        custom: Json = _fitting({} if told is None else told, Json, f"{where}.custom_fields")
        # The 40 characters of a code are kept once, not once a record.
        merged["custom"] = {intern(code): value for code, value in custom.items()} or None
    for name in _TIMES & merged.keys():
        if isinstance(merged[name], str):
            merged[name] = parse_rfc3339(merged[name])
    return _fitting(merged, record_type, where)


def _complete_person(merged: Json, row: Json, where: str) -> None:
    for name in ("emails", "phones"):
        points: list[Any] = _fitting(merged.get(name) or [], list[Any], f"{where}.{name}")
        merged[name] = [
            {"value": point, "primary": i == 0} if isinstance(point, str) else point
            for i, point in enumerate(points)
        ]
    if "first_name" not in row and isinstance(row.get("name"), str):
        merged["first_name"], merged["last_name"] = split_name(row["name"])


def _defaults(company: Company, kind: str, row: Json) -> Json:
    now = company.clock.now_ms()
    table = company.tables[kind]
    user_id = next((user.id for user in company.users.values()), 1)
    base: Json = {"add_time": now, "update_time": now, "owner_id": user_id}
    base["id"] = (
        company.fresh_uuid() if kind in {"lead", "lead_label", "note_comment"} else table.next_id()
    )
    extra = _DEFAULTS.get(kind)
    if extra is not None:
        base |= extra(company, row, user_id)
    if kind in {"person", "organization", "deal", "lead"}:
        base["visible_to"] = 7 if company.plan.four_visibilities else 3
    return base


def _deal_defaults(company: Company, row: Json, user_id: int) -> Json:
    stage = company.stages.get(row.get("stage_id", 0))
    if stage is not None:
        place = (stage.pipeline_id, stage.id)
    else:
        place = first_stage(company, row.get("pipeline_id"))
    return {"creator_user_id": user_id, "pipeline_id": place[0], "stage_id": place[1]}


def _user_defaults(company: Company, row: Json, user_id: int) -> Json:
    del row, user_id
    now = company.clock.now_ms()
    return {"created": now, "modified": now}


def _type_defaults(company: Company, row: Json, user_id: int) -> Json:
    del user_id
    key = "_".join(row.get("name", "type").lower().split())
    return {"order_nr": len(company.activity_types) + 1, "key_string": key, "icon_key": "task"}


def _set_to_user(**fixed: Any) -> Callable[[Company, Json, int], Json]:
    def defaults(company: Company, row: Json, user_id: int) -> Json:
        del company, row
        return {k: user_id if v is _USER else v for k, v in fixed.items()}

    return defaults


def _last_in_order(company: Company, row: Json, user_id: int) -> Json:
    del row, user_id
    return {"order_nr": len(company.pipelines) + len(company.stages) + 1}


_USER = object()
_DEFAULTS: Mapping[str, Callable[[Company, Json, int], Json]] = {
    "deal": _deal_defaults,
    "lead": _set_to_user(creator_id=_USER),
    "activity": _set_to_user(creator_user_id=_USER, type="call"),
    "note": _set_to_user(user_id=_USER),
    "deal_participant": _set_to_user(added_by_user_id=_USER),
    "note_comment": _set_to_user(user_id=_USER),
    "user": _user_defaults,
    "activity_type": _type_defaults,
    "pipeline": _last_in_order,
    "stage": _last_in_order,
}
