"""The five verbs that v2's persons, organizations, deals and activities share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from dealwright.sandbox.answers import Answer, Json, invalid, missing, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Actor, Company
from dealwright.sandbox.fielddefs import FieldSet
from dealwright.sandbox.paging import (
    id_page,
    limit_v2,
    query_choice,
    query_integer,
    query_moment,
    sorted_page,
    v2_list,
)
from dealwright.sandbox.records import Key
from dealwright.sandbox.validate import Shape, check_body
from dealwright.sandbox.visibility import sees

Extra: TypeAlias = Callable[[Company, Any], Any]
MAX_IDS = 100
MAX_PROJECTED = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of v2 record: what may be written, how it is made, changed and shown.

    `filters` maps a query parameter to the attribute it compares; `extras` are the keys that
    come only with `include_fields`.
    """

    kind: str
    noun: str
    create_shape: Shape
    patch_shape: Shape
    make: Callable[[Call, Json], Any]
    change: Callable[[Call, Any, Json], Any]
    view: Callable[[Company, Any], Json]
    extras: Mapping[str, Extra]
    filters: Mapping[str, str]
    sorts: tuple[str, ...] = ("id", "update_time", "add_time")
    has_custom: bool = True

    def create(self, call: Call) -> Answer:
        """`POST`: always makes a new record; nobody looks for duplicates."""
        values = check_body(call.json(), self.create_shape, call)
        record = self.make(call, values)
        call.company.save(self.kind, record, call.actor)
        return success(self.shown(call, record))

    def one(self, call: Call) -> Answer:
        """`GET /{id}`."""
        return success(self.shown(call, self.found(call, call.int_param())))

    def patch(self, call: Call) -> Answer:
        """`PATCH /{id}`: only the keys that were sent change."""
        record = self.found(call, call.int_param())
        if record.is_deleted:
            raise missing(self.noun)
        values = check_body(call.json(), self.patch_shape, call)
        changed = self.change(call, record, values)
        if changed != record:
            changed = msgspec.structs.replace(changed, update_time=call.now_ms)
            call.company.save(self.kind, changed, call.actor)
        return success(self.shown(call, changed))

    def delete(self, call: Call) -> Answer:
        """`DELETE /{id}`: marks the record; it is purged 30 days later."""
        record = self.found(call, call.int_param())
        if record.is_deleted:
            raise missing(self.noun)
        mark_deleted(call.company, self.kind, record, call.actor)
        return success({"id": record.id})

    def page(self, call: Call) -> Answer:
        """`GET`: a page, filtered, sorted, by cursor."""
        return self.listed(call, lambda record: not record.is_deleted)

    def listed(self, call: Call, alive: Callable[[Any], bool]) -> Answer:
        """A page of the records that are `alive`."""
        page, cursor = self._page(call, alive)
        return v2_list([self.shown(call, record) for record in page], cursor)

    def found(self, call: Call, key: Key) -> Any:
        """The record that this user may see. Raises Refusal 404."""
        company = call.company
        record = company.tables[self.kind].get(key)
        if record is None or company.gone(record) or not self.visible(call, record):
            raise missing(self.noun)
        if record.is_deleted and company.options.switches.deleted_by_id == "missing":
            raise missing(self.noun)
        return record

    def visible(self, call: Call, record: Any) -> bool:
        """Whether the caller may see it; activities have no visibility of their own."""
        return not hasattr(record, "visible_to") or sees(call.user, call.company, record)

    def shown(self, call: Call, record: Any) -> Json:
        """The record as this call asked for it."""
        data = self.view(call.company, record)
        if self.has_custom:
            data["custom_fields"] = self._custom(call, record)
        wanted = call.query.get("include_fields")
        if wanted:
            self._add_extras(call, data, record, wanted.split(","))
        if call.query.get("include_labels") == "true" and self.has_custom:
            data["labels"] = self._labels(call.company, record)
        return data

    def _add_extras(self, call: Call, data: Json, record: Any, names: list[str]) -> None:
        unknown = [name for name in names if name not in self.extras]
        if unknown:
            raise invalid([
                f"include_fields: The value '{name}' is not a valid choice" for name in unknown
            ])  # fmt: skip
        for name in names:
            data[name] = self.extras[name](call.company, record)

    def _custom(self, call: Call, record: Any) -> Json:
        fields = call.company.fields[self.kind]
        projected = call.query.get("custom_fields")
        if projected is None:
            values = _complete(fields, record.custom)
        else:
            codes = [code for code in projected.split(",") if code]
            if len(codes) > MAX_PROJECTED:
                raise invalid([f"custom_fields: At most {MAX_PROJECTED} keys are allowed"])
            own: Json = record.custom or {}
            values = {code: own.get(code) for code in codes if code in fields.custom}
        if call.query.get("include_option_labels") == "true":
            values = {
                code: _labelled(fields.custom[code].options, value)
                for code, value in values.items()
            }
        return values

    def _labels(self, company: Company, record: Any) -> list[Json]:
        field = company.fields[self.kind].fields.get("label_ids")
        options = {option.id: option.label for option in (field.options if field else None) or ()}
        return [{"id": i, "label": options[i]} for i in record.label_ids if i in options]

    def _page(self, call: Call, alive: Callable[[Any], bool]) -> tuple[list[Any], str | None]:
        limit = limit_v2(call)
        table = call.company.tables[self.kind]
        rows, tests = self._narrowed(call)

        def keep(record: Any) -> bool:
            return (
                alive(record) and all(test(record) for test in tests) and self.visible(call, record)
            )

        by = query_choice(call, "sort_by", self.sorts, "id")
        if rows is None and by == "id":
            down = query_choice(call, "sort_direction", ("asc", "desc"), "asc") == "desc"
            return id_page(call, table.descending if down else table.ascending, keep, limit=limit)
        kept = [record for record in (table.values() if rows is None else rows) if keep(record)]
        return sorted_page(call, kept, choices=self.sorts, limit=limit)

    def _narrowed(self, call: Call) -> tuple[Iterable[Any] | None, list[Callable[[Any], bool]]]:
        tests: list[Callable[[Any], bool]] = []
        table = call.company.tables[self.kind]
        rows = _by_ids(call, table.rows)
        for parameter, attribute in self.filters.items():
            wanted = _filter_value(call, parameter)
            if wanted is None:
                continue
            if rows is None and table.has_link(attribute):
                rows = table.linked(attribute, wanted)
            else:
                tests.append(_equals(attribute, wanted))
        return _in_time(call, rows, table.values()), tests


