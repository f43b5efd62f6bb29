"""Stand-ins: ids that a Plan needs and that are only known once an earlier Change is done."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from dealwright.core.plan import Change, Create, Join, Plan, SchemaChange, Update
from dealwright.core.record import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """The id of the record that a Create of the same Plan makes."""

    create: Create


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOption:
    """The id of an option that is to be added to a field, called `name`."""

    field: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of options in one text, as v1 takes them."""

    items: tuple[Any, ...]


StandIn = Made | NewOption


def complete(plan: Plan) -> Plan:
    """The Plan with everything first that its stand-ins stand for, each once."""
    before: list[Change] = []
    for change in plan.changes:
        _stand(change, before)
    return replace(plan, changes=(*before, *plan.changes)) if before else plan


def filled(value: Any, ids: Callable[[StandIn], Any]) -> Any:
    """A value with ids in the place of its stand-ins."""
    match value:
        case Made() | NewOption():
            return ids(value)
        case Ids():
            return ",".join(str(filled(item, ids)) for item in value.items)
        case Mapping():
            entries = cast("Mapping[str, Any]", value)
            return {key: filled(entry, ids) for key, entry in entries.items()}
        case list() | tuple():
            return [filled(entry, ids) for entry in cast("list[Any]", value)]
        case _:
            return value


def _stand(change: Change, before: list[Change]) -> None:
    """Put before a Change what it stands on."""
    match change:
        case Create() | Update():
            values: Any = change.values
            # Leads have the deal's fields.
            kind = RecordKind.DEAL if change.kind is RecordKind.LEAD else change.kind
        case Join():
            values, kind = change.person_ids, RecordKind.PERSON
        case _:
            return
    for found in _in(values):
        if isinstance(found, NewOption):
            _add_option(found, kind, before)
        elif not any(earlier is found.create for earlier in before):
            _stand(found.create, before)
            before.append(found.create)


def _add_option(found: NewOption, kind: RecordKind, before: list[Change]) -> None:
    for at, change in enumerate(before):
        if isinstance(change, SchemaChange) and change.field == found.field:
            if found.label not in change.labels:
                before[at] = replace(change, labels=(*change.labels, found.label))
            return
    change = SchemaChange(kind=kind, field=found.field, name=found.name, labels=(found.label,))
    before.append(change)


def _in(value: Any) -> Iterator[StandIn]:
    match value:
        case Made() | NewOption():
            yield value
        case Ids():
            yield from _in(value.items)
        case Mapping():
            for entry in cast("Mapping[str, Any]", value).values():
                yield from _in(entry)
        case list() | tuple():
            for entry in cast("list[Any]", value):
                yield from _in(entry)
        case _:
            return
