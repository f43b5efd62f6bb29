"""Card panel: what a panel inside Pipedrive shows of a record: meetings, events, and why.

A panel has five objects at most, of ten fields each.
Source: https://pipedrive.readme.io/docs/app-extensions-json-panels
"""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.cardtimes import LATE, recent_events, recent_meetings
from dealwright.store.connections import list_connections
from dealwright.store.tables import deliveries

#: More objects are not shown.
MOST: Final = 5

#: When something was, and what a panel says of it.
_Dated = tuple[datetime, dict[str, str]]


class PanelObject(msgspec.Struct, frozen=True, kw_only=True):
    """One object of a panel: what happened, when, and what came of it."""

    id: int
    header: str
    kind: str
    at: str
    outcome: str
    link: str = ""


def panel(
    db: sa.Connection, company_id: int, kind: RecordKind, record_id: int, *, base_url: str
) -> list[PanelObject]:
    """Why a record of a company is as it is, then what happened around it, the newest first.

    Nothing is asked of anybody.
    """
    mine = [one.id for one in list_connections(db) if one.company_id == company_id]
    whys: list[_Dated] = []
    around: list[_Dated] = []
    for connection_id in mine:
        whys += _whys(db, connection_id, kind, record_id)
        around += _meetings(db, connection_id, kind, record_id, base_url=base_url)
        around += _events(db, connection_id, kind, record_id)
    for some in (whys, around):
        some.sort(key=lambda one: one[0], reverse=True)
    return [
        PanelObject(id=number, at=at.strftime("%Y-%m-%d %H:%M UTC"), **told)
        for number, (at, told) in enumerate([*whys, *around][:MOST], start=1)
    ]


def _meetings(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int, *, base_url: str
) -> list[_Dated]:
    if kind not in {RecordKind.PERSON, RecordKind.DEAL}:
        return []
    lines = recent_meetings(db, connection_id, kind, record_id, base_url=base_url)
    return [
        (one.at, {"header": one.title, "kind": "meeting", "outcome": one.state, "link": one.url})
        for one in lines
    ]


def _events(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int
) -> list[_Dated]:
    lines = recent_events(db, connection_id, kind, record_id)
    return [(one.at, {"header": one.name, "kind": "event", "outcome": ""}) for one in lines]


def _whys(db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int) -> list[_Dated]:
    """What the hub did with the record last, and why."""
    table = deliveries.c
    newest = db.scalar(sa.select(sa.func.max(table.id))) or 0
    chosen = (
        sa.select(table.id, table.state, table.code, table.message, table.updated_at_ms)
        .where(
            table.id > newest - LATE,
            table.connection_id == connection_id,
            table.record_kind == kind.value,
            table.record_id == record_id,
        )
        .order_by(table.id.desc())
        .limit(1)
    )
    return [
        (
            from_ms(row.updated_at_ms),
            {
                "header": f"Delivery {row.id}",
                "kind": "why",
                "outcome": ": ".join(part for part in (row.state, row.message or row.code) if part),
            },
        )
        for row in db.execute(chosen)
    ]
