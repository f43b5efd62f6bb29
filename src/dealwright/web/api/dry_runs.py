"""/dry-runs: what a Mapping, or a draft of one, would do in Pipedrive; nothing is written there."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Header, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response, StreamingResponse

from dealwright.core.clock import from_ms, to_ms
from dealwright.core.draft import Draft
from dealwright.core.foretold import Foretold, Outcome, Summary
from dealwright.core.foretoldcsv import csv_lines
from dealwright.core.mapping import Mapping
from dealwright.pipeline import dryruns
from dealwright.pipeline.dryevents import Span, newest, of_lines, see_that_it_fits
from dealwright.pipeline.dryrun import MOST_EVENTS, USUAL
from dealwright.store import dry_runs as store_of
from dealwright.store.connections import connection
from dealwright.store.dry_runs import DryRunState, StoredDryRun
from dealwright.store.events import end_of_log
from dealwright.store.mappings import mapping
from dealwright.store.moments import first_since
from dealwright.store.sources import source
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.mappings import Fields, MappingIn, Trigger
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Dry runs"])

READ = allowed(Permission.JOBS_READ)
Running = Annotated[Act, acting(Permission.JOBS_RUN)]

Number = Annotated[int, Field(ge=1, le=LARGEST)]

#: Results that are read from the store at once for a table.
_ROWS: Final = 500

_MOST_EVENT_BYTES: Final = 1_048_576

_TABLE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


class Events(Given):
    """What it is tried on: the newest events of the log, a range of it, or events that are given.

    A range is by event numbers or by moments; without an end it goes to the newest event. Events
    that are given are taken as if they came now, to a source: by it external ids are known.
    """

    last: Annotated[int, Field(ge=1, le=MOST_EVENTS)] | None = Field(
        default=None, description="So many of the newest; 1,000 where nothing is said."
    )
    from_event: Number | None = None
    to_event: Number | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    given: Annotated[list[dict[str, Any]], Field(max_length=1_000)] | None = None
    source_id: Number | None = None


class DraftOf(Given):
    """Another trigger and other fields for a Mapping, as its next version would have them."""

    trigger: Trigger
    fields: Fields


class DryRunIn(Given):
    """What is to be tried: a version of the Mapping, the newest one if none is named, or a draft.

    `verify_tokens` is what may be spent on looking up in Pipedrive what the mirror does not know
    for sure; nothing is asked without.
    """

    version: Number | None = None
    draft: DraftOf | None = None
    events: Events = Events()
    verify_tokens: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class DraftRunIn(Given):
    """A Mapping that does not exist yet, to be tried."""

    mapping: MappingIn
    events: Events = Events()
    verify_tokens: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class DryRun(BaseModel):
    """A dry run: what is tried, how far it is, and its figures so far.

    `done` of `total` events are told of. `summary.funds` says when the day's budget allows what
    was found; it is there when the dry run is done.
    """

    id: int
    connection_id: int
    mapping_id: int | None
    mapping_version: int | None
    name: str
    draft: bool
    state: DryRunState
    total: int
    done: int
    first_event: int | None
    last_event: int | None
    verify_tokens: int
    summary: dict[str, Any]
    code: str
    message: str
    made_by: str
    created_at: datetime
    updated_at: datetime


class Form(StrEnum):
    """How results are answered."""

    JSON = "json"
    CSV = "csv"


class Result(BaseModel):
    """One would-be write: see the glossary's “dry run”."""

    number: int
    events: list[int]
    outcome: Outcome
    code: str
    message: str
    kind: str | None
    record: str
    record_id: int | str | None
    changes: list[dict[str, Any]]
    candidates: list[int | str]
    kept: list[dict[str, Any]]
    tokens: int
    doubts: list[str]
    trace: list[str]


