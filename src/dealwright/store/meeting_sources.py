"""Sources of meetings: what recorders post to, what proves them, and how each of them does."""

from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.meetings.settings import MeetingSettings
from dealwright.store.meeting_tables import meeting_refusals, meeting_sources
from dealwright.store.statements import upsert
from dealwright.store.tables import sources

#: Of one path and code so many addresses are counted apart, the others together.
MOST_ADDRESSES = 200

_read_settings = msgspec.json.Decoder(MeetingSettings).decode


class MeetingSource(NamedTuple):
    """A Source of meetings, and how it does. `poll_s` 0: its provider is never asked."""

    source_id: int
    name: str
    kind: str
    connection_id: int | None
    settings: MeetingSettings
    poll_s: int
    poll_at_ms: int | None
    polled_at_ms: int | None
    poll_code: str
    heard_at_ms: int | None
    received: int
    ignored: int
    dead: int


class MeetingDoor(NamedTuple):
    """Whose deliveries come in somewhere; `sealed` are its secrets as the Vault sealed them."""

    source_id: int
    sealed: bytes | None


class Refusals(NamedTuple):
    """How often something was refused at a path, for a reason."""

    path: str
    code: str
    times: int
    last_at_ms: int


_CHOSEN = sa.select(
    meeting_sources.c.source_id,
    sources.c.name,
    meeting_sources.c.kind,
    meeting_sources.c.connection_id,
    meeting_sources.c.settings,
    meeting_sources.c.poll_s,
    meeting_sources.c.poll_at_ms,
    meeting_sources.c.polled_at_ms,
    meeting_sources.c.poll_code,
    meeting_sources.c.heard_at_ms,
    meeting_sources.c.received,
    meeting_sources.c.ignored,
    meeting_sources.c.dead,
).join_from(meeting_sources, sources)


def add_meeting_source(
    db: sa.Connection,
    source_id: int,
    *,
    kind: str,
    path_hash: str,
    sealed: bytes | None,
    settings: MeetingSettings | None = None,
    connection_id: int | None = None,
    poll_s: int = 0,
    now_ms: int = 0,
) -> None:
    """Have a Source take meetings of a kind; `path_hash` is of the last segment of its address."""
    row = sa.insert(meeting_sources).values(
        source_id=source_id,
        kind=kind,
        path_hash=path_hash,
        sealed=sealed,
        settings=msgspec.json.encode(settings or MeetingSettings()),
        connection_id=connection_id,
        poll_s=poll_s,
        poll_at_ms=now_ms if poll_s else None,
    )
    db.execute(row)


def list_meeting_sources(db: sa.Connection) -> list[MeetingSource]:
    """Every Source of meetings, oldest first."""
    return [_source(row) for row in db.execute(_CHOSEN.order_by(meeting_sources.c.source_id))]


def meeting_source(db: sa.Connection, source_id: int) -> MeetingSource:
    """One Source of meetings; raises NotFound."""
    row = db.execute(_CHOSEN.where(meeting_sources.c.source_id == source_id)).one_or_none()
    if row is None:
        raise NotFound(f"Source {source_id} is none of meetings.")
    return _source(row)


def sealed_keys(db: sa.Connection, source_id: int) -> bytes | None:
    """The secrets and credentials of a Source, sealed."""
    mine = meeting_sources.c.source_id == source_id
    return db.scalar(sa.select(meeting_sources.c.sealed).where(mine))


def set_keys(db: sa.Connection, source_id: int, *, sealed: bytes) -> None:
    """Keep other secrets and credentials."""
    mine = meeting_sources.c.source_id == source_id
    db.execute(sa.update(meeting_sources).where(mine).values(sealed=sealed))


def set_meeting_settings(db: sa.Connection, source_id: int, *, settings: MeetingSettings) -> None:
    """Treat the meetings of a Source otherwise from now on."""
    mine = meeting_sources.c.source_id == source_id
    body = msgspec.json.encode(settings)
    db.execute(sa.update(meeting_sources).where(mine).values(settings=body))


