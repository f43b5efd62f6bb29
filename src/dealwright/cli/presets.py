"""The ready-made Mappings of a Connection: what the Actions declare as their presets."""

import sqlalchemy as sa

from dealwright import app
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
        for action in app.actions().values()
        if action.preset is not None
    ]


def enable(db: sa.Connection, connection_id: int, *, now_ms: int) -> None:
    """See that a Connection has every preset, and that those are enabled that are from the start.

    One that is there keeps its changes.
    """
    there = {(m.action, m.name): m for m in list_mappings(db, connection_id)}
    for preset in presets(connection_id):
        found = there.get((preset.action, preset.name))
        if found is None:
            create_mapping(db, preset, now_ms=now_ms)
        elif preset.enabled:
            set_enabled(db, found.id, enabled=True)
