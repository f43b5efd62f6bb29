"""Dry runs: what was tried, how far it is, and what it foretold."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import DealwrightError, NotFound
from dealwright.core.foretold import Foretold, Outcome, Summary
from dealwright.store.dry_run_tables import dry_run_results, dry_runs
from dealwright.store.tables import events

#: A dry run that is under way says so at least this often; else its process is gone.
SILENT_MS: Final = 120_000

#: Results that are deleted in one transaction.
PRUNE: Final = 5_000

_encode = msgspec.json.Encoder().encode


class DryRunState(StrEnum):
    """Whether it is under way, or how it ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run tries on what.

    `trigger`, `action` and `fields` are the Mapping as it was tried; `draft` tells that it is no
    version of one. `first` and `last` are the ends of a range of the log, 0 for `given` events.
    `verify_tokens` is what may be spent to verify, 0: nothing is asked.
    """

    action: str
    trigger: str
    fields: dict[str, Any]
    draft: bool = False
    first: int = 0
    last: int = 0
    given: int = 0
    verify_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDryRun:
    """A dry run to be begun; `mapping_id` 0 for a draft of no Mapping."""

    connection_id: int
    mapping_id: int
    mapping_version: int
    name: str
    total: int
    tried: Tried
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDryRun:
    """A dry run. `done` of `total` Events are told of; `code` and `message` say why it failed."""

    id: int
    connection_id: int
    mapping_id: int
    mapping_version: int
    name: str
    state: DryRunState
    total: int
    done: int
    tried: Tried
    summary: Summary
    code: str
    message: str
    made_by: str
    created_at_ms: int
    updated_at_ms: int


def create_dry_run(db: sa.Connection, new: NewDryRun, *, now_ms: int) -> StoredDryRun:
    """Begin a dry run."""
    made = (
        sa.insert(dry_runs)
        .values(
            connection_id=new.connection_id,
            mapping_id=new.mapping_id,
            mapping_version=new.mapping_version,
            name=new.name,
            state=DryRunState.RUNNING.value,
            total=new.total,
            done=0,
            wanted=_encode(new.tried),
            summary=_encode(Summary()),
            code="",
            message="",
            made_by=new.made_by,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        .returning(dry_runs.c.id)
    )
    return find_dry_run(db, db.scalars(made).one(), now_ms=now_ms)


def find_dry_run(db: sa.Connection, number: int, *, now_ms: int) -> StoredDryRun:
    """One dry run; raises NotFound."""
    row = db.execute(sa.select(dry_runs).where(dry_runs.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no dry run {number}.")
    return _dry_run(row, now_ms)


def list_dry_runs(
    db: sa.Connection,
    *,
    limit: int,
    now_ms: int,
    before: int | None = None,
    mapping_id: int | None = None,
) -> list[StoredDryRun]:
    """The newest, newest first."""
    chosen = sa.select(dry_runs).order_by(dry_runs.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(dry_runs.c.id < before)
    if mapping_id is not None:
        chosen = chosen.where(dry_runs.c.mapping_id == mapping_id)
    return [_dry_run(row, now_ms) for row in db.execute(chosen)]


def keep_results(
    db: sa.Connection,
    number: int,
    results: Sequence[Foretold],
    *,
    summary: Summary,
    done: int,
    now_ms: int,
) -> bool:
    """Keep results and how far it is; False when it was cancelled meanwhile, and nothing kept."""
    going = (dry_runs.c.id == number) & (dry_runs.c.state == DryRunState.RUNNING.value)
    told = sa.update(dry_runs).where(going)
    changed = db.execute(
        told.values(done=done, summary=_encode(summary), updated_at_ms=now_ms)
    ).rowcount
    if not changed:
        return False
    if results:
        db.execute(
            sa.insert(dry_run_results),
            [
                {
                    "dry_run_id": number,
                    "number": one.number,
                    "outcome": one.outcome.value,
                    "code": one.code,
                    "body": _encode(one),
                }
                for one in results
            ],
        )
    return True


def end_dry_run(
    db: sa.Connection,
    number: int,
    *,
    state: DryRunState,
    error: DealwrightError | None = None,
    now_ms: int,
) -> bool:
    """Say how it ended; False when it has ended before."""
    going = (dry_runs.c.id == number) & (dry_runs.c.state == DryRunState.RUNNING.value)
    ended = sa.update(dry_runs).where(going)
    return bool(
        db.execute(
            ended.values(
                state=state.value,
                code="" if error is None else error.code,
                message="" if error is None else str(error),
                updated_at_ms=now_ms,
            )
        ).rowcount
    )


def results_of(
    db: sa.Connection,
    number: int,
    *,
    limit: int,
    after: int = 0,
    outcome: Outcome | None = None,
) -> list[Foretold]:
    """The results after a number, in their order."""
    chosen = (
        sa.select(dry_run_results.c.body)
        .where(dry_run_results.c.dry_run_id == number, dry_run_results.c.number > after)
        .order_by(dry_run_results.c.number)
        .limit(limit)
    )
    if outcome is not None:
        chosen = chosen.where(dry_run_results.c.outcome == outcome.value)
    return [msgspec.json.decode(body, type=Foretold) for body in db.scalars(chosen)]


def prune_dry_runs(db: sa.Connection, before_ms: int) -> int:
    """Delete some of what is older; says how many rows that were."""
    old = sa.select(dry_runs.c.id).where(dry_runs.c.created_at_ms < before_ms)
    number = db.scalar(old.order_by(dry_runs.c.id).limit(1))
    if number is None:
        return 0
    some = (
        sa.select(dry_run_results.c.number)
        .where(dry_run_results.c.dry_run_id == number)
        .limit(PRUNE)
    )
    deleted = db.execute(
        sa.delete(dry_run_results).where(
            dry_run_results.c.dry_run_id == number, dry_run_results.c.number.in_(some)
        )
    ).rowcount
    if deleted < PRUNE:
        db.execute(sa.delete(dry_runs).where(dry_runs.c.id == number))
        deleted += 1
    return deleted


def count_events(db: sa.Connection, first: int, last: int) -> int:
    """How many Events a range of the log has."""
    inside = events.c.seq.between(first, last)
    return db.scalar(sa.select(sa.func.count()).select_from(events).where(inside)) or 0


def first_of_newest(db: sa.Connection, count: int) -> int:
    """Where the `count` newest Events of the log begin; 1 when there are fewer."""
    newest = sa.select(events.c.seq).order_by(events.c.seq.desc()).limit(count).subquery()
    return db.scalar(sa.select(sa.func.min(newest.c.seq))) or 1


def _dry_run(row: Any, now_ms: int) -> StoredDryRun:
    state = DryRunState(row.state)
    if state is DryRunState.RUNNING and now_ms - row.updated_at_ms > SILENT_MS:
        state = DryRunState.INTERRUPTED
    return StoredDryRun(
        id=row.id,
        connection_id=row.connection_id,
        mapping_id=row.mapping_id,
        mapping_version=row.mapping_version,
        name=row.name,
        state=state,
        total=row.total,
        done=row.done,
        tried=msgspec.json.decode(row.wanted, type=Tried),
        summary=msgspec.json.decode(row.summary, type=Summary),
        code=row.code,
        message=row.message,
        made_by=row.made_by,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )
