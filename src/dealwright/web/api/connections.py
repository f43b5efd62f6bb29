"""/connections: Pipedrive accounts, what they do, and whether events are written to them."""

from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dealwright.core.delivery import State
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.matchfields import MATCHED_KINDS, match_field_named, needs_fields
from dealwright.core.record import RecordKind
from dealwright.core.schema import Schema
from dealwright.pipeline import presets
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.switch import mirror_usual, switch_off, switch_on
from dealwright.store import connections as store_of
from dealwright.store.behaviour import make_default, set_behaviour, set_name
from dealwright.store.connections import Run
from dealwright.store.crawls import want_crawl
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log
from dealwright.store.mappings import list_mappings
from dealwright.store.mirror import state
from dealwright.store.sources import source
from dealwright.web.api.act import Act, Desk, acting, allowed, configuring
from dealwright.web.api.connection import Connection, connection_shown, shown
from dealwright.web.api.mappings import Mapping
from dealwright.web.api.mappings import shown as shown_mapping
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id, tagged
from dealwright.web.auth.permissions import Permission
from dealwright.web.problem import Part

router = APIRouter(tags=["Connections"])

READ = allowed(Permission.CONNECTIONS_READ)
Writing = Annotated[Act, acting(Permission.CONNECTIONS_WRITE)]
Configuring = Annotated[Act, configuring(Permission.CONNECTIONS_WRITE)]

Texts = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)]
FieldNames = Annotated[
    dict[RecordKind, Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=6)
]
Numbers = Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(max_length=1000)]


class MatchingChange(Given):
    """What is to be changed of how records are found; what is not given stays.

    A match field is named by its key or its label; `id` is your own id.
    """

    match_fields: FieldNames | None = None
    external_id_fields: FieldNames | None = None
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        default=None,
        description="ISO 3166, as EE; null: none. Another fills the mirror anew.",
    )
    ambiguous: AmbiguousRule | None = None


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
    matching: MatchingChange | None = None


class Presets(Given):
    """Ready-made Mappings: of these Actions, or the usual three."""

    actions: Texts = Field(default_factory=list[str])


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
        return [shown(db, one, office) for one in store_of.list_connections(db)]

    return Page(items=await office.read(look))


@router.get("/connections/{connection_id}", dependencies=[READ])
async def connection(connection_id: Id, office: Desk, response: Response) -> Connection:
    """One Connection."""
    return tagged(
        await office.read(lambda db: connection_shown(db, connection_id, office)), response
    )


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
    office = act.office
    fields = await _match_fields(office, connection_id, given.matching)

    def change(db: sa.Connection) -> Connection:
        before = connection_shown(db, connection_id, office)
        act.check(before.etag())
        _change(db, connection_id, given)
        if given.matching is not None:
            _change_matching(db, connection_id, given.matching, fields, now_ms=office.now_ms())
        after = connection_shown(db, connection_id, office)
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


@router.post("/connections/{connection_id}/presets")
async def enable_presets(connection_id: Id, given: Presets, act: Writing) -> Page[Mapping]:
    """See that a Connection has ready-made Mappings, enabled; says all that it has then."""
    actions = act.office.actions

    def change(db: sa.Connection) -> Page[Mapping]:
        store_of.connection(db, connection_id)
        wanted = presets.usual(connection_id, actions)
        if given.actions:
            wanted = presets.named(connection_id, actions, given.actions)
        presets.enable(db, wanted, now_ms=act.office.now_ms())
        told = {"actions": [one.action for one in wanted]}
        act.note(db, "mapping.presets", f"connection:{connection_id}", after=told)
        return Page(items=[shown_mapping(one) for one in list_mappings(db, connection_id)])

    return await act.do(change, answer=Page[Mapping])


def _noted(act: Act, db: sa.Connection, action: str, connection_id: int) -> Connection:
    after = connection_shown(db, connection_id, act.office)
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


async def _match_fields(
    office: Office, connection_id: int, given: MatchingChange | None
) -> dict[RecordKind, str]:
    """The keys of the fields that are meant; the account is asked where they are not known."""
    meant: dict[RecordKind, str] = {}
    for kind, named in ((given and given.match_fields) or {}).items():
        if kind not in MATCHED_KINDS:
            raise InvalidRequest(f"Records of {kind} are not found by a field.")
        schema = await _schema(office, connection_id, kind, named)
        meant[kind] = match_field_named(kind, named, schema)
    return meant


async def _schema(office: Office, connection_id: int, kind: RecordKind, named: str) -> Schema:
    if not needs_fields(kind, named):
        return Schema(fields=())
    one = await office.read(lambda db: store_of.connection(db, connection_id))
    book = AccountBook(office.store, connection_id=connection_id, clock=office.clock)
    async with office.open_account(one) as records:
        return await book.schema(kind, records)


def _change_matching(
    db: sa.Connection,
    connection_id: int,
    given: MatchingChange,
    meant: dict[RecordKind, str],
    *,
    now_ms: int,
) -> None:
    old = store_of.connection(db, connection_id).defaults
    fields = {**old.match_fields, **meant}
    region = given.region if "region" in given.model_fields_set else old.region
    new = MatchDefaults(
        match_fields={kind: field for kind, field in fields.items() if field != "id"},
        external_id_fields={**old.external_id_fields, **(given.external_id_fields or {})},
        region=region,
        ambiguous=given.ambiguous or old.ambiguous,
    )
    store_of.set_defaults(db, connection_id, defaults=new)
    if region != old.region and (kinds := tuple(state(db, connection_id))):
        want_crawl(db, connection_id, kinds=kinds, now_ms=now_ms, region=region)
