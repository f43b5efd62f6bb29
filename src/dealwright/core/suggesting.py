"""Suggesting: a Mapping made of events that came, to be looked at, tried and changed by somebody.

What an Action starts with, for the events that are like these; and what they say beyond that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec

from dealwright.core.action import Action
from dealwright.core.draft import Draft, trying
from dealwright.core.errors import MappingError

#: Where senders put what is their own.
_OWN: Final = ("traits", "properties", "context.traits")

#: Paths that are told of at most, and how much of an example.
_MOST: Final = 50
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A Draft, and what it makes of each event: its values, or why it has none.

    `unused` are paths of these events that no directive reads, each with an example.
    """

    draft: Draft
    values: tuple[Mapping[str, Any], ...]
    faults: tuple[str, ...]
    unused: Mapping[str, str] = field(default_factory=dict[str, str])


def suggest(action: Action, events: Sequence[Mapping[str, Any]], *, name: str = "") -> Suggestion:
    """Suggest a Mapping for events like these; raises MappingError when they are not alike."""
    kinds = {(str(event.get("type", "")), _called(event)) for event in events}
    if len(kinds) != 1:
        raise MappingError(
            "A mapping is suggested of events of one type and one name; these are "
            f"{len(kinds)} kinds. Choose the events of one.",
            code="events_differ",
        )
    ((kind, called),) = kinds
    fields = action.default_fields()
    draft = Draft(
        name=name or f"{called or kind} → {action.title}",
        action=action.key,
        trigger=_trigger(kind, called),
        fields=fields,
    )
    attempt = trying(draft, action)
    trials = [attempt(event) for event in events]
    return Suggestion(
        draft=draft,
        values=tuple(dict(one.values) for one in trials if one.values is not None),
        faults=tuple(sorted({str(one.error) for one in trials if one.error is not None})),
        unused=_unused(events, msgspec.json.encode(fields).decode()),
    )


def _called(event: Mapping[str, Any]) -> str:
    name = event.get("event")
    return name if event.get("type") == "track" and isinstance(name, str) else ""


def _trigger(kind: str, called: str) -> str:
    if not called:
        return f"type = {_quoted(kind)}"
    return f"type = {_quoted(kind)} and event = {_quoted(called)}"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _unused(events: Sequence[Mapping[str, Any]], directives: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        for place in _OWN:
            for path, value in _paths(_at(event, place), place):
                if path not in found and path not in directives and len(found) < _MOST:
                    found[path] = msgspec.json.encode(value).decode()[:_LONGEST]
    return found


def _at(event: Mapping[str, Any], place: str) -> Any:
    here: Any = event
    for key in place.split("."):
        here = cast("Mapping[str, Any]", here).get(key) if isinstance(here, Mapping) else None
    return here


def _paths(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in cast("Mapping[str, Any]", value).items():
            yield from _paths(part, f"{path}.{key}")
    elif value not in (None, "", []):
        yield path, value
