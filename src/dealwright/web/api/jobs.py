"""/jobs: what goes on for longer than a request: imports, replays, dry runs, crawls."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.store.connections import connection, list_connections
from dealwright.store.dry_runs import StoredDryRun, find_dry_run, list_dry_runs
from dealwright.store.imports import Import, ImportState, find_import, list_imports
from dealwright.store.mirror import MirrorState, state
from dealwright.store.replays import Replay, list_replays, replay
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.office import Office
from dealwright.web.api.paging import Page
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Jobs"])

READ = allowed(Permission.JOBS_READ)

JobId = Annotated[str, Path(pattern=r"^(import|replay|crawl|dry_run)-[1-9][0-9]{0,17}$")]


class JobKind(StrEnum):
    """What is done."""

    IMPORT = "import"
    REPLAY = "replay"
    CRAWL = "crawl"
    DRY_RUN = "dry_run"


class JobState(StrEnum):
    """How it stands; `interrupted`: the process that did it is gone, begin again."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Job(BaseModel):
    """A job. `done` of `total` are bytes of a file, events of a range, or records.

    How many records there are nobody tells beforehand. `made` are the events that were taken, the
    Deliveries that were made, or what was foretold; `refused` the lines that were no event: see
    /rejects.
    """

    id: str
    kind: JobKind
    state: JobState
    name: str
    connection_id: int | None = None
    source_id: int | None = None
    done: int
    total: int | None
    made: int = 0
    refused: int = 0
    code: str = ""
    message: str = ""
    created_at: datetime | None
    updated_at: datetime | None


@router.get("/jobs", dependencies=[READ])
async def list_jobs(
    office: Desk,
    *,
    kind: JobKind | None = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Of each kind.")] = 20,
) -> Page[Job]:
    """The newest imports, replays and dry runs, and the crawl of each Connection that has one."""

    def look(db: sa.Connection) -> list[Job]:
        found: list[Job] = []
        if kind in {None, JobKind.IMPORT}:
            now_ms = office.now_ms()
            found += [of_import(one) for one in list_imports(db, limit=limit, now_ms=now_ms)]
        if kind in {None, JobKind.REPLAY}:
            found += [_of_replay(one) for one in list_replays(db, limit=limit)]
        if kind in {None, JobKind.DRY_RUN}:
            now_ms = office.now_ms()
            found += [_of_dry_run(one) for one in list_dry_runs(db, limit=limit, now_ms=now_ms)]
        if kind in {None, JobKind.CRAWL}:
            found += [job for one in list_connections(db) for job in _crawls(db, one.id)]
        return found

    return Page(items=await office.read(look))


@router.get("/jobs/{job_id}", dependencies=[READ])
async def job(job_id: JobId, office: Desk) -> Job:
    """One job, and how far it is."""
    kind, _, number = job_id.partition("-")
    return await office.read(lambda db: _job(db, JobKind(kind), int(number), office))


def _job(db: sa.Connection, kind: JobKind, number: int, office: Office) -> Job:
    match kind:
        case JobKind.IMPORT:
            return of_import(find_import(db, number, now_ms=office.now_ms()))
        case JobKind.REPLAY:
            return _of_replay(replay(db, number))
        case JobKind.DRY_RUN:
            return _of_dry_run(find_dry_run(db, number, now_ms=office.now_ms()))
        case JobKind.CRAWL:
            connection(db, number)
            crawls = _crawls(db, number)
            if not crawls:
                raise NotFound(f"Nothing of connection {number} was crawled.")
            return crawls[0]


def of_import(one: Import) -> Job:
    """An import as a job."""
    is_done = one.state is ImportState.DONE
    return Job(
        id=f"import-{one.id}",
        kind=JobKind.IMPORT,
        state=JobState(one.state.value),
        name=one.name,
        source_id=one.source_id,
        done=(one.total_bytes or 0) if is_done else one.progress.read_bytes,
        total=one.total_bytes,
        made=one.progress.accepted,
        refused=one.progress.rejected,
        code=one.code,
        message=one.message,
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
    )


def _of_replay(one: Replay) -> Job:
    return Job(
        id=f"replay-{one.id}",
        kind=JobKind.REPLAY,
        state=JobState(one.state.value),
        name=f"mapping {one.mapping_id}, version {one.mapping_version}",
        connection_id=one.connection_id,
        done=one.position - one.from_seq + 1,
        total=one.to_seq - one.from_seq + 1,
        made=one.made,
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
    )


def _of_dry_run(one: StoredDryRun) -> Job:
    return Job(
        id=f"dry_run-{one.id}",
        kind=JobKind.DRY_RUN,
        state=JobState(one.state.value),
        name=one.name,
        connection_id=one.connection_id,
        done=one.done,
        total=one.total,
        made=one.summary.results,
        code=one.code,
        message=one.message,
        created_at=from_ms(one.created_at_ms),
        updated_at=from_ms(one.updated_at_ms),
    )


def _crawls(db: sa.Connection, connection_id: int) -> list[Job]:
    """The crawl of a Connection, all its kinds together; none where nothing was wanted."""
    known = state(db, connection_id)
    if not known:
        return []
    running = [one for one in known.values() if one.crawling]
    started = [one.started_at_ms for one in known.values() if one.started_at_ms]
    complete = [one.complete_at_ms for one in known.values() if one.complete_at_ms]
    return [
        Job(
            id=f"crawl-{connection_id}",
            kind=JobKind.CRAWL,
            state=JobState.RUNNING if running else JobState.DONE,
            name=", ".join(kind.value for kind in known),
            connection_id=connection_id,
            done=sum(_records(one) for one in known.values()),
            total=None,
            created_at=from_ms(min(started)) if started else None,
            updated_at=from_ms(max(complete)) if complete and not running else None,
        )
    ]


def _records(one: MirrorState) -> int:
    return one.crawled
