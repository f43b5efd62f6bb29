"""/replays: reading a range of the log once more; its price is told before."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from dealwright.core.clock import from_ms, to_ms
from dealwright.core.errors import ConfigError
from dealwright.core.mapping import Mapping
from dealwright.pipeline.estimate import estimate
from dealwright.store import replays as store_of
from dealwright.store.connections import connection
from dealwright.store.events import end_of_log
from dealwright.store.mappings import mapping
from dealwright.store.moments import first_since
from dealwright.store.replays import ReplayState
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Jobs"])

READ = allowed(Permission.JOBS_READ)
Running = Annotated[Act, acting(Permission.JOBS_RUN)]

Number = Annotated[int, Field(ge=1, le=LARGEST)]


class ReplayIn(Given):
    """What is to be replayed: a range of the log, with a version of a Mapping.

    The range is by event numbers or by moments; without an end it goes to the newest event.
    """

    mapping_id: Number
    version: Number | None = Field(default=None, description="Else the newest.")
    from_event: Number | None = None
    to_event: Number | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Price(BaseModel):
    """What is to be expected, in events, records and API tokens; `sampled`: reckoned up."""

    from_event: int
    to_event: int
    events: int
    matching: int
    failing: int
    records: int
    likely_tokens: int
    worst_tokens: int
    sampled: bool


class Replay(BaseModel):
    """A replay. `read` of `total` events were routed; `left` Deliveries are still to be done."""

    id: int
    connection_id: int
    mapping_id: int
    mapping_version: int
    from_event: int
    to_event: int
    state: ReplayState
    read: int
    total: int
    made: int
    left: int
    created_at: datetime
    updated_at: datetime


@router.post("/replays/price", dependencies=[READ])
async def price_replay(given: ReplayIn, office: Desk) -> Price:
    """Tell the price of a replay; nothing is done."""
    return await office.read(lambda db: _price(office, db, given))


@router.get("/replays", dependencies=[READ])
async def list_replays(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[Replay]:
    """Replays, newest first."""
    before = place_of(cursor, of="replays")

    def look(db: sa.Connection) -> list[Replay]:
        found = store_of.list_replays(db, limit=limit, before=before)
        return [_shown(db, one) for one in found]

    items = await office.read(look)
    following = cursor_before("replays", items[-1].id) if len(items) == limit else None
    return Page(items=items, next_cursor=following)


@router.post("/replays", status_code=201)
async def create_replay(given: ReplayIn, act: Running) -> Replay:
    """Begin a replay. The worker does it after everything new, with the least priority."""

    def change(db: sa.Connection) -> Replay:
        chosen, first, last = _range(db, given)
        if first > last:
            raise ConfigError(
                "There is no event in this range. Choose another one.", code="nothing_to_replay"
            )
        new = store_of.NewReplay(
            connection_id=chosen.connection_id,
            mapping_id=chosen.id,
            mapping_version=chosen.version,
            from_seq=first,
            to_seq=last,
        )
        made = _shown(db, store_of.create_replay(db, new, now_ms=act.office.now_ms()))
        act.note(db, "replay.create", f"replay:{made.id}", after=made)
        return made

    return await act.do(change, answer=Replay)


@router.get("/replays/{replay_id}", dependencies=[READ])
async def replay(replay_id: Id, office: Desk) -> Replay:
    """One replay, and how far it is."""
    return await office.read(lambda db: _shown(db, store_of.replay(db, replay_id)))


@router.post("/replays/{replay_id}/pause")
async def pause_replay(replay_id: Id, act: Running) -> Replay:
    """Read no further for now; what was read is still delivered."""
    return await _turned(act, replay_id, ReplayState.PAUSED)


@router.post("/replays/{replay_id}/resume")
async def resume_replay(replay_id: Id, act: Running) -> Replay:
    """Go on with a replay that was paused."""
    return await _turned(act, replay_id, ReplayState.RUNNING)


@router.post("/replays/{replay_id}/cancel")
async def cancel_replay(replay_id: Id, act: Running) -> Replay:
    """End a replay; what it has not begun to deliver is dropped."""
    return await _turned(act, replay_id, ReplayState.CANCELLED)


async def _turned(act: Act, replay_id: int, state: ReplayState) -> Replay:
    def change(db: sa.Connection) -> Replay:
        before = _shown(db, store_of.replay(db, replay_id))
        now_ms = act.office.now_ms()
        turned = store_of.set_replay_state(db, replay_id, state=state, now_ms=now_ms)
        after = _shown(db, turned)
        act.note(db, f"replay.{state.value}", f"replay:{replay_id}", before=before, after=after)
        return after

    return await act.do(change, answer=Replay)


def _price(office: Office, db: sa.Connection, given: ReplayIn) -> Price:
    chosen, first, last = _range(db, given)
    one = connection(db, chosen.connection_id)
    found = estimate(db, one, chosen, actions=office.actions, first=first, last=last)
    return Price(
        from_event=first,
        to_event=last,
        events=found.events,
        matching=found.matching,
        failing=found.failing,
        records=found.records,
        likely_tokens=found.likely_tokens,
        worst_tokens=found.worst_tokens,
        sampled=found.sampled,
    )


def _range(db: sa.Connection, given: ReplayIn) -> tuple[Mapping, int, int]:
    if (given.from_event is None) == (given.since is None):
        raise InvalidRequest("Say where it begins: either from_event or since.")
    if given.to_event is not None and given.until is not None:
        raise InvalidRequest("Say where it ends by to_event or until, not both.")
    # Of a deleted one there are versions still, but nothing is done by them anew.
    mapping(db, given.mapping_id)
    chosen = mapping(db, given.mapping_id, version=given.version)
    newest = end_of_log(db)
    first = given.from_event or 1
    if given.since is not None:
        first = first_since(db, to_ms(given.since))
    last = given.to_event or newest
    if given.until is not None:
        last = first_since(db, to_ms(given.until)) - 1
    return chosen, first, min(last, newest)


def _shown(db: sa.Connection, one: store_of.Replay) -> Replay:
    over = one.state in {ReplayState.DONE, ReplayState.CANCELLED}
    return Replay(
        id=one.id,
        connection_id=one.connection_id,
        mapping_id=one.mapping_id,
        mapping_version=one.mapping_version,
        from_event=one.from_seq,
        to_event=one.to_seq,
        state=one.state,
        read=one.position - one.from_seq + 1,
        total=one.to_seq - one.from_seq + 1,
        made=one.made,
        left=0 if over else store_of.open_backfill(db, one.connection_id),
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
    )
