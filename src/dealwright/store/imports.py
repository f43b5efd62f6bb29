"""Imports: files of events that were brought in, and how far each is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from dealwright.core.errors import DealwrightError, NotFound
from dealwright.store.api_tables import imports

#: An import that is under way says so at least this often; else its process is gone.
SILENT_MS: Final = 120_000


class ImportState(StrEnum):
    """Whether a file is being read, or how that ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a file was read, and how many of its events were taken and refused."""

    read_bytes: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file that was brought in; `code` and `message` say why it failed."""

    id: int
    source_id: int
    name: str
    state: ImportState
    total_bytes: int | None
    progress: Progress
    code: str
    message: str
    made_by: str
    created_at_ms: int
    updated_at_ms: int


def create_import(
    db: sa.Connection, *, source_id: int, name: str, total_bytes: int, made_by: str, now_ms: int
) -> Import:
    """Begin to bring a file in."""
    made = (
        sa.insert(imports)
        .values(
            source_id=source_id,
            name=name,
            state=ImportState.RUNNING.value,
            total_bytes=total_bytes,
            read_bytes=0,
            accepted=0,
            rejected=0,
            code="",
            message="",
            made_by=made_by,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
        )
        .returning(imports.c.id)
    )
    return find_import(db, db.scalars(made).one(), now_ms=now_ms)


def find_import(db: sa.Connection, import_id: int, *, now_ms: int) -> Import:
    """One Import; raises NotFound."""
    row = db.execute(sa.select(imports).where(imports.c.id == import_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    return _import(row, now_ms)


def list_imports(db: sa.Connection, *, limit: int, now_ms: int) -> list[Import]:
    """The newest, newest first."""
    chosen = sa.select(imports).order_by(imports.c.id.desc()).limit(limit)
    return [_import(row, now_ms) for row in db.execute(chosen)]


def note_progress(db: sa.Connection, import_id: int, progress: Progress, *, now_ms: int) -> None:
    """Say how far it is."""
    _update(db, import_id, progress, updated_at_ms=now_ms)


def end_import(
    db: sa.Connection,
    import_id: int,
    progress: Progress,
    *,
    state: ImportState,
    error: DealwrightError | None = None,
    now_ms: int,
) -> None:
    """Say how it ended."""
    _update(
        db,
        import_id,
        progress,
        state=state.value,
        code="" if error is None else error.code,
        message="" if error is None else str(error),
        updated_at_ms=now_ms,
    )


def _update(db: sa.Connection, import_id: int, progress: Progress, **values: Any) -> None:
    db.execute(
        sa.update(imports)
        .where(imports.c.id == import_id)
        .values(
            read_bytes=progress.read_bytes,
            accepted=progress.accepted,
            rejected=progress.rejected,
            **values,
        )
    )


def _import(row: Any, now_ms: int) -> Import:
    state = ImportState(row.state)
    if state is ImportState.RUNNING and now_ms - row.updated_at_ms > SILENT_MS:
        state = ImportState.INTERRUPTED
    return Import(
        id=row.id,
        source_id=row.source_id,
        name=row.name,
        state=state,
        total_bytes=row.total_bytes,
        progress=Progress(read_bytes=row.read_bytes, accepted=row.accepted, rejected=row.rejected),
        code=row.code,
        message=row.message,
        made_by=row.made_by,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )
