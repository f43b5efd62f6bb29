"""Explaining: the values of a record that we wrote, each with its history, and whether it stands.

Pure: the journal's entries and the record as the mirror has it in, values out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

import msgspec

from dealwright.core.action import Action
from dealwright.core.actionfields import TARGETS
from dealwright.core.ours import Ours, plain, standing
from dealwright.core.record import Record, RecordKind
from dealwright.core.schema import FIELD_KEY


class Standing(StrEnum):
    """What has become of a value that we wrote."""

    STANDS = "stands"
    CHANGED = "changed"
    CLEARED = "cleared"
    RECORD_GONE = "record_gone"
    UNKNOWN = "unknown"


class Put(NamedTuple):
    """One write of one field: `entry` is the journal's number of it, `sure` that it was answered.

    `correction` is whose undo or merge it was, None for most.
    """

    entry: int
    delivery: int
    at_ms: int
    before: Any
    after: Any
    made: bool
    sure: bool = True
    correction: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A field that we wrote: every write of it, oldest first, and what is there `now`."""

    key: str
    puts: tuple[Put, ...]
    now: Any
    standing: Standing

    @property
    def last(self) -> Put:
        """The last write."""
        return self.puts[-1]


class Written(NamedTuple):
    """What an entry of the journal says of one write to the record."""

    put: Put
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Sight(NamedTuple):
    """The record as it is known: None and not `gone` where the mirror does not have it.

    `digests` are those of what we left there (core/ours.py).
    """

    record: Record | None
    gone: bool
    digests: Mapping[str, str]


def values_of(writes: Iterable[Written], sight: Sight) -> tuple[Value, ...]:
    """Every field that was written, in the order of the first write."""
    by_key: dict[str, list[Put]] = {}
    for write in writes:
        for key, before, after in _flat(write):
            by_key.setdefault(key, []).append(write.put._replace(before=before, after=after))
    return tuple(_value(key, tuple(puts), sight) for key, puts in by_key.items())


def _value(key: str, puts: tuple[Put, ...], sight: Sight) -> Value:
    record, last = sight.record, puts[-1]
    if record is None:
        gone = Standing.RECORD_GONE if sight.gone else Standing.UNKNOWN
        return Value(key=key, puts=puts, now=None, standing=gone)
    now = msgspec.to_builtins(standing(record, key))
    return Value(key=key, puts=puts, now=now, standing=_stands(last, key, sight))


def _stands(last: Put, key: str, sight: Sight) -> Standing:
    record = sight.record
    if record is None or _is_same(last.after, standing(record, key)):
        return Standing.STANDS
    # Pipedrive writes some values in its own form; what came back then is known by its digest.
    left_so = not Ours(record=record, digests=sight.digests).edited(key)
    empty = plain(standing(record, key)) in _EMPTY
    if left_so and not empty and last.correction is None:
        return Standing.STANDS
    return Standing.CLEARED if empty else Standing.CHANGED


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def _is_same(after: Any, now: Any) -> bool:
    mine, there = plain(msgspec.to_builtins(after)), plain(msgspec.to_builtins(now))
    if mine in _EMPTY and there in _EMPTY:
        return True
    if isinstance(mine, list) and isinstance(there, list):
        return _bare(cast("list[Any]", mine)) == _bare(cast("list[Any]", there))
    if isinstance(there, Mapping) and not isinstance(mine, Mapping):
        return cast("Mapping[str, Any]", there).get("value") == mine
    return mine == there


def _bare(items: list[Any]) -> list[Any]:
    """Addresses and numbers by what they are; labels are Pipedrive's own default where none is."""
    return [
        cast("Mapping[str, Any]", item).get("value") if isinstance(item, Mapping) else item
        for item in items
    ]


def _flat(write: Written) -> Iterator[tuple[str, Any, Any]]:
    """(key, before, after) of each field, custom ones by their keys."""
    for key, after in write.after.items():
        if key == "custom_fields" and isinstance(after, Mapping):
            before = cast("Mapping[str, Any]", write.before.get(key) or {})
            for code, value in cast("Mapping[str, Any]", after).items():
                yield code, before.get(code), value
        elif not (FIELD_KEY.fullmatch(key[:40]) and key[40:]):
            yield key, write.before.get(key), after


# -- where a value came from


class Source(NamedTuple):
    """The field of the Mapping that gives a value, its directive, and more where it is needed."""

    field: str
    directive: Any
    note: str = ""


class Recipe(NamedTuple):
    """What decides where values come from: the Action and the directives of one version.

    `names` are the account's custom fields by key, `own_field` the one for the sender's id.
    """

    action: Action
    directives: Mapping[str, Any]
    names: Mapping[str, str]
    own_field: str = ""
    match_field: str = ""


def source_of(key: str, recipe: Recipe) -> Source | None:
    """Which directive gave a field of the record; None where none of the Mapping's did."""
    if FIELD_KEY.fullmatch(key):
        return _source_of_custom(key, recipe)
    for field in _fields_of(key, recipe.action.kind):
        if field in recipe.directives:
            return Source(field, recipe.directives[field])
    if _matched_by(recipe, key):
        return Source("match_value", recipe.directives.get("match_value"), "the match field")
    if key == "name" and "email" in recipe.directives:
        return Source("email", recipe.directives["email"], "who has no name is called so")
    return None


def source_of_parent(key: str, kind: RecordKind, recipe: Recipe) -> Source | None:
    """The same for a record of another kind, which was made for the Mapping's own to belong to."""
    named = {"emails": "email", "phones": "phone"}.get(key, key)
    for field in (f"{kind}_{named}", f"{kind}_match_value"):
        if field in recipe.directives:
            return Source(field, recipe.directives[field], f"the {kind} was made for the other one")
    return None


def _source_of_custom(key: str, recipe: Recipe) -> Source | None:
    given: Any = recipe.directives.get("custom_fields")
    name = recipe.names.get(key, "")
    if isinstance(given, Mapping):
        for named, directive in cast("Mapping[str, Any]", given).items():
            if named[:40].lower() == key or (name and _folded(named) == _folded(name)):
                return Source(f"custom_fields/{named}", directive)
    for field in ("match_value", f"{recipe.action.subject}_match_value"):
        if key in {recipe.own_field, recipe.match_field} and field in recipe.directives:
            note = "the Connection keeps the sender's id here" if key == recipe.own_field else ""
            return Source(field, recipe.directives[field], note or "the match field")
    return None if given is None else Source("custom_fields", given)


def _fields_of(key: str, kind: RecordKind) -> Iterator[str]:
    """The fields of an Action that may write a field of the record."""
    yield key
    plain_key = "org_id" if kind is RecordKind.LEAD and key == "organization_id" else key
    yield from (field for field, target in TARGETS.items() if target == plain_key)
    if kind is RecordKind.LEAD and key == "value":
        yield from ("amount", "currency")
    if plain_key in {"person_id", "org_id", "deal_id"}:
        noun = "organization" if plain_key == "org_id" else plain_key.removesuffix("_id")
        yield f"{noun}_match_value"


def _matched_by(recipe: Recipe, key: str) -> bool:
    return recipe.match_field in {key, key.removesuffix("s")} and "match_value" in recipe.directives


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
