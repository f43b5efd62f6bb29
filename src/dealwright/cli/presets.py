"""The ready-made Mappings of a Connection: what the Actions declare as their presets."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from dealwright.actionbook import actions
from dealwright.core.errors import NotFound
from dealwright.store.mappings import NewMapping, create_mapping, list_mappings, set_enabled


def presets(connection_id: int) -> list[NewMapping]:
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
        for action in actions().values()
        if action.preset is not None
    ]


def usual(connection_id: int) -> list[NewMapping]:
    """The presets that a new Connection has: those that are enabled from the start."""
    return [preset for preset in presets(connection_id) if preset.enabled]


def named(connection_id: int, actions: Sequence[str]) -> list[NewMapping]:
    """The presets of these actions; raises NotFound for an action that has none."""
    by_action = {preset.action: preset for preset in presets(connection_id)}
    for action in actions:
        if action not in by_action:
            raise NotFound(
                f"No preset is called {action}: choose of {', '.join(sorted(by_action))}."
            )
    return [replace(by_action[action], enabled=True) for action in actions]


def enable(db: sa.Connection, wanted: Sequence[NewMapping], *, now_ms: int) -> None:
    """See that a Connection has these Mappings, enabled; one that is there keeps its changes."""
    for preset in wanted:
        there = {(m.action, m.name): m for m in list_mappings(db, preset.connection_id)}
        found = there.get((preset.action, preset.name))
        if found is None:
            create_mapping(db, preset, now_ms=now_ms)
        else:
            set_enabled(db, found.id, enabled=True)
