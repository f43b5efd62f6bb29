"""v2 field definitions: list, one, create, rename, delete, and their options."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, Refusal, capped, invalid, success
from dealwright.sandbox.builtinfields import BUILT_IN, LABELS, OPTIONAL
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.company import Company
from dealwright.sandbox.fielddefs import CUSTOM_TYPES, FieldDef, Option
from dealwright.sandbox.paging import limit_v2, read_cursor, v2_list, write_cursor
from dealwright.sandbox.records import Address
from dealwright.sandbox.validate import (
    Check,
    Shape,
    Spot,
    at_most,
    boolean,
    check_body,
    checked_object,
    filled_text,
    integer,
    listed,
    nullable,
    one_of,
    require,
    text,
)

MAX_OPTIONS = 10_000
_SUBFIELD_TYPES = {"address", "monetary", "timerange", "daterange", "time"}


def add_built_in(company: Company, now_ms: int) -> None:
    """Give a new account its built-in fields."""
    for kind, rows in BUILT_IN.items():
        optional = OPTIONAL.get(kind, ())
        for order, (code, name, field_type) in enumerate((*rows, *optional), start=1):
            company.fields[kind].put(
                FieldDef(
                    id=order,
                    code=code,
                    name=name,
                    type=field_type,
                    options=_built_in_options(company, kind, code),
                    is_optional=order > len(rows),
                    mandatory=code in {"name", "title"},
                    order_nr=order,
                    add_time=now_ms,
                    update_time=now_ms,
                )
            )


def _built_in_options(company: Company, kind: str, code: str) -> tuple[Option, ...] | None:
    if code == "label_ids":
        fields = company.fields[kind]
        return tuple(
            Option(id=fields.next_option_id(), label=label, color=color) for label, color in LABELS
        )
    if code == "visible_to":
        return (
            Option(id="1", label="Item owner"),
            Option(id="3", label="All users"),
        )
    if code == "status":
        return tuple(Option(id=word, label=word.capitalize()) for word in ("open", "won", "lost"))
    return None


def add_custom(company: Company, kind: str, name: str, field_type: str, **more: Any) -> FieldDef:
    """A new custom field, with a fresh 40-hex code unless `code` says which."""
    now = company.clock.now_ms()
    fields = company.fields[kind]
    labels: tuple[str, ...] = more.get("labels", ())
    options = None
    if field_type in {"enum", "set"}:
        options = tuple(_new_option(company, kind, label) for label in labels)
    field = FieldDef(
        id=fields.next_id(),
        code=more.get("code") or company.fresh_hash(),
        name=name,
        type=field_type,
        options=options,
        is_custom=True,
        order_nr=len(fields.fields) + 1,
        add_time=now,
        update_time=now,
        created_by_user_id=more.get("user_id"),
    )
    fields.put(field)
    return field


def _new_option(company: Company, kind: str, label: str) -> Option:
    now = company.clock.now_ms()
    number = company.fields[kind].next_option_id()
    return Option(id=number, label=label, add_time=now, update_time=now)


def _option_view(option: Option, *, custom: bool) -> Json:
    data: Json = {"id": option.id, "label": option.label}
    if option.color is not None:
        data["color"] = option.color
    if custom:
        data["add_time"] = rfc3339(option.add_time)
        data["update_time"] = rfc3339(option.update_time)
    return data


def _subfields(field: FieldDef) -> list[Json] | None:
    parts = {
        "address": tuple(Address.__struct_fields__),
        "monetary": ("value", "currency"),
        "time": ("value", "timezone_id", "timezone_name"),
        "timerange": ("value", "until", "timezone_id", "timezone_name"),
        "daterange": ("value", "until"),
    }.get(field.type)
    if parts is None:
        return None
    return [
        {
            "field_code": part,
            "field_name": f"{part.replace('_', ' ').capitalize()} of {field.name}",
            "field_type": "double" if part == "value" and field.type == "monetary" else "varchar",
        }
        for part in parts
    ]


_VISIBILITY: Json = {
    "add_visible_flag": True,
    "details_visible_flag": True,
    "show_in_add_deal_dialog": {"show": False, "order": None},
}


def view(field: FieldDef, call: Call | None = None) -> Json:
    """The field as v2 shows it."""
    options = field.options
    data: Json = {
        "field_name": field.name,
        "field_code": field.code,
        "description": field.description or "",
        "field_type": field.type,
        "options": None
        if options is None
        else [_option_view(option, custom=field.is_custom) for option in options],
        "subfields": _subfields(field),
        "is_custom_field": field.is_custom,
        "is_optional_response_field": field.is_optional,
    }
    extras: Json = {
        "ui_visibility": _VISIBILITY,
        "important_fields": {"enabled": False, "stage_ids": []},
        "required_fields": {"enabled": field.mandatory},
    }
    wanted = call.query.get("include_fields", "") if call else ""
    for name in filter(None, wanted.split(",")):
        if name not in extras:
            raise invalid([f"include_fields: The value '{name}' is not a valid choice"])
        data[name] = extras[name]
    return data


_UI: Shape = {
    "add_visible_flag": boolean,
    "details_visible_flag": boolean,
    "show_in_add_deal_dialog": lambda value, _: value,
}
_MORE: Shape = {
    "ui_visibility": lambda value, spot: checked_object(value, spot, _UI),
    "important_fields": lambda value, _: value,
    "required_fields": lambda value, _: value,
    "description": nullable(text),
}


def _object_of(shape: Shape, *required: str) -> Check:
    def checked(value: Any, spot: Spot) -> Any:
        parts = checked_object(value, spot, shape)
        for name in required:
            if isinstance(value, dict) and name not in value:
                spot.at(name).fail(f"Parameter '{name}' is required")
        return parts

    return checked


_CREATE: Shape = {
    "field_name": at_most(255, filled_text),
    "field_type": one_of(*CUSTOM_TYPES),
    "options": listed(_object_of({"label": filled_text}, "label")),
    **_MORE,
}
_PATCH: Shape = {"field_name": at_most(255, filled_text), **_MORE}


class FieldRows:
    """The field endpoints of one kind of record."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def page(self, call: Call) -> Answer:
        """`GET /{kind}Fields`: a page; long accounts need several."""
        limit = limit_v2(call)
        marker = read_cursor(call)
        start = int(marker.get("offset", 0)) if marker else 0
        rows = list(call.company.fields[self.kind].fields.values())
        more = start + limit < len(rows)
        cursor = write_cursor({"offset": start + limit}) if more else None
        return v2_list([view(row, call) for row in rows[start : start + limit]], cursor)

    def one(self, call: Call) -> Answer:
        """`GET /{kind}Fields/{field_code}`."""
        return success(view(self._found(call), call))

    def create(self, call: Call) -> Answer:
        """`POST /{kind}Fields`."""
        values = check_body(call.json(), _CREATE, call)
        require(values, "field_name", "field_type")
        labels = tuple(option["label"] for option in values.get("options", ()))
        if values["field_type"] in {"enum", "set"} and not labels:
            raise invalid(["options: Parameter 'options' is required"])
        check_room(call.company)
        field = add_custom(
            call.company,
            self.kind,
            values["field_name"],
            values["field_type"],
            labels=labels,
            user_id=call.user.id,
        )
        return success(view(field))

    def patch(self, call: Call) -> Answer:
        """`PATCH /{kind}Fields/{field_code}`: the name; never the type."""
        field = self._custom(call)
        values = check_body(call.json(), _PATCH, call)
        changed = msgspec.structs.replace(
            field,
            name=values.get("field_name", field.name),
            description=values.get("description", field.description),
            update_time=call.now_ms,
        )
        call.company.fields[self.kind].put(changed)
        return success(view(changed))

    def delete(self, call: Call) -> Answer:
        """`DELETE /{kind}Fields/{field_code}`; its values go with it."""
        field = self._custom(call)
        call.company.fields[self.kind].drop(field.code)
        return success(view(field))

    def add_options(self, call: Call) -> Answer:
        """`POST …/options`: all of them or none."""
        field = self._choices(call)
        rows = _option_rows(call, {"label": filled_text}, "label")
        added = tuple(_new_option(call.company, self.kind, row["label"]) for row in rows)
        return self._store_options(call, field, (*(field.options or ()), *added), added)

    def rename_options(self, call: Call) -> Answer:
        """`PATCH …/options`: new labels by id."""
        field = self._choices(call)
        rows = _option_rows(call, {"id": integer, "label": filled_text}, "id", "label")
        labels = {row["id"]: row["label"] for row in rows}
        _check_known(field, labels)
        renamed = tuple(
            msgspec.structs.replace(o, label=labels[o.id], update_time=call.now_ms)
            if o.id in labels
            else o
            for o in field.options or ()
        )
        touched = tuple(o for o in renamed if o.id in labels)
        return self._store_options(call, field, renamed, touched)

    def drop_options(self, call: Call) -> Answer:
        """`DELETE …/options`: by id."""
        field = self._choices(call)
        rows = _option_rows(call, {"id": integer}, "id")
        ids = {row["id"]: None for row in rows}
        _check_known(field, ids)
        kept = tuple(o for o in field.options or () if o.id not in ids)
        gone = tuple(o for o in field.options or () if o.id in ids)
        return self._store_options(call, field, kept, gone)

    def _store_options(
        self, call: Call, field: FieldDef, options: tuple[Option, ...], shown: tuple[Option, ...]
    ) -> Answer:
        if len(options) > MAX_OPTIONS:
            raise invalid([f"options: At most {MAX_OPTIONS} options are allowed"])
        changed = msgspec.structs.replace(field, options=options, update_time=call.now_ms)
        call.company.fields[self.kind].put(changed)
        return success([{"id": option.id, "label": option.label} for option in shown])

    def _found(self, call: Call) -> FieldDef:
        field = call.company.fields[self.kind].fields.get(call.params[0])
        if field is None:
            raise Refusal(404, {"success": False, "error": "Field not found"})
        return field

    def _custom(self, call: Call) -> FieldDef:
        field = self._found(call)
        if not field.is_custom:
            raise invalid(["field_code: Only custom fields can be changed"])
        return field

    def _choices(self, call: Call) -> FieldDef:
        field = self._found(call)
        if field.options is None or not (field.is_custom or field.code == "label_ids"):
            raise invalid(["field_code: The field has no options that can be changed"])
        return field


def check_room(company: Company) -> None:
    """Raise Refusal 403 when the plan has no room for one more custom field."""
    kinds = ("person", "organization", "deal", "product")
    if sum(len(company.fields[kind].custom) for kind in kinds) >= company.plan.custom_fields:
        raise capped("Couldn't add field. You've reached the custom fields per company limit.")


def _option_rows(call: Call, shape: Shape, *required: str) -> tuple[Json, ...]:
    spot = Spot(call.company, user=call.user)
    rows = listed(_object_of(shape, *required))(call.json_value(), spot)
    if spot.faults:
        raise invalid(spot.faults)
    if not rows:
        raise invalid(["body: This value should not be blank."])
    return rows


def _check_known(field: FieldDef, ids: Json | dict[int, None]) -> None:
    known = {option.id for option in field.options or ()}
    faults = [f"id: Option {number} does not exist" for number in ids if number not in known]
    if faults:
        raise invalid(faults)