def set_home(db: sa.Connection, source_id: int, *, connection_id: int | None) -> None:
    """Say where the meetings of a Source go whose presenter has no Connection of their own."""
    mine = meeting_sources.c.source_id == source_id
    db.execute(sa.update(meeting_sources).where(mine).values(connection_id=connection_id))


def door_of_kind(db: sa.Connection, kind: str) -> MeetingDoor | None:
    """Who is meant by a bare path: the one Source of a kind; None when there are several."""
    chosen = sa.select(meeting_sources.c.source_id, meeting_sources.c.sealed)
    found = db.execute(chosen.where(meeting_sources.c.kind == kind).limit(2)).all()
    return MeetingDoor._make(found[0]) if len(found) == 1 else None


def door_of_path(db: sa.Connection, kind: str, *, path_hash: str) -> MeetingDoor | None:
    """Who is meant by a path with a last segment of its own."""
    chosen = sa.select(meeting_sources.c.source_id, meeting_sources.c.sealed)
    mine = (meeting_sources.c.kind == kind) & (meeting_sources.c.path_hash == path_hash)
    row = db.execute(chosen.where(mine)).one_or_none()
    return None if row is None else MeetingDoor._make(row)


def count_heard(
    db: sa.Connection, source_id: int, *, now_ms: int, ignored: int = 0, dead: int = 0
) -> None:
    """Count a delivery of a Source: one more, of which so many were ignored or cannot be read."""
    more = {
        "received": meeting_sources.c.received + 1,
        "ignored": meeting_sources.c.ignored + ignored,
        "dead": meeting_sources.c.dead + dead,
        "heard_at_ms": now_ms,
    }
    mine = meeting_sources.c.source_id == source_id
    db.execute(sa.update(meeting_sources).where(mine).values(more))


def count_dead(db: sa.Connection, source_id: int) -> None:
    """Count a delivery that turned out to be one that cannot be read."""
    mine = meeting_sources.c.source_id == source_id
    db.execute(sa.update(meeting_sources).where(mine).values(dead=meeting_sources.c.dead + 1))


def set_polled(
    db: sa.Connection, source_id: int, *, now_ms: int, code: str = "", next_ms: int
) -> None:
    """Note that a provider was asked; `code` says why in vain. Then the next time looks as far."""
    values: dict[str, int | str] = {"poll_at_ms": next_ms, "poll_code": code}
    if not code:
        values["polled_at_ms"] = now_ms
    mine = meeting_sources.c.source_id == source_id
    db.execute(sa.update(meeting_sources).where(mine).values(values))


def count_refused(db: sa.Connection, *, path: str, code: str, address: str, now_ms: int) -> None:
    """Count what was refused, by path, code and who sent it; nothing else of it is kept."""
    mine = (meeting_refusals.c.path == path) & (meeting_refusals.c.code == code)
    known = db.scalar(sa.select(sa.func.count()).select_from(meeting_refusals).where(mine)) or 0
    place = address if known < MOST_ADDRESSES else "others"
    row = upsert(db, meeting_refusals).values(
        path=path, code=code, address=place, count=1, last_at_ms=now_ms
    )
    db.execute(
        row.on_conflict_do_update(
            index_elements=["path", "code", "address"],
            set_={"count": meeting_refusals.c.count + 1, "last_at_ms": now_ms},
        )
    )


def refusals(db: sa.Connection) -> list[Refusals]:
    """What was refused, by path and code, from wherever."""
    summed = sa.select(
        meeting_refusals.c.path,
        meeting_refusals.c.code,
        sa.cast(sa.func.sum(meeting_refusals.c.count), sa.BigInteger()),
        sa.func.max(meeting_refusals.c.last_at_ms),
    )
    grouped = summed.group_by(meeting_refusals.c.path, meeting_refusals.c.code)
    return [Refusals._make(row) for row in db.execute(grouped.order_by(meeting_refusals.c.path))]


def _source(row: Any) -> MeetingSource:
    values = list(row)
    values[4] = _read_settings(row.settings)
    return MeetingSource._make(values)
