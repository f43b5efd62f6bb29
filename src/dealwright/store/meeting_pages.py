"""What people of the hub make of a Meeting: versions of its summary, and links to share."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.meetings.meeting import Meeting, Summary
from dealwright.store.meeting_search import index_meeting
from dealwright.store.meeting_tables import meetings
from dealwright.store.page_tables import meeting_share_views, meeting_shares, meeting_summaries

#: The oldest versions of a Meeting's summary go when there are more.
MOST_VERSIONS: Final = 50

_read_summary: Final = msgspec.json.Decoder(Summary).decode


class SummaryVersion(NamedTuple):
    """A summary that was in use, or is: its number counts from 1 in each Meeting."""

    version: int
    body: Summary
    made_by: str
    made_at_ms: int

    @property
    def made_at(self) -> datetime:
        """When it came into use."""
        return from_ms(self.made_at_ms)


class Scope(StrEnum):
    """What a shared link shows; each shows what those before it show."""

    SUMMARY = "summary"
    TRANSCRIPT = "transcript"
    MEDIA = "media"


class Share(NamedTuple):
    """A link to share; `phrase_hash` "" where it needs no pass phrase."""

    id: int
    meeting_id: int
    scope: Scope
    phrase_hash: str
    made_by: str
    made_at_ms: int
    expires_at_ms: int
    revoked_at_ms: int | None

    def is_open(self, now_ms: int) -> bool:
        """Whether it opens anything."""
        return self.revoked_at_ms is None and now_ms < self.expires_at_ms


class NewShare(NamedTuple):
    """A link that is to be."""

    token_hash: str
    scope: Scope
    phrase_hash: str
    made_by: str
    expires_at_ms: int


class ShareView(NamedTuple):
    """Somebody opened a link."""

    at_ms: int
    address: str
    agent: str


# -- the Meeting itself


def put_own(db: sa.Connection, meeting_id: int, body: Meeting, *, now_ms: int) -> None:
    """Keep what a person made of a Meeting; it is a new revision."""
    values = {
        "body": msgspec.json.encode(body),
        "revision": meetings.c.revision + 1,
        "updated_at_ms": now_ms,
    }
    db.execute(sa.update(meetings).where(meetings.c.id == meeting_id).values(values))
    index_meeting(db, meeting_id)


# -- versions of the summary


def add_version(
    db: sa.Connection, meeting_id: int, summary: Summary, *, made_by: str, now_ms: int
) -> int:
    """Keep a summary as the newest version; the number that it has. The same again is none."""
    digest = _digest(summary)
    mine = meeting_summaries.c.meeting_id == meeting_id
    columns = (meeting_summaries.c.version, meeting_summaries.c.content_hash)
    newest = db.execute(
        sa.select(*columns).where(mine).order_by(columns[0].desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.content_hash == digest:
        return newest.version
    version = 1 if newest is None else newest.version + 1
    db.execute(
        sa.insert(meeting_summaries).values(
            meeting_id=meeting_id,
            version=version,
            body=msgspec.json.encode(summary),
            content_hash=digest,
            made_by=made_by,
            made_at_ms=now_ms,
        )
    )
    old = mine & (meeting_summaries.c.version <= version - MOST_VERSIONS)
    db.execute(sa.delete(meeting_summaries).where(old))
    return version


def versions_of(db: sa.Connection, meeting_id: int) -> list[SummaryVersion]:
    """The versions of a Meeting's summary, newest first."""
    rows = db.execute(
        _versions(meeting_summaries.c.meeting_id == meeting_id).order_by(
            meeting_summaries.c.version.desc()
        )
    )
    return [_version(row) for row in rows]


def version_of(db: sa.Connection, meeting_id: int, version: int) -> SummaryVersion:
    """One version; raises NotFound."""
    mine = meeting_summaries.c.meeting_id == meeting_id
    row = db.execute(_versions(mine & (meeting_summaries.c.version == version))).one_or_none()
    if row is None:
        raise NotFound(f"The summary of this meeting has no version {version}.")
    return _version(row)