@router.post("/mappings/{mapping_id}/dry-run", status_code=202)
async def dry_run_mapping(mapping_id: Id, given: DryRunIn, act: Running) -> DryRun:
    """Try a version of a Mapping, or a draft of its next one. Nothing is written in Pipedrive.

    It runs beside everything else: `/dry-runs/{id}` tells how far it is.
    """

    def chosen(db: sa.Connection) -> tuple[Mapping, bool]:
        found = mapping(db, mapping_id)
        if given.draft is None:
            return mapping(db, mapping_id, version=given.version), False
        one = connection(db, found.connection_id)
        draft = Draft(
            name=found.name,
            action=found.action,
            trigger=given.draft.trigger,
            fields=given.draft.fields,
        )
        dryruns.see_that_it_fits(draft, act.office.actions)
        return dryruns.drafted(draft, of=found, connection=one), True

    if given.draft is not None and given.version is not None:
        raise InvalidRequest("Try either a version or a draft.")
    tried, draft = await act.office.read(chosen)
    return await _begun(act, tried, given.events, draft=draft, tokens=given.verify_tokens)


@router.post("/connections/{connection_id}/dry-run", status_code=202)
async def dry_run_draft(connection_id: Id, given: DraftRunIn, act: Running) -> DryRun:
    """Try a Mapping that does not exist yet. All that is wrong with it is told with its path."""
    draft = given.mapping.draft()
    dryruns.see_that_it_fits(draft, act.office.actions)
    one = await act.office.read(lambda db: connection(db, connection_id))
    tried = dryruns.drafted(draft, of=None, connection=one)
    return await _begun(act, tried, given.events, draft=True, tokens=given.verify_tokens)


