"""DryWords: what a dry run found, in the words of the account: names of fields, options, people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from dealwright.core.catalogue import Catalogue
from dealwright.core.fieldtype import FieldType, is_empty, shown_scalar
from dealwright.core.foretold import FieldChange, WouldBe
from dealwright.core.ours import Ours, written_keys
from dealwright.core.plan import (
    Change,
    Create,
    Delete,
    Join,
    Leave,
    Link,
    Merge,
    SchemaChange,
    Unlink,
    Update,
)
from dealwright.core.record import FieldDefinition, RecordId, RecordKind
from dealwright.core.schema import FIELD_KEY, FIELD_TYPES
from dealwright.pipeline.dryscribe import shown_id

#: No cell of a table needs more of a text.
LONGEST: Final = 500

#: Fields of a record that name another one.
_OTHERS: Final[Mapping[str, RecordKind]] = {
    "person_id": RecordKind.PERSON,
    "org_id": RecordKind.ORGANIZATION,
    "organization_id": RecordKind.ORGANIZATION,
    "deal_id": RecordKind.DEAL,
    "lead_id": RecordKind.LEAD,
}

#: Fields that are written whole with what is added: a value that stays is no loss.
_WHOLE: Final = frozenset({"emails", "phones", "label_ids", "participants"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DryWords:
    """Speaks of one account; of lists that were not read yet it gives the keys and numbers.

    `new_options` are the labels of options that the dry run would have added, by stand-in.
    """

    catalogue: Catalogue
    new_options: Mapping[int, str] = field(default_factory=dict[int, str])

    def change(
        self, change: Change, record_id: RecordId | None, *, ours: Mapping[RecordId, Ours]
    ) -> WouldBe:
        """One Change; `ours` tells of the records that are there what of them we wrote."""
        match change:
            case Create():
                fields = tuple(self._fields(change.kind, change.values, {}, Ours()))
                return _would_be("create", change.kind, record_id, fields)
            case Update():
                known = ours.get(change.record_id, Ours())
                fields = tuple(self._fields(change.kind, change.values, change.before, known))
                return _would_be("update", change.kind, record_id, fields)
            case Delete():
                return _would_be("delete", change.kind, record_id, sentence=change.before)
            case Link():
                text = f"{change.external_id} is remembered as this {change.kind}"
                return _would_be("link", change.kind, record_id, sentence=text)
            case Join():
                people = ", ".join(shown_id(RecordKind.PERSON, one) for one in change.person_ids)
                text = f"{people} would take part, unless they do already"
                return _would_be("join", RecordKind.DEAL, record_id, sentence=text)
            case SchemaChange():
                text = f"{change.name} would have the new options {', '.join(change.labels)}"
                return WouldBe(act="options", kind=change.kind, record=change.name, sentence=text)
            case Unlink() | Leave() | Merge():
                raise TypeError("no Mapping unlinks anything")

    def kept(self, kind: RecordKind, key: str, ours: Ours) -> FieldChange:
        """A field that keeps what a person wrote."""
        held: Any = getattr(ours.record, "custom_fields", {})
        value = held.get(key) if FIELD_KEY.fullmatch(key) else getattr(ours.record, key, None)
        told = self.value(kind, key, value)
        return FieldChange(field=self.name(kind, key), key=key, before=told, after=told)

    def name(self, kind: RecordKind, key: str) -> str:
        """What a field is called in Pipedrive."""
        entry = self._entry(kind, key)
        if entry is not None:
            return entry.field_name
        return key if FIELD_KEY.match(key) else key.replace("_", " ").capitalize()

    def value(self, kind: RecordKind, key: str, value: Any) -> str:
        """A value as Pipedrive shows it; "" for nothing."""
        return self._value(kind, key, value)[:LONGEST]

    def _value(self, kind: RecordKind, key: str, value: Any) -> str:
        if is_empty(value):
            return ""
        if key in _OTHERS:
            return shown_id(_OTHERS[key], value)
        if (added := self._added(value)) is not None:
            return added
        entry = self._entry(kind, key)
        own_type = FIELD_TYPES.get(entry.field_type) if entry and entry.is_custom_field else None
        # Of leads a value and its parts are fields of their own.
        if entry is not None and own_type is not None and kind is not RecordKind.LEAD:
            return self._shown(value, own_type, entry)
        match value:
            case Mapping():
                return self._object(kind, cast("Mapping[str, Any]", value))
            case list() | tuple():
                items = cast("list[Any]", value)
                return ", ".join(self._value(kind, key, item) for item in items)
            case _:
                return self._named(kind, key, value) or shown_scalar(value)

    def _shown(self, value: Any, own_type: FieldType, entry: FieldDefinition) -> str:
        if not isinstance(value, list) or entry.field_type != "set":
            return own_type.show(value, entry)
        items = cast("list[Any]", value)
        return ", ".join(self._added(item) or own_type.show([item], entry) for item in items)

    def _added(self, value: Any) -> str | None:
        """The label of an option that the dry run would have added."""
        return self.new_options.get(value) if isinstance(value, int) else None

    def _object(self, kind: RecordKind, value: Mapping[str, Any]) -> str:
        if "person_id" in value:
            return shown_id(RecordKind.PERSON, value["person_id"])
        if "value" in value:
            return str(value["value"])
        if "amount" in value:
            return f"{value['amount']} {value.get('currency') or ''}".strip()
        return ", ".join(f"{key} {self._value(kind, key, one)}" for key, one in value.items())

    def _named(self, kind: RecordKind, key: str, value: Any) -> str:
        """The name of what a number stands for, with the number; "" for what is no such."""
        lists: Mapping[str, Any] = {
            "owner_id": self.catalogue.users,
            "user_id": self.catalogue.users,
            "stage_id": self.catalogue.stages,
            "pipeline_id": self.catalogue.pipelines,
        }
        for one in lists.get(key) or ():
            if one.id == value:
                return f"{one.name} ({value})"
        if key == "label_ids":
            schema = self.catalogue.schema(kind)
            labels: Mapping[Any, str] = schema.labels() if schema else {}
            if kind is RecordKind.LEAD:
                labels = {one.id: one.name for one in self.catalogue.lead_labels or ()}
            return labels.get(value, "")
        return ""

    def _fields(
        self,
        kind: RecordKind,
        values: Mapping[str, Any],
        before: Mapping[str, Any],
        ours: Ours,
    ) -> Iterator[FieldChange]:
        for key, value, held in _pairs(values, before):
            (own,) = written_keys({key: value})
            yield FieldChange(
                field=self.name(kind, key),
                key=key,
                before=self.value(kind, key, held),
                after=self.value(kind, key, value),
                lost=ours.edited(own) and _is_loss(key, held, value),
            )

    def _entry(self, kind: RecordKind, key: str) -> FieldDefinition | None:
        schema = self.catalogue.schema(kind)
        wanted = key[:40] if FIELD_KEY.fullmatch(key[:40]) else key
        for entry in schema.fields if schema else ():
            if entry.field_code == wanted:
                return entry
        return None


def _pairs(values: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Keys, values and what stood there, custom fields beside the others."""
    for key, value in values.items():
        if key != "custom_fields":
            yield key, value, before.get(key)
            continue
        held = cast("Mapping[str, Any]", before.get(key) or {})
        for name, one in cast("Mapping[str, Any]", value).items():
            yield name, one, held.get(name)


def _is_loss(key: str, held: Any, value: Any) -> bool:
    if key not in _WHOLE:
        return True
    return any(item not in (value or ()) for item in held or ())


def _would_be(
    act: str,
    kind: RecordKind,
    record_id: RecordId | None,
    fields: tuple[FieldChange, ...] = (),
    *,
    sentence: str = "",
) -> WouldBe:
    record = "" if record_id is None else shown_id(kind, record_id)
    return WouldBe(act=act, kind=kind, record=record, fields=fields, sentence=sentence)
