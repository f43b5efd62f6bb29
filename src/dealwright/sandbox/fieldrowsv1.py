"""v1 field definitions: numeric ids in paths, subfields as rows of their own."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.fielddefs import CUSTOM_TYPES, SEARCHABLE_TYPES, FieldDef, Option
from dealwright.sandbox.fieldrows import add_custom, check_room
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.records import Address

_SUBFIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "monetary": (("currency", "Currency of"),),
    "time": (("timezone_id", "Timezone of"),),
    "timerange": (("until", "End time of"), ("timezone_id", "Timezone of")),
    "daterange": (("until", "End date of"),),
    "address": tuple(
        (name, f"{name.replace('_', ' ').capitalize()} of")
        for name in Address.__struct_fields__
        if name != "value"
    ),
}
# v1's own names for what v2 renamed.
_V1_KEYS = {"label_ids": "label", "is_deleted": "active_flag"}
_V1_DEAL_KEYS = {**_V1_KEYS, "owner_id": "user_id"}


class _NewOption(msgspec.Struct):
    label: str


def _key(kind: str, field: FieldDef) -> str:
    if field.is_custom:
        return field.code
    return (_V1_DEAL_KEYS if kind in {"deal", "activity"} else _V1_KEYS).get(field.code, field.code)


def view(kind: str, field: FieldDef) -> Json:
    """The field as v1 shows it."""
    return {
        "id": field.id,
        "key": _key(kind, field),
        "name": field.name,
        "order_nr": field.order_nr,
        "field_type": field.type,
        "add_time": spaced(field.add_time),
        "update_time": spaced(field.update_time),
        "last_updated_by_user_id": field.created_by_user_id,
        "created_by_user_id": field.created_by_user_id,
        "active_flag": True,
        "edit_flag": field.is_custom,
        "index_visible_flag": True,
        "details_visible_flag": True,
        "add_visible_flag": field.add_visible,
        "important_flag": False,
        "bulk_edit_allowed": True,
        "searchable_flag": field.is_custom and field.type in SEARCHABLE_TYPES,
        "filtering_allowed": True,
        "sortable_flag": True,
        "mandatory_flag": field.mandatory,
        "options": None
        if field.options is None
        else [{"id": option.id, "label": option.label} for option in field.options],
    }


def _subfield_rows(field: FieldDef) -> list[Json]:
    """Rows of few keys; `parent_id` tells them. Source: the v2 migration guide's field example."""
    if not field.is_custom:
        return []
    return [
        {
            "id": None,
            "key": f"{field.code}_{part}",
            "name": f"{label} {field.name}",
            "field_type": "varchar",
            "edit_flag": True,
            "active_flag": True,
            "is_subfield": True,
            "mandatory_flag": field.mandatory,
            "parent_id": field.id,
            "id_suffix": part,
        }
        for part, label in _SUBFIELDS.get(field.type, ())
    ]


class FieldRowsV1:
    """The v1 field endpoints of one kind of record."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def page(self, call: Call) -> Answer:
        """`GET /{kind}Fields`: by start and limit."""
        rows: list[Json] = []
        for field in call.company.fields[self.kind].fields.values():
            rows += [view(self.kind, field), *_subfield_rows(field)]
        page, pagination = page_v1(call, rows)
        return success(page, additional_data={"pagination": pagination})

    def unpaged(self, call: Call) -> Answer:
        """`GET /leadFields`: the same keys, not nested in `pagination`."""
        fields = call.company.fields[self.kind].fields.values()
        page, pagination = page_v1(call, [view(self.kind, field) for field in fields])
        pagination.pop("next_start", None)
        return success(page, additional_data=pagination)

    def one(self, call: Call) -> Answer:
        """`GET /{kind}Fields/{id}`."""
        return success(view(self.kind, self._found(call)))

    def create(self, call: Call) -> Answer:
        """`POST /{kind}Fields`."""
        body = call.form_or_json()
        name, field_type = body.get("name"), body.get("field_type")
        if not isinstance(name, str) or not name.strip():
            raise v1_refusal(400, "Name must be given.")
        if field_type not in CUSTOM_TYPES:
            raise v1_refusal(400, "Field type is invalid.")
        labels = _labels(body.get("options"))
        if field_type in {"enum", "set"} and not labels:
            raise v1_refusal(400, "Options must be given for this field type.")
        check_room(call.company)
        field = add_custom(
            call.company, self.kind, name, str(field_type), labels=labels, user_id=call.user.id
        )
        return success(view(self.kind, field))

    def update(self, call: Call) -> Answer:
        """`PUT /{kind}Fields/{id}`: name and options; options without an id are new ones."""
        field = self._found(call)
        body = call.form_or_json()
        options = field.options
        if isinstance(body.get("options"), list) and options is not None:
            options = self._options(call, field, body["options"])
        changed = msgspec.structs.replace(
            field, name=str(body.get("name", field.name)), options=options, update_time=call.now_ms
        )
        call.company.fields[self.kind].put(changed)
        return success(view(self.kind, changed))

    def delete(self, call: Call) -> Answer:
        """`DELETE /{kind}Fields/{id}`."""
        field = self._found(call)
        if not field.is_custom:
            raise v1_refusal(400, "Only custom fields can be deleted.")
        call.company.fields[self.kind].drop(field.code)
        return success({"id": field.id})

    def _found(self, call: Call) -> FieldDef:
        text = call.params[0]
        fields = call.company.fields[self.kind]
        field = fields.by_id(int(text)) if text.isdecimal() else None
        if field is None:
            raise v1_refusal(404, "Field not found")
        return field

    def _options(self, call: Call, field: FieldDef, rows: list[Any]) -> tuple[Option, ...]:
        known = {option.id: option for option in field.options or ()}
        result: list[Option] = []
        for row in rows:
            old = known.get(row.get("id"))
            label = str(row.get("label", old.label if old else ""))
            if old is not None:
                result.append(msgspec.structs.replace(old, label=label))
            else:
                number = call.company.fields[self.kind].next_option_id()
                result.append(Option(id=number, label=label, add_time=call.now_ms))
        return tuple(result)


def _labels(options: Any) -> tuple[str, ...]:
    try:
        return tuple(row.label for row in msgspec.convert(options or (), list[_NewOption]))
    except msgspec.ValidationError:
        raise v1_refusal(400, "Options must be a list of objects with a label.") from None


def list_note_fields(call: Call) -> Answer:
    """`GET /noteFields`: fewer keys than the others."""
    keys = ("id", "key", "name", "field_type", "active_flag", "edit_flag", "bulk_edit_allowed",
            "mandatory_flag")  # fmt: skip
    rows = [
        {name: value for name, value in view("note", field).items() if name in keys}
        for field in call.company.fields["note"].fields.values()
    ]
    page, pagination = page_v1(call, rows)
    pagination.pop("next_start", None)
    return success(page, additional_data=pagination)
