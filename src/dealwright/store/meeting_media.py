"""Recordings of Meetings: which there are, where their files are, and the keys that open them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.store.keeping_tables import meeting_media


class MediaState(StrEnum):
    """Whether a recording is to be fetched, is here, could not be had, or was erased."""

    WANTED = "wanted"
    HERE = "here"
    REFUSED = "refused"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A recording. `data_key` is sealed, and None once it is erased; `code` says what went wrong.

    `origin` is `fetched` or `uploaded`; `file` its name below the media folder, "" before it is
    here; `size` in bytes.
    """

    id: int
    meeting_id: int
    origin: str
    mime_type: str
    file: str
    size: int
    data_key: bytes | None
    state: MediaState
    code: str
    attempts: int
    added_at_ms: int


_COLUMNS: Final = (
    meeting_media.c.id,
    meeting_media.c.meeting_id,
    meeting_media.c.origin,
    meeting_media.c.mime_type,
    meeting_media.c.file,
    meeting_media.c.size,
    meeting_media.c.data_key,
    meeting_media.c.state,
    meeting_media.c.code,
    meeting_media.c.attempts,
    meeting_media.c.added_at_ms,
)


def want_media(db: sa.Connection, meeting_id: int, *, now_ms: int) -> bool:
    """Have a Meeting's recording fetched; False where it once was, or was asked for."""
    mine = meeting_media.c.meeting_id == meeting_id
    if db.scalar(sa.select(meeting_media.c.id).where(mine).limit(1)) is not None:
        return False
    values = {"state": MediaState.WANTED.value, "next_at_ms": now_ms, "added_at_ms": now_ms}
    db.execute(
        sa.insert(meeting_media).values(
            meeting_id=meeting_id,
            origin="fetched",
            mime_type="",
            file="",
            size=0,
            code="",
            **values,
        )
    )
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recording that was written: its key sealed."""

    mime_type: str
    file: str
    size: int
    data_key: bytes


def add_media(db: sa.Connection, meeting_id: int, kept: Kept, *, now_ms: int) -> int:
    """Know of a recording that somebody brought; its number."""
    made = sa.insert(meeting_media).values(
        meeting_id=meeting_id,
        origin="uploaded",
        mime_type=kept.mime_type,
        file=kept.file,
        size=kept.size,
        data_key=kept.data_key,
        state=MediaState.HERE.value,
        code="",
        added_at_ms=now_ms,
    )
    return db.execute(made.returning(meeting_media.c.id)).scalar_one()


def fetched_media(db: sa.Connection, media_id: int, kept: Kept) -> bool:
    """Know that a recording is here now; False where it is no longer wanted."""
    values = {
        "mime_type": kept.mime_type,
        "file": kept.file,
        "size": kept.size,
        "data_key": kept.data_key,
        "state": MediaState.HERE.value,
        "code": "",
        "next_at_ms": None,
    }
    wanted = meeting_media.c.state == MediaState.WANTED.value
    mine = meeting_media.c.id == media_id
    return db.execute(sa.update(meeting_media).where(mine, wanted).values(values)).rowcount > 0


def miss_media(db: sa.Connection, media_id: int, *, code: str, next_at_ms: int | None) -> None:
    """Say why a recording could not be had, and when it is tried again; None: never."""
    state = MediaState.REFUSED if next_at_ms is None else MediaState.WANTED
    values = {
        "state": state.value,
        "code": code,
        "next_at_ms": next_at_ms,
        "attempts": meeting_media.c.attempts + 1,
    }
    wanted = meeting_media.c.state == MediaState.WANTED.value
    db.execute(
        sa.update(meeting_media).where(meeting_media.c.id == media_id, wanted).values(values)
    )


def media_due(db: sa.Connection, *, now_ms: int, limit: int) -> list[Media]:
    """Recordings to fetch now."""
    due = sa.select(*_COLUMNS).where(meeting_media.c.next_at_ms <= now_ms)
    return _listed(db, due.order_by(meeting_media.c.next_at_ms).limit(limit))


def media_of(db: sa.Connection, meeting_id: int) -> list[Media]:
    """A Meeting's recordings, those that are erased or missing too."""
    mine = sa.select(*_COLUMNS).where(meeting_media.c.meeting_id == meeting_id)
    return _listed(db, mine.order_by(meeting_media.c.id))


def kept_media(db: sa.Connection, meeting_id: int) -> Media | None:
    """The recording that is played: the first that is here."""
    return next((one for one in media_of(db, meeting_id) if one.state is MediaState.HERE), None)


def media(db: sa.Connection, media_id: int) -> Media:
    """One recording; raises NotFound."""
    found = _listed(db, sa.select(*_COLUMNS).where(meeting_media.c.id == media_id))
    if not found:
        raise NotFound(f"There is no recording {media_id}.")
    return found[0]


def erase_media(db: sa.Connection, meeting_id: int) -> tuple[str, ...]:
    """Destroy the keys of a Meeting's recordings; the names of files that are now noise."""
    gone = [one for one in media_of(db, meeting_id) if one.state is not MediaState.ERASED]
    values: dict[str, Any] = {
        "data_key": None,
        "state": MediaState.ERASED.value,
        "size": 0,
        "next_at_ms": None,
    }
    ids = [one.id for one in gone]
    db.execute(sa.update(meeting_media).where(meeting_media.c.id.in_(ids)).values(values))
    return tuple(one.file for one in gone if one.file)


def files_to_delete(db: sa.Connection, *, limit: int = 100) -> list[tuple[int, str]]:
    """Files whose keys are gone, which still take room: numbers of recordings and names."""
    noise = (meeting_media.c.state == MediaState.ERASED.value) & (meeting_media.c.file != "")
    chosen = sa.select(meeting_media.c.id, meeting_media.c.file).where(noise)
    return [(row.id, row.file) for row in db.execute(chosen.limit(limit))]


def deleted_files(db: sa.Connection, ids: Sequence[int]) -> None:
    """Know that files are gone."""
    db.execute(sa.update(meeting_media).where(meeting_media.c.id.in_(ids)).values(file=""))


def _listed(
    db: sa.Connection, chosen: sa.Select[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]
) -> list[Media]:
    return [_media(row) for row in db.execute(chosen)]


def _media(row: Any) -> Media:
    return Media(
        id=row.id,
        meeting_id=row.meeting_id,
        origin=row.origin,
        mime_type=row.mime_type,
        file=row.file,
        size=row.size,
        data_key=row.data_key,
        state=MediaState(row.state),
        code=row.code,
        attempts=row.attempts,
        added_at_ms=row.added_at_ms,
    )
