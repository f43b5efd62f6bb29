"""/explain: why something is as it is: a record, an event, a Delivery, whoever has an address."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from dealwright.core.errors import NotFound
from dealwright.core.record import RecordKind
from dealwright.pipeline.explaindelivery import explain_delivery
from dealwright.pipeline.explainevent import explain_event
from dealwright.pipeline.explainrecord import explain_record, only, persons_with
from dealwright.pipeline.stories import RecordStory as Story
from dealwright.store.connections import Connection, connection, list_connections
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.shapes import LARGEST, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Explain"])

READ = allowed(Permission.DELIVERIES_READ)

RecordNumber = Annotated[
    str,
    Path(pattern="^[0-9a-f-]{1,36}$", description="As Pipedrive has it; of a lead a UUID."),
]
OfConnection = Annotated[
    int | None,
    Query(ge=1, le=LARGEST, description="Whose record it is; else every Connection's."),
]
OneField = Annotated[
    str | None, Query(max_length=200, description="Only this field, by its name or key.")
]


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)


class EventRef(Shown):
    """An event: its number in the log, and how its sender knows it."""

    number: int
    message_id: str
    type: str
    name: str
    source: str
    at: datetime


class MappingRef(Shown):
    """One version of a Mapping."""

    id: int
    version: int
    name: str


class Cause(Shown):
    """Why something was written: a Delivery, and what it was made of."""

    delivery: int
    by: str = Field(description="event, meeting, card, correction; unknown: no longer kept.")
    sentence: str
    event: EventRef | None
    mapping: MappingRef | None
    merged: list[int] = Field(description="Numbers of events that were written with it.")
    meeting: str
    chose: list[str] = Field(description="How the record was found.")


class Write(Shown):
    """One write of a value: over what, by which directive of the Mapping, for which event."""

    at: datetime
    delivery: int
    before: Any
    after: Any
    made: bool = Field(description="With the record itself.")
    answered: bool = Field(description="False: whether it was done is not known.")
    sentence: str
    field: str
    directive: Any
    note: str = Field(description="Why that field, where it is not plain.")
    event: int | None


class Touch(Shown):
    """Who else changed a field, as far as Pipedrive told; `how`: app (a person) or api."""

    user: str
    name: str
    how: str
    at: datetime


class Value(Shown):
    """A field that the hub wrote, with its history, oldest first."""

    key: str
    name: str
    now: Any
    standing: str = Field(description="stands, changed, cleared, record_gone or unknown.")
    sentence: str
    writes: list[Write]
    touched: Touch | None


class Happening(Shown):
    """Something else that was done to a record, or beside it."""

    at: datetime
    act: str
    sentence: str
    delivery: int | None


class Decision(Shown):
    """One of the last Deliveries that ended at the record, and what it left as it was."""

    delivery: int
    at: datetime
    state: str
    code: str
    sentence: str
    left: list[str]


class RecordStory(Shown):
    """Everything that is known of what the hub did to a record of one Connection."""

    connection: str
    connection_id: int
    kind: str
    id: int | str
    title: str
    url: str
    gone: bool
    merged_into: int | str | None
    seen_at: datetime | None = Field(description="When the mirror looked last; null: never.")
    made_by: int | None
    since: datetime | None = Field(description="What was done before is not known.")
    sentence: str
    values: list[Value]
    happenings: list[Happening]
    decisions: list[Decision]
    causes: list[Cause]


class Records(BaseModel):
    """The same of each Connection that knows the record."""

    items: list[RecordStory]


class Hint(Shown):
    """What a state or code means, what to do ("" for nothing), and who must act."""

    means: str
    do: str
    who: str


class DeliveryStory(Shown):
    """A Delivery: why it stands where it does, and what it did."""

    id: int
    connection: str
    connection_id: int
    state: str
    code: str
    message: str
    hint: Hint
    cause: Cause
    record_kind: str
    record_id: int | str | None
    url: str
    next_at: datetime | None
    attempts: int
    tokens: int
    written_by: int | None
    others: list[int]
    steps: list[str]
    changes: list[str]


class Clause(Shown):
    """A clause of a trigger for one event: whether it holds, and what the event has there."""

    text: str
    holds: bool
    fields: dict[str, Any]


class MappingStory(Shown):
    """What one Mapping made of an event, or why nothing; `code` is stable."""

    mapping: MappingRef
    connection: str
    code: str
    sentence: str
    deliveries: list[DeliveryStory]
    clauses: list[Clause]


class EventStory(Shown):
    """What became of an event; `event` is null where it was refused or cannot be read."""

    number: int | None
    sentence: str
    code: str
    event: EventRef | None
    connections: list[str] = Field(description="Those that did not look at it, and why.")
    mappings: list[MappingStory]


@router.get("/explain", dependencies=[READ])
async def explain_address(
    office: Desk,
    email: Annotated[str, Query(min_length=3, max_length=320, description="An e-mail address.")],
    field: OneField = None,
) -> Records:
    """Everybody with an address, in every mirror; costs no tokens."""

    def look(db: sa.Connection) -> list[Story]:
        there = persons_with(db, email)
        return [_story(office, db, one, RecordKind.PERSON, number) for one, number in there]

    return _answered(await office.read(look), field)


@router.get("/explain/records/{kind}/{record_id}", dependencies=[READ])
async def explain_a_record(
    kind: RecordKind,
    record_id: RecordNumber,
    office: Desk,
    field: OneField = None,
    connection_id: OfConnection = None,
) -> Records:
    """Every value of a record that the hub wrote: from where, over what, and who changed it since.

    Of each Connection that knows a record of this number; costs no tokens.
    """
    number = _number(kind, record_id)

    def look(db: sa.Connection) -> list[Story]:
        chosen = list_connections(db) if connection_id is None else [connection(db, connection_id)]
        stories = [_story(office, db, one, kind, number) for one in chosen]
        return [one for one in stories if one.seen_at is not None or one.causes]

    found = await office.read(look)
    if not found:
        raise NotFound(f"The hub knows nothing of {kind} {record_id}: it never wrote to it.")
    return _answered(found, field)


@router.get("/explain/events/{event}", dependencies=[READ])
async def explain_an_event(
    event: Annotated[str, Path(max_length=200, description="Its number, or its messageId.")],
    office: Desk,
) -> EventStory:
    """What became of an event for each Mapping, or why nothing did."""
    found = await office.read(lambda db: explain_event(db, event))
    return EventStory.model_validate(found)


@router.get("/explain/deliveries/{delivery_id}", dependencies=[READ])
async def explain_a_delivery(delivery_id: Id, office: Desk) -> DeliveryStory:
    """Why a Delivery stands where it does, what it did, what to do, and who must act."""
    found = await office.read(lambda db: explain_delivery(db, delivery_id))
    return DeliveryStory.model_validate(found)


def _story(
    office: Office, db: sa.Connection, one: Connection, kind: RecordKind, number: int | str
) -> Story:
    return explain_record(db, one, kind, number, actions=office.actions)


def _answered(found: list[Story], field: str | None) -> Records:
    told = found if field is None else [only(one, field) for one in found]
    return Records(items=[RecordStory.model_validate(one) for one in told])


def _number(kind: RecordKind, text: str) -> int | str:
    if kind is RecordKind.LEAD:
        return text
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(f"{text} is no number of a {kind}.")
    return int(text)