@router.get("/dry-runs", dependencies=[READ])
async def list_dry_runs(
    office: Desk,
    limit: Limit = 50,
    cursor: Cursor = None,
    mapping_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> Page[DryRun]:
    """Dry runs, newest first."""
    before, now_ms = place_of(cursor, of="dry-runs"), office.now_ms()
    found = await office.read(
        lambda db: store_of.list_dry_runs(
            db, limit=limit, now_ms=now_ms, before=before, mapping_id=mapping_id
        )
    )
    following = cursor_before("dry-runs", found[-1].id) if len(found) == limit else None
    return Page(items=[shown(one) for one in found], next_cursor=following)


@router.get("/dry-runs/{dry_run_id}", dependencies=[READ])
async def dry_run(dry_run_id: Id, office: Desk) -> DryRun:
    """One dry run, how far it is, and its figures."""
    return shown(await _found(office, dry_run_id))


@router.post("/dry-runs/{dry_run_id}/cancel")
async def cancel_dry_run(dry_run_id: Id, act: Running) -> DryRun:
    """End a dry run; what it has found so far stays."""

    def change(db: sa.Connection) -> DryRun:
        now_ms = act.office.now_ms()
        store_of.find_dry_run(db, dry_run_id, now_ms=now_ms)
        if store_of.end_dry_run(db, dry_run_id, state=DryRunState.CANCELLED, now_ms=now_ms):
            act.note(db, "dry_run.cancel", f"dry_run:{dry_run_id}")
        return shown(store_of.find_dry_run(db, dry_run_id, now_ms=now_ms))

    return await act.do(change, answer=DryRun)


@router.get(
    "/dry-runs/{dry_run_id}/results",
    dependencies=[READ],
    response_model=Page[Result],
    responses=_TABLE,
)
async def dry_run_results(
    dry_run_id: Id,
    office: Desk,
    limit: Limit = 50,
    cursor: Cursor = None,
    *,
    outcome: Outcome | None = None,
    form: Annotated[
        Form | None, Query(alias="format", description="`csv` is the whole table in one answer.")
    ] = None,
    accept: Annotated[str, Header(max_length=1_000)] = "",
) -> Page[Result] | Response:
    """What would become of each event, in the order of the writes; also as a table."""
    await _found(office, dry_run_id)
    if form is Form.CSV or (form is None and "text/csv" in accept):
        return StreamingResponse(
            _table(office, dry_run_id, outcome),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="dry-run-{dry_run_id}.csv"'},
        )
    of = f"dry-run-{dry_run_id}"
    after = place_of(cursor, of=of) or 0
    found = await office.read(
        lambda db: store_of.results_of(db, dry_run_id, limit=limit, after=after, outcome=outcome)
    )
    following = cursor_before(of, found[-1].number) if len(found) == limit else None
    return Page(items=[_result(one) for one in found], next_cursor=following)


def shown(one: StoredDryRun) -> DryRun:
    """A dry run as answers have it."""
    return DryRun(
        id=one.id,
        connection_id=one.connection_id,
        mapping_id=one.mapping_id or None,
        mapping_version=one.mapping_version or None,
        name=one.name,
        draft=one.tried.draft,
        state=one.state,
        total=one.total,
        done=one.done,
        first_event=one.tried.first or None,
        last_event=one.tried.last or None,
        verify_tokens=one.tried.verify_tokens,
        summary=told_summary(one.summary),
        code=one.code,
        message=one.message,
        made_by=one.made_by,
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
    )


def told_summary(summary: Summary) -> dict[str, Any]:
    """The figures as answers have them: with moments."""
    found: dict[str, Any] = msgspec.to_builtins(summary)
    if summary.funds is not None:
        for key in ("begins_at", "ends_at"):
            at_ms = found["funds"].pop(f"{key}_ms")
            found["funds"][key] = None if at_ms is None else from_ms(at_ms).isoformat()
    return found


async def _begun(act: Act, tried: Mapping, events: Events, *, draft: bool, tokens: int) -> DryRun:
    early = await act.earlier(answer=DryRun)
    if early is not None:
        return early
    office = act.office
    runs: dryruns.DryRuns = act.request.app.state.dry_runs
    with runs.room():
        wanted = await office.read(lambda db: _wanted(db, office, tried, events))
        wanted = replace(wanted, draft=draft, verify_tokens=tokens, made_by=act.who.name)

        def change(db: sa.Connection) -> DryRun:
            made = shown(dryruns.begin(db, wanted, now_ms=office.now_ms()))
            act.note(db, "dry_run.create", f"mapping:{tried.id}", after={"dry_run": made.id})
            return made

        made = await act.do(change, answer=DryRun)
        runs.start(made.id, wanted)
    return made


def _wanted(db: sa.Connection, office: Office, tried: Mapping, events: Events) -> dryruns.Wanted:
    one = connection(db, tried.connection_id)
    if events.given is not None:
        return _of_given(db, office, dryruns.Wanted(connection=one, mapping=tried, total=0), events)
    span = _span(db, events)
    return dryruns.Wanted(
        connection=one, mapping=tried, total=see_that_it_fits(db, span), span=span
    )


def _of_given(
    db: sa.Connection, office: Office, wanted: dryruns.Wanted, events: Events
) -> dryruns.Wanted:
    if events.source_id is None:
        raise InvalidRequest("Say of which source the events are: source_id.")
    source(db, events.source_id)
    given = of_lines(
        [msgspec.json.encode(event) for event in events.given or ()],
        source_id=events.source_id,
        after=end_of_log(db),
        clock=office.clock,
        max_event_bytes=_MOST_EVENT_BYTES,
    )
    return replace(wanted, given=given, total=len(given))


def _span(db: sa.Connection, events: Events) -> Span:
    starts = [events.from_event, events.since]
    if events.last is not None or starts == [None, None]:
        if starts != [None, None] or events.to_event or events.until:
            raise InvalidRequest("Say either how many of the newest events, or a range.")
        return newest(db, events.last or USUAL)
    if None not in starts or (events.to_event and events.until):
        raise InvalidRequest("Say where the range begins and ends by numbers or by moments.")
    first = events.from_event or 1
    if events.since is not None:
        first = first_since(db, to_ms(events.since))
    last = events.to_event or end_of_log(db)
    if events.until is not None:
        last = first_since(db, to_ms(events.until)) - 1
    return Span(first=first, last=min(last, end_of_log(db)))


async def _found(office: Office, dry_run_id: int) -> StoredDryRun:
    now_ms = office.now_ms()
    return await office.read(lambda db: store_of.find_dry_run(db, dry_run_id, now_ms=now_ms))


def _result(one: Foretold) -> Result:
    return Result(**msgspec.to_builtins(one))


async def _table(office: Office, dry_run_id: int, outcome: Outcome | None) -> AsyncGenerator[str]:
    after, headed = 0, True
    while True:
        look = partial(store_of.results_of, number=dry_run_id, limit=_ROWS, outcome=outcome)
        found = await office.read(partial(look, after=after))
        yield "".join(csv_lines(found, headed=headed))
        if len(found) < _ROWS:
            return
        after, headed = found[-1].number, False