def _versions(where: sa.ColumnElement[bool]) -> sa.Select[Any, Any, Any, Any]:
    return sa.select(
        meeting_summaries.c.version,
        meeting_summaries.c.body,
        meeting_summaries.c.made_by,
        meeting_summaries.c.made_at_ms,
    ).where(where)


def _version(row: Any) -> SummaryVersion:
    return SummaryVersion(row.version, _read_summary(row.body), row.made_by, row.made_at_ms)


def _digest(summary: Summary) -> str:
    timeless = msgspec.structs.replace(summary, generated_at=None)
    return blake2b(msgspec.json.encode(timeless), digest_size=16).hexdigest()


# -- links to share

_SHARE: Final = (
    meeting_shares.c.id,
    meeting_shares.c.meeting_id,
    meeting_shares.c.scope,
    meeting_shares.c.phrase_hash,
    meeting_shares.c.made_by,
    meeting_shares.c.made_at_ms,
    meeting_shares.c.expires_at_ms,
    meeting_shares.c.revoked_at_ms,
)


def add_share(db: sa.Connection, meeting_id: int, new: NewShare, *, now_ms: int) -> Share:
    """Make a link."""
    values = new._asdict() | {"scope": new.scope.value}
    made = sa.insert(meeting_shares).values(meeting_id=meeting_id, made_at_ms=now_ms, **values)
    return _share(db.execute(made.returning(*_SHARE)).one())


def shares_of(db: sa.Connection, meeting_id: int) -> list[Share]:
    """All links of a Meeting, newest first; those that are over too."""
    mine = meeting_shares.c.meeting_id == meeting_id
    rows = db.execute(sa.select(*_SHARE).where(mine).order_by(meeting_shares.c.id.desc()))
    return [_share(row) for row in rows]


def open_share(db: sa.Connection, token_hash: str, *, now_ms: int) -> Share | None:
    """The link of a token, if it opens anything now."""
    mine = meeting_shares.c.token_hash == token_hash
    row = db.execute(sa.select(*_SHARE).where(mine)).one_or_none()
    found = None if row is None else _share(row)
    return found if found is not None and found.is_open(now_ms) else None


def revoke_share(db: sa.Connection, meeting_id: int, share_id: int, *, now_ms: int) -> None:
    """Let a link open nothing any more; raises NotFound."""
    mine = (meeting_shares.c.meeting_id == meeting_id) & (meeting_shares.c.id == share_id)
    at = sa.func.coalesce(meeting_shares.c.revoked_at_ms, now_ms)
    done = db.execute(sa.update(meeting_shares).where(mine).values(revoked_at_ms=at))
    if done.rowcount == 0:
        raise NotFound(f"This meeting has no shared link {share_id}.")


def note_view(db: sa.Connection, share_id: int, *, view: ShareView) -> None:
    """Remember that somebody opened a link."""
    db.execute(sa.insert(meeting_share_views).values(share_id=share_id, **view._asdict()))


def views_of(db: sa.Connection, share_id: int, *, limit: int = 100) -> list[ShareView]:
    """Who opened a link, the last first."""
    columns = (
        meeting_share_views.c.at_ms,
        meeting_share_views.c.address,
        meeting_share_views.c.agent,
    )
    mine = meeting_share_views.c.share_id == share_id
    last = sa.select(*columns).where(mine).order_by(meeting_share_views.c.id.desc()).limit(limit)
    return [ShareView._make(row) for row in db.execute(last)]


def view_counts(db: sa.Connection, meeting_id: int) -> dict[int, int]:
    """How often each link of a Meeting was opened."""
    counted = (
        sa.select(meeting_share_views.c.share_id, sa.func.count())
        .join(meeting_shares, meeting_shares.c.id == meeting_share_views.c.share_id)
        .where(meeting_shares.c.meeting_id == meeting_id)
        .group_by(meeting_share_views.c.share_id)
    )
    return {row[0]: row[1] for row in db.execute(counted)}


def _share(row: Any) -> Share:
    return Share(row.id, row.meeting_id, Scope(row.scope), *row[3:])
