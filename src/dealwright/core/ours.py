"""Ours: what of a record as it stands we wrote ourselves, told by digests: no value is kept.

What stands in a field though we did not write it there last, a person wrote, or another program.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, cast

import msgspec

from dealwright.core.record import Lead, Record
from dealwright.core.schema import FIELD_KEY

#: Parts of an object that somebody wrote; Pipedrive adds others by itself, and later.
_OWN_PARTS: Final = ("value", "currency", "until", "timezone_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What of a record as it stands is of our writing; nothing is known without a record."""

    record: Record | None = None
    digests: Mapping[str, str] = field(default_factory=dict[str, str])

    def edited(self, key: str) -> bool:
        """Whether a field of the record is not as we left it: written by others, or emptied.

        `key` is the name in the record, or the key of a custom field. An empty field that we never
        wrote is not edited.
        """
        if self.record is None:
            return False
        return digest(self.record, key) != self.digests.get(key, "")


def digests(record: Record, keys: Iterable[str], *, before: Mapping[str, str]) -> dict[str, str]:
    """`before`, with what stands in these fields of a record now."""
    found = dict(before)
    for key in keys:
        if now := digest(record, key):
            found[key] = now
        else:
            found.pop(key, None)
    return found


def digest(record: Record, key: str) -> str:
    """A digest of what stands in one field of a record; "" when it is empty.

    No value can be read from it, and equal values of two records have different ones.
    """
    value = plain(standing(record, key))
    if value in (None, "", [], {}):
        return ""
    told = msgspec.json.encode((type(record).__name__, record.id, key, value), order="sorted")
    return b64encode(blake2b(told, digest_size=9).digest()).decode()


def written_keys(body: Mapping[str, Any]) -> Iterator[str]:
    """The fields of the record that a request body sets, custom ones by their keys."""
    for key, value in body.items():
        if key == "custom_fields":
            yield from cast("Mapping[str, Any]", value)
        else:
            yield key[:40] if FIELD_KEY.fullmatch(key[:40]) else key


def standing(record: Record, key: str) -> Any:
    """What stands in one field of a record; `key` is its name, or the key of a custom field."""
    if not FIELD_KEY.fullmatch(key):
        return getattr(record, key, None)
    held: Mapping[str, Any] = getattr(record, "custom_fields", {})
    if not isinstance(record, Lead):
        return held.get(key)
    # v1 has the parts of a value beside it.
    parts = {part: held.get(f"{key}_{part}") for part in _OWN_PARTS[1:]}
    return None if held.get(key) is None else {"value": held[key], **parts}


def plain(value: Any) -> Any:
    """Bring a value into the one form that all ways of reading it lead to."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, Any]", value)
        if "value" not in parts:
            return {key: plain(part) for key, part in parts.items() if part is not None}
        if parts["value"] is None:
            return None
        return {key: plain(parts[key]) for key in _OWN_PARTS if parts.get(key) is not None}
    if isinstance(value, list | tuple):
        items = cast("Iterable[Any]", value)
        return sorted((plain(item) for item in items), key=msgspec.json.encode)
    return value
