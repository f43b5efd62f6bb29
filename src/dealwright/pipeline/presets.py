"""The ready-made Mappings of a Connection: what the Actions declare as their presets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.errors import NotFound
from dealwright.store.mappings import NewMapping, create_mapping, list_mappings, set_enabled


def presets(connection_id: int, actions: Mapping[str, Action]) -> list[NewMapping]:
    """Every Action's preset as a Mapping of this Connection, with the Action's default fields."""
    return [
        NewMapping(
            connection_id=connection_id,
            name=action.preset.name,
            action=action.key,
            trigger=action.preset.trigger,
            enabled=action.preset.enabled,
            fields=action.default_fields(),
        )
        for action in actions.values()
        if action.preset is not None
    ]


def usual(connection_id: int, actions: Mapping[str, Action]) -> list[NewMapping]:
    """The presets that a new Connection has: those that are enabled from the start."""
    return [preset for preset in presets(connection_id, actions) if preset.enabled]


def named(
    connection_id: int, actions: Mapping[str, Action], keys: Sequence[str]
) -> list[NewMapping]:
    """The presets of the Actions with these keys; raises NotFound for one that has none."""
    by_key = {preset.action: preset for preset in presets(connection_id, actions)}
    for key in keys:
        if key not in by_key:
            raise NotFound(f"No preset is called {key}: choose of {', '.join(sorted(by_key))}.")
    return [replace(by_key[key], enabled=True) for key in keys]


def enable(db: sa.Connection, wanted: Sequence[NewMapping], *, now_ms: int) -> None:
    """See that a Connection has these Mappings, enabled; one that is there keeps its changes."""
    for preset in wanted:
        there = {(m.action, m.name): m for m in list_mappings(db, preset.connection_id)}
        found = there.get((preset.action, preset.name))
        if found is None:
            create_mapping(db, preset, now_ms=now_ms)
        else:
            set_enabled(db, found.id, enabled=True)
