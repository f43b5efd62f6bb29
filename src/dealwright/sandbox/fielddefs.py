"""Field definitions of an account: built in and custom, with their options."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

# The types a custom field can have. Source: openapi-v2 `POST /personFields`.
CUSTOM_TYPES = (
    "varchar",
    "varchar_auto",
    "text",
    "double",
    "monetary",
    "enum",
    "set",
    "user",
    "org",
    "people",
    "phone",
    "time",
    "timerange",
    "date",
    "daterange",
    "address",
)
SEARCHABLE_TYPES = frozenset(
    {"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"}
)

FieldKind: TypeAlias = str


class Option(Struct, frozen=True, kw_only=True):
    """One choice of an enum or set field; built-in fields have text ids."""

    id: int | str
    label: str
    color: str | None = None
    add_time: int | None = None
    update_time: int | None = None


class FieldDef(Struct, frozen=True, kw_only=True):
    """One field. `code` is `field_code` in v2 and `key` in v1."""

    id: int
    code: str
    name: str
    type: str
    options: tuple[Option, ...] | None = None
    options_deleted: tuple[Option, ...] = ()
    is_custom: bool = False
    is_optional: bool = False
    description: str | None = None
    mandatory: bool = False
    order_nr: int = 0
    add_time: int
    update_time: int
    created_by_user_id: int | None = None
    add_visible: bool = True


class FieldSet:
    """The fields of one kind of record, in order."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.fields: dict[str, FieldDef] = {}
        self.custom: dict[str, FieldDef] = {}
        self.blank: dict[str, None] = {}
        self._last_option = 0
        self._last_id = 0

    def put(self, field: FieldDef) -> None:
        """Add or replace a field."""
        self.fields[field.code] = field
        self._last_id = max(self._last_id, field.id)
        for option in field.options or ():
            if isinstance(option.id, int):
                self._last_option = max(self._last_option, option.id)
        if field.is_custom:
            self.custom[field.code] = field
            self.blank = dict.fromkeys(self.custom)
        self._changed()

    def drop(self, code: str) -> FieldDef:
        """Take a custom field away."""
        field = self.fields.pop(code)
        self.custom.pop(code, None)
        self.blank = dict.fromkeys(self.custom)
        self._changed()
        return field

    def next_option_id(self) -> int:
        """A fresh option id; they are shared by all fields of the kind."""
        self._last_option += 1
        return self._last_option

    def next_id(self) -> int:
        """A fresh numeric id, as v1 shows it."""
        self._last_id += 1
        return self._last_id

    def by_id(self, number: int) -> FieldDef | None:
        """The field with v1's numeric id."""
        return next((field for field in self.fields.values() if field.id == number), None)

    def clear_custom(self) -> None:
        """Forget every custom field."""
        for code in list(self.custom):
            self.drop(code)
