"""/health: whether the hub works, for people who are signed in."""

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from dealwright.core.delivery import State
from dealwright.pipeline.condition import condition
from dealwright.store.connections import ConnectionState, list_connections
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log
from dealwright.web.api.act import Desk, allowed
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Health"])

READ = allowed(Permission.HEALTH_READ)


class ConnectionHealth(BaseModel):
    """How a Connection is, and how many events it has not routed yet."""

    id: int
    name: str
    state: ConnectionState
    state_reason: str
    delivering: bool
    events_waiting: int


class Health(BaseModel):
    """`ok`: every Connection that delivers can be worked for, and nothing waits for a person."""

    ok: bool
    version: str
    database: str
    newest_event: int
    deliveries: dict[State, int]
    connections: list[ConnectionHealth]


@router.get("/health", dependencies=[READ])
async def health(office: Desk) -> Health:
    """The hub as a whole. 503 when the store does not answer."""

    def look(db: sa.Connection) -> Health:
        newest, counts = end_of_log(db), count_by_state(db)
        connections = [
            ConnectionHealth(
                id=one.id,
                name=one.name,
                state=(found := condition(db, one, now_ms=office.now_ms())).state,
                state_reason=found.sentence,
                delivering=one.delivering,
                events_waiting=max(0, newest - one.position) if one.delivering else 0,
            )
            for one in list_connections(db)
        ]
        well = all(one.state is ConnectionState.OK for one in connections if one.delivering)
        return Health(
            ok=well and not counts[State.HELD] and not counts[State.FAILED],
            version=office.version,
            database=office.store.dialect.value,
            newest_event=newest,
            deliveries=counts,
            connections=connections,
        )

    return await office.read(look)
