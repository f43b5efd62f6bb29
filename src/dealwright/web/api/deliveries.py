"""/deliveries: what became of the events, and having it done again or not at all."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.delivery import Call as StoredCall
from dealwright.core.delivery import State
from dealwright.core.delivery import Trace as StoredTrace
from dealwright.store import delivery_list as store_of
from dealwright.store.attempts import Attempt as StoredAttempt
from dealwright.store.attempts import attempts
from dealwright.store.deliveries import count_by_state
from dealwright.store.delivery_pages import page_of_deliveries
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import MOST, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Count, Given, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Deliveries"])

READ = allowed(Permission.DELIVERIES_READ)
Acting = Annotated[Act, acting(Permission.DELIVERIES_ACT)]

Number = Annotated[int | None, Query(ge=1, le=LARGEST)]
Positive = Annotated[int, Field(ge=1, le=LARGEST)]
Ids = Annotated[list[Positive], Field(max_length=1000)]

_calls_of = msgspec.json.Decoder(list[StoredCall]).decode
_trace_of = msgspec.json.Decoder(StoredTrace).decode


class Delivery(BaseModel):
    """One event × one Mapping. `code` and `message` say why it stands where it does."""

    id: int
    connection_id: int
    mapping_id: int
    mapping_version: int
    source_id: int
    event: int = Field(description="The event's number.")
    state: State
    code: str
    message: str
    attempts: int
    priority: str
    next_at: datetime | None
    created_at: datetime
    updated_at: datetime
    record_kind: str | None
    record_id: int | str | None
    tokens: int
    written_by: int | None = Field(description="The Delivery that wrote for this one as well.")


class Step(BaseModel):
    """One line of a Trace: map, match, plan or write, and a sentence."""

    stage: str
    text: str


class Call(BaseModel):
    """One request to Pipedrive, and its price in API tokens."""

    method: str
    path: str
    status: int | None
    tokens: int
    duration_ms: int


class Attempt(BaseModel):
    """One try; `code` is empty when it went well."""

    at: datetime
    duration_ms: int
    code: str
    tokens: int
    calls: list[Call]


class DeliveryInFull(Delivery):
    """A Delivery with its Trace and every Attempt."""

    trace: list[Step]
    tries: list[Attempt]


class Wanted(BaseModel):
    """Which Deliveries a list is of; what is not given does not narrow it."""

    connection_id: Positive | None = None
    mapping_id: Positive | None = None
    state: Annotated[list[State], Field(max_length=8, description="Repeatable.")] = Field(
        default_factory=list[State]
    )
    code: Annotated[str, Field(max_length=100)] | None = None
    event: Annotated[Positive, Field(description="Its number.")] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="At most so many.")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of a page.")] | None = (
        None
    )

    def filter(self) -> store_of.DeliveryFilter:
        """The same as the store understands it."""
        return store_of.DeliveryFilter(
            connection_id=self.connection_id,
            mapping_id=self.mapping_id,
            states=tuple(self.state),
            code=self.code,
            event_seq=self.event,
        )


class Which(Given):
    """Which Deliveries: by number, or all that fit what is given."""

    ids: Ids | None = None
    connection_id: Positive | None = None
    mapping_id: Positive | None = None
    states: Annotated[tuple[State, ...], Field(max_length=8)] = ()
    code: Annotated[str, Field(max_length=100)] | None = None
    event: Positive | None = None

    def filter(self) -> store_of.DeliveryFilter:
        """The same as the store understands it; raises InvalidRequest where nothing is given."""
        if not self.model_fields_set - {"ids"} and not self.ids:
            raise InvalidRequest("Say which Deliveries: ids, or a filter.")
        return store_of.DeliveryFilter(
            connection_id=self.connection_id,
            mapping_id=self.mapping_id,
            states=self.states,
            code=self.code,
            event_seq=self.event,
        )


class Some(Given):
    """Which Deliveries, by number."""

    ids: Annotated[Ids, Field(min_length=1)]


@router.get("/deliveries", dependencies=[READ])
async def list_deliveries(office: Desk, wanted: Annotated[Wanted, Query()]) -> Page[Delivery]:
    """Deliveries, newest first. With a rare filter a page may be short and not be the last."""
    before = place_of(wanted.cursor, of="deliveries")
    page = await office.read(
        lambda db: page_of_deliveries(db, wanted.filter(), limit=wanted.limit, before=before)
    )
    following = page.next_before and cursor_before("deliveries", page.next_before)
    return Page(items=[shown(one) for one in page.items], next_cursor=following or None)


@router.get("/deliveries/counts", dependencies=[READ])
async def count_deliveries(office: Desk, connection_id: Number = None) -> dict[State, int]:
    """How many stand in each state."""
    return await office.read(lambda db: count_by_state(db, connection_id))


@router.post("/deliveries/retry")
async def retry_deliveries(given: Which, act: Acting) -> Count:
    """Queue failed and held Deliveries anew; others stay as they are. Says how many."""
    where = given.filter()

    def change(db: sa.Connection) -> Count:
        now_ms = act.office.now_ms()
        count = store_of.retry_deliveries(db, where, ids=given.ids, now_ms=now_ms)
        _noted(act, db, "delivery.retry", given, count)
        return Count(count=count)

    return await act.do(change, answer=Count)


@router.post("/deliveries/drop")
async def drop_deliveries(given: Some, act: Acting) -> Count:
    """Let Deliveries be, for good; says how many.

    What is being sent or has ended stays, and for two minutes what may have made a record.
    """

    def change(db: sa.Connection) -> Count:
        count = _dropped(act, db, given.ids)
        _noted(act, db, "delivery.drop", given, count)
        return Count(count=count)

    return await act.do(change, answer=Count)


@router.get("/deliveries/{delivery_id}", dependencies=[READ])
async def delivery(delivery_id: Id, office: Desk) -> DeliveryInFull:
    """One Delivery: why it did what it did, call by call."""
    return await office.read(lambda db: _in_full(db, delivery_id))


@router.get("/deliveries/{delivery_id}/attempts", dependencies=[READ])
async def list_attempts(delivery_id: Id, office: Desk) -> Page[Attempt]:
    """Every try at a Delivery, oldest first."""
    found = await office.read(lambda db: _in_full(db, delivery_id))
    return Page(items=found.tries)


@router.post("/deliveries/{delivery_id}/retry")
async def retry_delivery(delivery_id: Id, act: Acting) -> Delivery:
    """Queue a failed or held Delivery anew."""

    def change(db: sa.Connection) -> Delivery:
        before = shown(store_of.delivery(db, delivery_id))
        ids, now_ms = [delivery_id], act.office.now_ms()
        if not store_of.retry_deliveries(db, store_of.DeliveryFilter(), ids=ids, now_ms=now_ms):
            raise InvalidRequest(f"It is {before.state}: only failed and held ones are retried.")
        after = shown(store_of.delivery(db, delivery_id))
        act.note(db, "delivery.retry", f"delivery:{delivery_id}", before=before, after=after)
        return after

    return await act.do(change, answer=Delivery)


@router.post("/deliveries/{delivery_id}/drop")
async def drop_delivery(delivery_id: Id, act: Acting) -> Delivery:
    """Let a Delivery be, for good."""

    def change(db: sa.Connection) -> Delivery:
        before = shown(store_of.delivery(db, delivery_id))
        if not _dropped(act, db, [delivery_id]):
            raise InvalidRequest(
                f"It is {before.state}: there is nothing to drop, or not yet, while it may have "
                "made a record whose answer was lost (two minutes at most)."
            )
        after = shown(store_of.delivery(db, delivery_id))
        act.note(db, "delivery.drop", f"delivery:{delivery_id}", before=before, after=after)
        return after

    return await act.do(change, answer=Delivery)


def shown(one: store_of.Delivery) -> Delivery:
    """A Delivery as answers have it."""
    return Delivery(
        id=one.id,
        connection_id=one.connection_id,
        mapping_id=one.mapping_id,
        mapping_version=one.mapping_version,
        source_id=one.source_id,
        event=one.event_seq,
        state=one.state,
        code=one.code,
        message=one.message,
        attempts=one.attempts,
        priority=one.priority.name.lower(),
        next_at=moment(one.next_at_ms),
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
        record_kind=one.record_kind,
        record_id=one.record_id,
        tokens=one.tokens,
        written_by=one.written_by,
    )


def _in_full(db: sa.Connection, delivery_id: int) -> DeliveryInFull:
    found = store_of.delivery(db, delivery_id)
    trace = _trace_of(found.trace) if found.trace else StoredTrace()
    return DeliveryInFull(
        **shown(found).model_dump(),
        trace=[Step(stage=step.stage, text=step.text) for step in trace.steps],
        tries=[_try(one) for one in attempts(db, delivery_id)],
    )


def _try(one: StoredAttempt) -> Attempt:
    calls: list[Any] = msgspec.to_builtins(_calls_of(one.calls))
    return Attempt(
        at=from_ms(one.at_ms),
        duration_ms=one.duration_ms,
        code=one.code,
        tokens=one.tokens,
        calls=[Call(**call) for call in calls],
    )


def _dropped(act: Act, db: sa.Connection, ids: list[int]) -> int:
    message = f"Put aside by {act.who.name}."
    return store_of.drop_deliveries(db, ids, message=message, now_ms=act.office.now_ms())


def _noted(act: Act, db: sa.Connection, action: str, given: BaseModel, count: int) -> None:
    if count:
        asked = given.model_dump(mode="json", exclude_none=True)
        act.note(db, action, "deliveries", after={**asked, "count": count})
