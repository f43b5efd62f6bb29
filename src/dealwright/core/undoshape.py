"""Undoshape: the fields of a journal entry and of a record in one form, and back as they are sent.

A field goes by its own name, a custom one by its key; of leads, which are v1, the parts of a custom
field are put together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from dealwright.core.errors import MappingError
from dealwright.core.fieldtype import FieldContext, FieldType, read_flat_parts
from dealwright.core.html import same_html
from dealwright.core.record import Lead, Record, RecordKind
from dealwright.core.scalars import Misfit, shown
from dealwright.core.schema import FIELD_KEY, Schema
from dealwright.core.undofields import Same, alike, is_empty

_HTML: Final = frozenset({"content", "note"})
_CLOCKS: Final = frozenset({"due_time", "duration"})

#: Types whose values have parts; Pipedrive adds some by itself, which it does not take back.
_PARTED: Final = frozenset({"address", "monetary", "time", "timerange", "daterange"})

_NAMES: Final[Mapping[str, str]] = {
    "emails": "e-mail addresses",
    "phones": "phone numbers",
    "label_ids": "labels",
    "org_id": "organization",
    "organization_id": "organization",
    "visible_to": "visible to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the fields of a kind of record are read and written; `schema` where it is known."""

    kind: RecordKind
    schema: Schema | None = None

    def fields(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a request body, or of what stood there before it."""
        if self.kind is RecordKind.LEAD:
            keys = dict.fromkeys(_lead_key(name) for name in body)
            return {key: self._of_lead(key, body) for key in keys}
        found = {key: value for key, value in body.items() if key != "custom_fields"}
        return found | dict(body.get("custom_fields") or {})

    def knows(self, record: Record, key: str) -> bool:
        """Whether a field is among what is read of a record."""
        return bool(FIELD_KEY.fullmatch(key)) or hasattr(record, key)

    def standing(self, record: Record, key: str) -> Any:
        """What stands in a field of a record, as values of JSON."""
        if not FIELD_KEY.fullmatch(key):
            return _plain(getattr(record, key, None))
        held: Mapping[str, Any] = getattr(record, "custom_fields", {})
        return self._of_lead(key, held) if isinstance(record, Lead) else held.get(key)

    def same(self, key: str) -> Same:
        """How values of a field are compared."""
        kind = self.type_of(key)
        if kind is not None:
            return lambda wanted, held: (
                alike(wanted, held) if is_empty(wanted) else kind.same(wanted, held)
            )
        if key in _HTML:
            return same_html
        if key in _CLOCKS:
            return lambda wanted, held: alike(_long(wanted), _long(held))
        if key == "visible_to":
            return lambda wanted, held: str(wanted) == str(held)
        return alike

    def is_list(self, key: str) -> bool:
        """Whether a custom field holds several options."""
        kind = self.type_of(key)
        return kind is not None and kind.key == "set"

    def body(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A request body that sets these fields."""
        body: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for key, value in values.items():
            if not FIELD_KEY.fullmatch(key):
                body[key] = value
            elif self.kind is RecordKind.LEAD:
                body |= self._flat(key, value)
            else:
                custom[key] = self._writable(key, value)
        return {**body, "custom_fields": custom} if custom else body

    def before(self, record: Record, body: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in the fields of a request body."""
        held: Mapping[str, Any] = getattr(record, "custom_fields", {})
        found: dict[str, Any] = {}
        for key in body:
            if key == "custom_fields":
                found[key] = {name: held.get(name) for name in body[key]}
            elif FIELD_KEY.fullmatch(key[:40]):
                found[key] = held.get(key)
            else:
                found[key] = _plain(getattr(record, key, None))
        return found

    def name(self, key: str) -> str:
        """What people call a field."""
        if FIELD_KEY.fullmatch(key) and self.schema is not None:
            try:
                return self.schema.field(key).field_name
            except MappingError:
                return key
        return _NAMES.get(key, key.removesuffix("_id").replace("_", " "))

    def show(self, key: str, value: Any) -> str:
        """A value for people; "" for nothing."""
        if is_empty(value):
            return ""
        kind = self.type_of(key)
        if kind is not None and self.schema is not None:
            return kind.show(value, self.schema.field(key))
        if isinstance(value, list):
            return ", ".join(self._entry(key, item) for item in cast("list[Any]", value))
        return _words(value)

    def type_of(self, key: str) -> FieldType | None:
        """The type of a custom field, where the account has it."""
        if self.schema is None or not FIELD_KEY.fullmatch(key):
            return None
        return self.schema.type_of(key)

    def _entry(self, key: str, item: Any) -> str:
        if key == "label_ids" and self.schema is not None:
            return self.schema.labels().get(item, str(item))
        return _words(item)

    def _of_lead(self, key: str, body: Mapping[str, Any]) -> Any:
        if not FIELD_KEY.fullmatch(key):
            return body.get(key)
        kind = self.type_of(key)
        if kind is not None:
            return kind.read_flat(key, body)
        parted = any(name.startswith(f"{key}_") for name in body)
        return read_flat_parts(key, body) if parted else body.get(key)

    def _flat(self, key: str, value: Any) -> dict[str, Any]:
        kind, value = self.type_of(key), self._writable(key, value)
        if kind is None:
            return {key: value}
        try:
            return kind.write_flat(key, value)
        except Misfit:
            return {key: value["value"]}

    def _writable(self, key: str, value: Any) -> Any:
        """A value that was read, as it is written; nothing is null."""
        if is_empty(value):
            return None
        kind = self.type_of(key)
        if kind is None or kind.key not in _PARTED or self.schema is None:
            return value
        try:
            return kind.parse(value, FieldContext(field=self.schema.field(key)))
        except Misfit:
            return value


def custom_of(bodies: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these sets a custom field."""
    return any(
        name == "custom_fields" or FIELD_KEY.fullmatch(name[:40])
        for body in bodies
        for name in body
    )


def _lead_key(name: str) -> str:
    return name[:40] if FIELD_KEY.fullmatch(name[:40]) else name


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value) if value is not None else None


def _long(clock: Any) -> Any:
    return f"{clock}:00" if isinstance(clock, str) and clock.count(":") == 1 else clock


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        told = [parts.get(name) for name in ("value", "amount", "currency", "person_id")]
        return " ".join(str(part) for part in told if part is not None)
    return shown(value).strip("“”")
