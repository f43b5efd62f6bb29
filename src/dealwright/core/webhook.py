"""Webhook: what Pipedrive tells of one change, read into our own Records.

Source: the guide for webhooks v2 and its migration guide; `webhooks-v2-asyncapi.yml`. The `data` of
a webhook is shaped neither as v2's answers nor as v1's, so what it holds is `faithful` only where
every value of our Record stands in it in a form that can have but one meaning.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.core.event import moment_ms
from dealwright.core.record import RECORD_TYPES, Record, RecordId, RecordKind

Data = dict[str, Any]

#: Longer than any id of theirs; what is longer is none.
_LONGEST_ID: Final = 100


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which record; ids are texts, of users in old messages numbers."""

    action: str
    entity: str
    id: str = ""
    entity_id: str | int | None = None
    user_id: str | int | None = None
    timestamp: str | int | float | None = None
    change_source: str | None = None
    merged_to_id: str | int | None = None
    merged_from_id: str | int | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `data` is the record as it is now, None once it is gone."""

    meta: Meta
    data: Data | None = None
    previous: Data | None = None

    @property
    def kind(self) -> RecordKind | None:
        """The kind of the record; None for what we keep no record of."""
        return _KINDS.get(self.meta.entity)

    @property
    def record_id(self) -> RecordId | None:
        """The id of the record, a number but for leads; None when there is none."""
        found = self.meta.entity_id
        if found is None:
            found = (self.data or self.previous or {}).get("id")
        return self._id(found)

    @property
    def merged_into(self) -> RecordId | None:
        """Where a record went that disappeared by a merge."""
        return self._id(self.meta.merged_to_id)

    @property
    def merged_from(self) -> RecordId | None:
        """Which record a merge put into this one."""
        return self._id(self.meta.merged_from_id)

    @property
    def at_ms(self) -> int:
        """When it happened, by Pipedrive's clock; 0 when it does not say."""
        return moment_ms(self.meta.timestamp) or 0

    def by_api(self, user_id: int | None) -> bool:
        """Whether this user did it through the API; never, if nobody knows which user that is."""
        known = user_id is not None and self.meta.change_source == "api"
        return known and str(self.meta.user_id) == str(user_id)

    def _id(self, written: object) -> RecordId | None:
        text = str(written)
        if written is None or not text or len(text) > _LONGEST_ID:
            return None
        if self.kind is RecordKind.LEAD:
            return text
        return int(text) if text.isascii() and text.isdecimal() else None


class Heard(NamedTuple):
    """A record out of a message; `faithful`: as a GET by its id would give it."""

    record: Record
    faithful: bool


_KINDS: Final = {str(kind): kind for kind in RecordKind}
_decode = msgspec.json.Decoder(Told).decode


def read_told(body: bytes) -> Told:
    """Read the body of a webhook; raises InvalidEvent (`webhook_unreadable`)."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(
            f"This is no message of Pipedrive's webhooks v2: {error}", code="webhook_unreadable"
        ) from None


def record_of(kind: RecordKind, data: Mapping[str, Any]) -> Heard | None:
    """The record that `data` tells of; None when it cannot be read as one."""
    record_type = RECORD_TYPES[kind]
    renamed = _renamed(kind, data)
    faithful = all(
        name in renamed for name in record_type.__struct_fields__ if name not in _IMPLIED
    )
    faithful = faithful and _certain(kind, data)
    values = {name: value for name, value in renamed.items() if value is not None}
    try:
        custom = _custom(kind, values.get("custom_fields", {}))
        values["custom_fields"] = custom.values
        # `visible_to` is a text here, and a number in v2's answers.
        record = msgspec.convert(values, record_type, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError, AttributeError):
        return None
    return Heard(record, faithful and custom.faithful)


#: What a message need not say: who is deleted is told by its action.
_IMPLIED: Final = frozenset({"is_deleted"})


def _renamed(kind: RecordKind, data: Mapping[str, Any]) -> Data:
    values = dict(data)
    if kind is RecordKind.ACTIVITY:
        values["is_deleted"] = data.get("active_flag") is False
        due = data.get("due_time")
        if isinstance(due, dict):
            values["due_time"] = cast("Data", due).get("value")
    if kind is RecordKind.NOTE:
        for name in ("add_time", "update_time"):
            if isinstance(data.get(name), str):
                # v1 writes the same moment without a zone.
                values[name] = data[name].replace("T", " ").removesuffix("Z").partition(".")[0]
    return values


def _certain(kind: RecordKind, data: Mapping[str, Any]) -> bool:
    # The time of an activity comes with a zone, which v2's answers do not know: whether it is in
    # that zone or in UTC is said nowhere.
    return kind is not RecordKind.ACTIVITY or data.get("due_time") is None


# -- custom fields: each value is an object with its type


class _Custom(NamedTuple):
    values: Data
    faithful: bool


class _Value(NamedTuple):
    """One value: as v2 gives it, as v1 gives its flat parts, and whether each says all."""

    v2: Any
    flat: Data
    v2_faithful: bool = True


def _custom(kind: RecordKind, fields: Mapping[str, Any]) -> _Custom:
    found: Data = {}
    faithful = True
    for code, typed in fields.items():
        if typed is None:
            continue
        try:
            value = _TYPES[typed["type"]](typed)
        except (LookupError, TypeError, ValueError):
            faithful = False
            continue
        if kind is RecordKind.LEAD:
            found |= {f"{code}{part}": item for part, item in value.flat.items()}
        else:
            found[code] = value.v2
            faithful = faithful and value.v2_faithful
    return _Custom(found, faithful)


def _plain(typed: Data) -> _Value:
    return _Value(typed["value"], {"": typed["value"]})


def _whole(typed: Data) -> _Value:
    number = int(typed["id"])
    return _Value(number, {"": number})


def _option(typed: Data) -> _Value:
    number = int(typed["id"])
    return _Value(number, {"": str(number)})


def _options(typed: Data) -> _Value:
    ids = [int(item["id"]) for item in typed["values"]]
    return _Value(ids, {"": ",".join(str(item) for item in ids)})


def _money(typed: Data) -> _Value:
    value = {"value": typed["value"], "currency": typed["currency"]}
    return _Value(value, {"": typed["value"], "_currency": typed["currency"]})


def _time(typed: Data) -> _Value:
    zone = typed.get("timezone_id")
    # v2 also gives the zone's name, and nobody publishes which number is which.
    value = {"value": typed["value"], "timezone_id": zone}
    return _Value(value, {"": typed["value"], "_timezone_id": zone}, v2_faithful=False)


def _time_range(typed: Data) -> _Value:
    zone = typed.get("timezone_id")
    value = {"value": typed["from"], "until": typed["until"], "timezone_id": zone}
    flat = {"": typed["from"], "_until": typed["until"], "_timezone_id": zone}
    return _Value(value, flat, v2_faithful=False)


def _date_range(typed: Data) -> _Value:
    value = {"value": typed["from"], "until": typed["until"]}
    return _Value(value, {"": typed["from"], "_until": typed["until"]})


def _address(typed: Data) -> _Value:
    parts = {name: part for name, part in typed.items() if name != "type"}
    flat = {f"_{name}": part for name, part in parts.items() if name != "value"}
    return _Value(parts, {"": parts["value"], **flat})


_TYPES: Final[Mapping[str, Callable[[Data], _Value]]] = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "double", "phone", "date"), _plain),
    **dict.fromkeys(("user", "org", "people"), _whole),
    "enum": _option,
    "set": _options,
    "monetary": _money,
    "time": _time,
    "timerange": _time_range,
    "daterange": _date_range,
    "address": _address,
}
