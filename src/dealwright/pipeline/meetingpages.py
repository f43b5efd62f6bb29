"""MeetingPages: what people do on the page of a meeting: edit, choose a version, notes, links.

Each act is in the audit log; where the note says otherwise by it, the same note is written anew.
What people decide stays, whatever a recorder sends later.
"""

from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.people import Principal
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.meeting import Meeting, Origin, Summary, Text
from dealwright.meetings.steps import steps_of_text
from dealwright.pipeline.meetingacts import again
from dealwright.store.audit import record
from dealwright.store.meeting_desk import wait_on
from dealwright.store.meeting_pages import (
    NewShare,
    Share,
    add_share,
    add_version,
    put_own,
    revoke_share,
    version_of,
)
from dealwright.store.meetings import StoredMeeting, meeting

#: More than any note can hold.
MOST_TEXT: Final = 60_000

DAY_MS: Final = 86_400_000
#: How long a link opens its meeting, unless somebody says otherwise; and at most.
USUAL_DAYS: Final = 14
MOST_DAYS: Final = 365


def edit_summary(
    db: sa.Connection,
    stored: StoredMeeting,
    text: str,
    *,
    steps: str,
    by: Principal,
    now_ms: int,
) -> int:
    """Write the summary by hand: Markdown, and a line for each next step; its version."""
    written = Summary(
        origin=Origin.MANUAL,
        language=stored.body.language,
        body=Text(format="markdown", text=_bounded(text)),
        action_items=steps_of_text(_bounded(steps)),
    )
    return put_summary(db, stored, written, what="edit", by=by, now_ms=now_ms)


def put_summary(
    db: sa.Connection,
    stored: StoredMeeting,
    summary: Summary,
    *,
    what: str,
    by: Principal,
    now_ms: int,
) -> int:
    """Use a summary that a person decided on (`what`: edit, regenerate, version); its version."""
    if stored.body.summary is not None:
        add_version(db, stored.id, stored.body.summary, made_by=_maker(stored), now_ms=now_ms)
    version = add_version(db, stored.id, summary, made_by=by.name, now_ms=now_ms)
    body = _kept(stored.body, "summary")
    body = msgspec.structs.replace(body, summary=summary, summary_expected=False)
    after = {"version": version, "origin": summary.origin.value}
    _own(db, stored, body, now_ms=now_ms)
    _told(db, stored, f"meeting.summary.{what}", by=by, now_ms=now_ms, after=after)
    return version


def choose_version(
    db: sa.Connection, stored: StoredMeeting, version: int, *, by: Principal, now_ms: int
) -> int:
    """Use an earlier version of the summary again; raises NotFound."""
    chosen = version_of(db, stored.id, version)
    return put_summary(db, stored, chosen.body, what="version", by=by, now_ms=now_ms)


def approve(db: sa.Connection, stored: StoredMeeting, *, by: Principal, now_ms: int) -> None:
    """Let the note show what was left out of it until somebody had read it."""
    if stored.body.summary is not None:
        read = msgspec.structs.replace(stored.body.summary, flagged=())
        put_summary(db, stored, read, what="approve", by=by, now_ms=now_ms)


def edit_notes(
    db: sa.Connection, stored: StoredMeeting, text: str, *, by: Principal, now_ms: int
) -> None:
    """Write the manual notes, in Markdown; "" for none."""
    notes = Text(format="markdown", text=_bounded(text)) if text.strip() else None
    body = msgspec.structs.replace(_kept(stored.body, "manual_notes"), manual_notes=notes)
    _own(db, stored, body, now_ms=now_ms)
    _told(db, stored, "meeting.notes.edit", by=by, now_ms=now_ms)


def write_now(db: sa.Connection, stored: StoredMeeting, *, by: Principal, now_ms: int) -> None:
    """Try again at once; a summary that is still expected is waited for no longer."""
    _told(db, stored, "meeting.retry", by=by, now_ms=now_ms)
    _anew(db, stored, now_ms=now_ms)


def share(
    db: sa.Connection, stored: StoredMeeting, new: NewShare, *, by: Principal, now_ms: int
) -> Share:
    """Make a link that opens the meeting without an account."""
    made = add_share(db, stored.id, new, now_ms=now_ms)
    after = {"share": made.id, "scope": made.scope.value, "expires_at_ms": made.expires_at_ms}
    _told(db, stored, "meeting.share", by=by, now_ms=now_ms, after=after)
    return made


def revoke(
    db: sa.Connection, stored: StoredMeeting, share_id: int, *, by: Principal, now_ms: int
) -> None:
    """Let a link open nothing any more; raises NotFound."""
    revoke_share(db, stored.id, share_id, now_ms=now_ms)
    after = {"share": share_id}
    _told(db, stored, "meeting.share.revoke", by=by, now_ms=now_ms, after=after)


def viewed(db: sa.Connection, stored: StoredMeeting, *, by: Principal, now_ms: int) -> None:
    """Note that somebody looked at the meeting."""
    _told(db, stored, "meeting.view", by=by, now_ms=now_ms)


def _own(db: sa.Connection, stored: StoredMeeting, body: Meeting, *, now_ms: int) -> None:
    put_own(db, stored.id, body, now_ms=now_ms)
    _anew(db, meeting(db, stored.id), now_ms=now_ms)


def _anew(db: sa.Connection, stored: StoredMeeting, *, now_ms: int) -> None:
    if not again(db, stored, now_ms=now_ms) and stored.state == Becomes.PENDING:
        # The desk ends its wait, and hands it to the drain.
        wait_on(db, stored.id, until_ms=now_ms)


def _kept(body: Meeting, part: str) -> Meeting:
    return msgspec.structs.replace(body, kept=tuple(sorted({*body.kept, part})))


def _maker(stored: StoredMeeting) -> str:
    summary = stored.body.summary
    by_source = summary is not None and summary.origin is Origin.PROVIDER
    return stored.body.source if by_source else "dealwright"


def _bounded(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[:MOST_TEXT]


def _told(
    db: sa.Connection,
    stored: StoredMeeting,
    action: str,
    *,
    by: Principal,
    now_ms: int,
    after: object = None,
) -> None:
    target = f"meeting:{stored.public_id}"
    record(db, at_ms=now_ms, principal=by, action=action, target=target, after=after)
