"""/connections: Pipedrive accounts, what they do, and whether events are written to them."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.delivery import State
from dealwright.pipeline.switch import mirror_usual, switch_off, switch_on
from dealwright.store import connections as store_of
from dealwright.store.behaviour import make_default, set_behaviour, set_name
from dealwright.store.breaker import breaker
from dealwright.store.connections import Auth, ConnectionState, Run
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log
from dealwright.store.sources import source
from dealwright.web.api.act import Act, Desk, acting, allowed, configuring
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Configured, Given, Id, moment, tagged
from dealwright.web.auth.permissions import Permission
from dealwright.web.problem import Part

router = APIRouter(tags=["Connections"])

READ = allowed(Permission.CONNECTIONS_READ)
Writing = Annotated[Act, acting(Permission.CONNECTIONS_WRITE)]
Configuring = Annotated[Act, configuring(Permission.CONNECTIONS_WRITE)]

Texts = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)]
Numbers = Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(max_length=1000)]


class Connection(Configured):
    """One Pipedrive account.

    `state_reason` says what to do where it is not ok. `position` is the number of the last event
    that was routed. `listens_to` null: every Source, later ones too; `actions` ["*"]: every one.
    """

    PASSING: ClassVar = frozenset({"state", "state_reason", "position", "rests_until"})

    id: int
    name: str
    state: ConnectionState
    state_reason: str
    base_url: str
    company_id: int | None
    company_name: str
    user_id: int | None
    user_name: str
    plan: str
    seats: int
    auth: Auth
    scopes: list[str]
    delivering: bool
    position: int
    listens_to: list[int] | None
    actions: list[str]
    run: Run
    shown: bool
    is_default: bool
    rests_until: datetime | None = Field(description="Nothing is sent before.")
    created_at: datetime


class ConnectionChange(Given):
    """What is to be changed of a Connection; what is not given stays."""

    name: Annotated[str, Field(max_length=200)] | None = None
    actions: Texts | None = None
    run: Run | None = None
    shown: bool | None = None
    is_default: Literal[True] | None = None
    listens_to: Numbers | None = Field(
        default=None, description="Null: every Source, also later ones."
    )


class Start(Given):
    """From where events are delivered, and whether the mirror is to be filled."""

    start: Literal["now", "last", "beginning"] | None = Field(
        default="now",
        description="now: the end of the log; last: where it stopped; beginning: the oldest event.",
    )
    mirror: bool = Field(default=True, description="Fill the mirror, if nothing of it is there.")


class Counts(BaseModel):
    """How much a Connection has to do, has done, and is stuck with."""

    events_waiting: int = Field(description="Events of the log that were not routed yet.")
    deliveries: dict[State, int]


@router.get("/connections", dependencies=[READ])
async def list_connections(office: Desk) -> Page[Connection]:
    """Every Connection, oldest first."""

    def look(db: sa.Connection) -> list[Connection]:
        return [_shown(db, one) for one in store_of.list_connections(db)]

    return Page(items=await office.read(look))


@router.get("/connections/{connection_id}", dependencies=[READ])
async def connection(connection_id: Id, office: Desk, response: Response) -> Connection:
    """One Connection."""
    return tagged(await office.read(lambda db: _one(db, connection_id)), response)


@router.get("/connections/{connection_id}/counts", dependencies=[READ])
async def connection_counts(connection_id: Id, office: Desk) -> Counts:
    """What is waiting, and how its Deliveries stand."""

    def look(db: sa.Connection) -> Counts:
        found = store_of.connection(db, connection_id)
        waiting = end_of_log(db) - found.position if found.delivering else 0
        return Counts(events_waiting=max(0, waiting), deliveries=count_by_state(db, connection_id))

    return await office.read(look)


@router.patch("/connections/{connection_id}")
async def change_connection(
    connection_id: Id, given: ConnectionChange, act: Configuring
) -> Connection:
    """Change what a Connection is called, does and listens to."""
    _see_that_there_are_actions(given.actions, act)

    def change(db: sa.Connection) -> Connection:
        before = _one(db, connection_id)
        act.check(before.etag())
        _change(db, connection_id, given)
        after = _one(db, connection_id)
        act.note(db, "connection.update", f"connection:{connection_id}", before=before, after=after)
        return after

    return tagged(await act.do(change, answer=Connection), act.response)


@router.post("/connections/{connection_id}/on")
async def switch_connection_on(connection_id: Id, given: Start, act: Writing) -> Connection:
    """Write events to this account. One that is on already goes on where it is."""

    def change(db: sa.Connection) -> Connection:
        before = store_of.connection(db, connection_id)
        starts = {"now": None, "beginning": 0, "last": before.position}
        if given.mirror:
            mirror_usual(db, connection_id, now_ms=act.office.now_ms())
        switch_on(db, connection_id, start=starts[given.start or "now"])
        return _noted(act, db, "connection.on", connection_id)

    return tagged(await act.do(change, answer=Connection), act.response)


@router.post("/connections/{connection_id}/off")
async def switch_connection_off(connection_id: Id, act: Writing) -> Connection:
    """Stop writing events to this account; they go on being stored."""

    def change(db: sa.Connection) -> Connection:
        switch_off(db, connection_id)
        return _noted(act, db, "connection.off", connection_id)

    return tagged(await act.do(change, answer=Connection), act.response)


def _noted(act: Act, db: sa.Connection, action: str, connection_id: int) -> Connection:
    after = _one(db, connection_id)
    told = {"delivering": after.delivering, "position": after.position}
    act.note(db, action, f"connection:{connection_id}", after=told)
    return after


def _change(db: sa.Connection, connection_id: int, given: ConnectionChange) -> None:
    if given.name is not None:
        set_name(db, connection_id, name=given.name)
    set_behaviour(db, connection_id, actions=given.actions, run=given.run, shown=given.shown)
    if given.is_default:
        make_default(db, connection_id)
    if "listens_to" in given.model_fields_set:
        for source_id in given.listens_to or ():
            source(db, source_id)
        store_of.set_listens(db, connection_id, source_ids=given.listens_to)


def _see_that_there_are_actions(keys: list[str] | None, act: Act) -> None:
    unknown = [key for key in keys or () if key != "*" and key not in act.office.actions]
    if unknown:
        known = ", ".join(sorted(act.office.actions))
        raise InvalidRequest(
            f"There is no action {unknown[0]}. There are {known}.",
            parts=[Part(path="/actions", message=f"there is no {key}") for key in unknown],
        )


def _one(db: sa.Connection, connection_id: int) -> Connection:
    return _shown(db, store_of.connection(db, connection_id))


def _shown(db: sa.Connection, one: store_of.Connection) -> Connection:
    rests_until_ms = max(one.paused_until_ms or 0, breaker(db, one.id).open_until_ms)
    return Connection(
        id=one.id,
        name=one.name,
        state=one.state,
        state_reason=one.state_reason,
        base_url=one.base_url,
        company_id=one.company_id,
        company_name=one.company_name,
        user_id=one.user_id,
        user_name=one.user_name,
        plan=one.plan,
        seats=one.seats,
        auth=one.auth,
        scopes=list(one.scopes),
        delivering=one.delivering,
        position=one.position,
        listens_to=None if one.listens_to is None else list(one.listens_to),
        actions=list(one.actions),
        run=one.run,
        shown=one.shown,
        is_default=one.is_default,
        rests_until=moment(rests_until_ms or None),
        created_at=from_ms(one.created_at_ms),
    )