def _complete(fields: FieldSet, custom: Json | None) -> Json:
    # A deleted field takes its values with it.
    return {code: custom.get(code) for code in fields.custom} if custom else {**fields.blank}


def _equals(attribute: str, wanted: Key) -> Callable[[Any], bool]:
    return lambda record: getattr(record, attribute) == wanted


def _filter_value(call: Call, parameter: str) -> Key | None:
    if parameter == "lead_id":
        return call.query.get(parameter)
    return query_integer(call, parameter)


def _by_ids(call: Call, rows: Mapping[Key, Any]) -> Iterable[Any] | None:
    text = call.query.get("ids")
    if text is None or "filter_id" in call.query:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MAX_IDS or not all(part.isdecimal() for part in parts):
        raise invalid([f"ids: The value should be up to {MAX_IDS} ids, comma separated"])
    return [rows[int(part)] for part in dict.fromkeys(parts) if int(part) in rows]


def _in_time(call: Call, rows: Iterable[Any] | None, every: Iterable[Any]) -> Iterable[Any] | None:
    since = query_moment(call, "updated_since")
    until = query_moment(call, "updated_until")
    if since is not None:
        rows = [row for row in (every if rows is None else rows) if row.update_time >= since]
    if until is not None:
        rows = [row for row in (every if rows is None else rows) if row.update_time < until]
    return rows


def _labelled(options: Any, value: Any) -> Any:
    if not options or value is None:
        return value
    labels = {option.id: option.label for option in options}
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [{"id": item, "label": labels.get(item)} for item in items]
    return {"id": value, "label": labels.get(value)}


def mark_deleted(company: Company, kind: str, record: Any, actor: Actor) -> None:
    """Soft deletion; `update_time` becomes the time of deletion (migration guide)."""
    gone = msgspec.structs.replace(record, is_deleted=True, update_time=company.clock.now_ms())
    company.save(kind, gone, actor)
