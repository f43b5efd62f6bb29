"""Written: of which moment each value is that we wrote, so that nothing old takes its place.

An Event that comes late writes nothing over what a newer one wrote, value by value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

import msgspec

from dealwright.core.action import Action, ActionField, Values, ValueType, Writing
from dealwright.core.schema import Schema

#: Write rules under which a value never takes the place of another: it is of no moment.
YIELDING: Final = frozenset({"if_empty", "only_new"})

_LABELS: Final = "labels"
_LINK: Final = "link"


class Moment(NamedTuple):
    """When a value was said; positions in the log decide between equal times, then the Mapping."""

    at_ms: int
    seq: int
    mapping_id: int


class Path(NamedTuple):
    """A value of an Action's field; `part` is the key within an object, or one label.

    All fields that say with whom a record is are one value: `link` and whom.
    """

    field: str
    part: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of one record.

    `times`: of which moment each value is that we wrote, by its path. `wrote`: digests of what
    stood in a field of the record after we had written it.
    """

    times: dict[str, Moment] = {}
    wrote: dict[str, str] = {}

    def with_times_of(self, other: "Written") -> "Written":
        """What is remembered of a record that another became part of.

        Which of two values stands, whoever merged them has chosen: what we wrote into the other is
        not known to be ours any more.
        """
        if not other.times:
            return self
        later = {key: max(at, self.times.get(key, at)) for key, at in other.times.items()}
        return Written(times={**self.times, **later}, wrote=self.wrote)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Values, and of which moment those are that may be too old."""

    values: Values
    moments: Mapping[Path, Moment]

    def fresh(self, past: Written, schema: Schema | None) -> "tuple[Told, tuple[str, ...]]":
        """Without what newer Events have written already; and the names of what is left out."""
        if not past.times:
            return self, ()
        appended = {name for name, rule in _rules(self.values) if rule == "append"}
        stale = [
            path
            for path, moment in self.moments.items()
            if path.field not in appended and moment < _newest(past.times, path, schema)
        ]
        if not stale:
            return self, ()
        gone = set(stale)
        moments = {path: at for path, at in self.moments.items() if path not in gone}
        return Told(values=_without(self.values, stale), moments=moments), tuple(
            path.part or path.field for path in stale
        )

    def over(self, past: Written, schema: Schema | None) -> dict[str, Moment]:
        """The times of a record after these values were written over what is `past`."""
        times = dict(past.times)
        for path, moment in self.moments.items():
            key = _key(path, schema)
            times[key] = max(moment, times.get(key, moment))
            if path == (_LABELS, ""):
                for name in [name for name in times if name.startswith(f"{_LABELS}/")]:
                    del times[name]
        return times


def paths(action: Action, values: Values) -> Iterator[Path]:
    """The values of which a newer one is to stand, one by one."""
    yielding = {name for name, rule in _rules(values) if rule in YIELDING}
    for entry in action.fields:
        if entry.key not in values or entry.key in yielding:
            continue
        if entry.key == _LABELS:
            yield from _label_paths(values)
        elif entry.writing is Writing.LINKS:
            yield Path(_LINK, linked(entry))
        elif entry.writing is Writing.SETS and entry.type is ValueType.OBJECT:
            yield from (Path(entry.key, name) for name in values[entry.key])
        elif entry.writing is Writing.SETS:
            yield Path(entry.key)


def linked(entry: ActionField) -> str:
    """With whom a field links the record (“person”), as its key begins; "" for other fields."""
    return entry.key.partition("_")[0] if entry.writing is Writing.LINKS else ""


def _rules(values: Values) -> Iterable[tuple[str, Any]]:
    return cast("Mapping[str, Any]", values.get("write_rules", {})).items()


def _label_paths(values: Values) -> Iterator[Path]:
    if values.get("labels_mode") == "replace":
        yield Path(_LABELS)
    else:
        yield from (Path(_LABELS, label) for label in values[_LABELS])


def _newest(times: Mapping[str, Moment], path: Path, schema: Schema | None) -> Moment:
    """The moment of the newest Event that wrote this value, or what it is a part of."""
    never = Moment(-(2**62), 0, 0)
    newest = times.get(_key(path, schema), never)
    if path.field != _LABELS:
        return newest
    if path.part:
        return max(newest, times.get(_LABELS, never))
    return max((at for key, at in times.items() if key.startswith(_LABELS)), default=never)


def _key(path: Path, schema: Schema | None) -> str:
    """The path as it is stored: a field goes by one name, however a Mapping calls it."""
    if not path.part:
        return path.field
    if path.field in {_LABELS, _LINK} or schema is None:
        return f"{path.field}/{' '.join(path.part.split()).casefold()}"
    return f"{path.field}/{schema.key_of(path.part)}"


def _without(values: Values, stale: Iterable[Path]) -> Values:
    left = dict(values)
    for path in stale:
        if path.field == _LINK:
            left = {name: one for name, one in left.items() if not name.startswith(f"{path.part}_")}
            continue
        whole = left.get(path.field)
        if path.part and isinstance(whole, Mapping):
            some = cast("Mapping[str, Any]", whole)
            left[path.field] = {name: value for name, value in some.items() if name != path.part}
        elif path.part and whole is not None:
            left[path.field] = tuple(item for item in whole if item != path.part)
        else:
            left.pop(path.field, None)
    return left
