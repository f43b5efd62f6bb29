"""Coalesce: the values of several Deliveries for one record, as if they had come as one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from dealwright.core.action import Action, ActionField, Values, ValueType
from dealwright.core.errors import MappingError
from dealwright.core.event import Event
from dealwright.core.written import YIELDING, Moment, Path, Told, linked, paths


class Dated(NamedTuple):
    """Values, and the moment of their Event; `seq` decides between equal moments."""

    timestamp_ms: int
    seq: int
    values: Values


def dated(event: Event, seq: int, values: Values) -> Dated:
    """The values of an Event with its moment.

    A moment to come counts as that of the receipt: a sender whose clock is wrong would keep out
    everything that follows.
    """
    return Dated(min(event.timestamp_ms, event.received_at_ms), seq, values)


def coalesce(action: Action, parts: Sequence[Dated], *, mapping_id: int) -> Told:
    """Merge values: the later Event's wins; lists are joined and objects merged by key.

    The result is what the Deliveries would have made one after the other, in their Events' order;
    each value is of the moment of the Event that gave it. Raises MappingError (`not_mergeable`)
    for Deliveries that have to be done one by one.
    """
    ordered = sorted(parts, key=lambda part: (part.timestamp_ms, part.seq))
    if len(ordered) == 1:
        (part,) = ordered
        moment = Moment(part.timestamp_ms, part.seq, mapping_id)
        return Told(values=part.values, moments=dict.fromkeys(paths(action, part.values), moment))
    values = _merged(action, [part.values for part in ordered])
    missing = set(paths(action, values))
    moments: dict[Path, Moment] = {}
    # From the newest on: mostly it gives all, and the others need not be looked at.
    for part in reversed(ordered):
        if not missing:
            break
        given = missing.intersection(paths(action, part.values))
        moment = Moment(part.timestamp_ms, part.seq, mapping_id)
        moments |= dict.fromkeys(given, moment)
        missing -= given
    return Told(values=values, moments=moments)


def _merged(action: Action, parts: Sequence[Values]) -> Values:
    _see_mergeable(parts)
    fields = {entry.key: entry for entry in action.fields}
    links = {key: whom for key, entry in fields.items() if (whom := linked(entry))}
    merged: dict[str, Any] = {}
    for values in parts:
        rules = cast("Mapping[str, Any]", values.get("write_rules", {}))
        _unlink(merged, {key: links[key] for key in values if key in links}, rules)
        for key, value in values.items():
            field = fields.get(key)
            if key == "labels_mode" and "labels" not in values:
                # It says how to write labels, and none are written here.
                continue
            if key not in merged:
                merged[key] = value
            elif rules.get(key) in YIELDING:
                # The later Event would find what the earlier one wrote, and leave it.
                merged[key] = _over(field, value, merged[key])
            elif field is not None and field.many and not _replaces(field, values):
                merged[key] = (*merged[key], *(one for one in value if one not in merged[key]))
            else:
                merged[key] = _over(field, merged[key], value)
    return merged


def _unlink(merged: dict[str, Any], links: Mapping[str, str], rules: Mapping[str, Any]) -> None:
    """Let go of what said with whom the record is, where a later Event says it anew."""
    anew = tuple({f"{one}_" for key, one in links.items() if rules.get(key) not in YIELDING})
    for key in [key for key in merged if anew and key.startswith(anew)]:
        del merged[key]


def _over(field: ActionField | None, below: Any, value: Any) -> Any:
    """A value laid over another; of objects key by key."""
    if field is not None and field.type is ValueType.OBJECT:
        return {**below, **value}
    return value


def _replaces(field: ActionField, values: Values) -> bool:
    return field.key == "labels" and values.get("labels_mode") == "replace"


def _see_mergeable(parts: Sequence[Values]) -> None:
    modes = {values.get("labels_mode", "add") for values in parts if "labels" in values}
    ruled = (values for values in parts if "write_rules" in values)
    if len(modes) > 1 or any(_appends(values) for values in ruled):
        raise MappingError("These events are written one by one.", code="not_mergeable")


def _appends(values: Values) -> bool:
    """Whether text is added to what stands there: two such are not one."""
    rules = cast("Mapping[str, Any]", values["write_rules"])
    return any(rule == "append" and name in values for name, rule in rules.items())
