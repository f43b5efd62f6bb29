"""Versions of summaries and shared links, on both databases."""

import pytest
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.meetings.meeting import Origin, Summary
from dealwright.store import meeting_pages as pages
from dealwright.store.meeting_pages import NewShare, Scope, ShareView


def summary(text: str) -> Summary:
    return Summary(origin=Origin.MANUAL, overview=(text,))


def share(db: sa.Connection, of: str = "t", *, expires_at_ms: int = 100) -> pages.Share:
    new = NewShare(of, Scope.TRANSCRIPT, "", "ada", expires_at_ms)
    return pages.add_share(db, 1, new, now_ms=1)


def test_versions_count_from_one_in_each_meeting(db: sa.Connection) -> None:
    numbers = [
        pages.add_version(db, meeting, summary(text), made_by="ada", now_ms=1)
        for meeting, text in ((1, "a"), (1, "b"), (2, "a"))
    ]
    assert numbers == [1, 2, 1]


def test_the_same_again_is_no_new_version(db: sa.Connection) -> None:
    first = pages.add_version(db, 1, summary("a"), made_by="ada", now_ms=1)
    assert pages.add_version(db, 1, summary("a"), made_by="ben", now_ms=2) == first
    assert [one.made_by for one in pages.versions_of(db, 1)] == ["ada"]


def test_a_version_is_read_as_it_was_kept(db: sa.Connection) -> None:
    pages.add_version(db, 1, summary("Grüße"), made_by="ada", now_ms=7)
    kept = pages.version_of(db, 1, 1)
    assert (kept.body, kept.made_by, kept.made_at_ms) == (summary("Grüße"), "ada", 7)


def test_a_version_that_is_not_there_is_said(db: sa.Connection) -> None:
    with pytest.raises(NotFound, match="no version 3"):
        pages.version_of(db, 1, 3)


def test_the_oldest_versions_go(db: sa.Connection) -> None:
    for at in range(pages.MOST_VERSIONS + 3):
        pages.add_version(db, 1, summary(str(at)), made_by="ada", now_ms=at)
    kept = [one.version for one in pages.versions_of(db, 1)]
    assert (len(kept), kept[-1]) == (pages.MOST_VERSIONS, 4)


def test_a_link_opens_until_it_is_over(db: sa.Connection) -> None:
    made = share(db, expires_at_ms=100)
    assert pages.open_share(db, "t", now_ms=99) == made
    assert pages.open_share(db, "t", now_ms=100) is None
    assert pages.open_share(db, "u", now_ms=99) is None


def test_a_revoked_link_opens_nothing_and_keeps_its_moment(db: sa.Connection) -> None:
    made = share(db)
    for now_ms in (5, 6):
        pages.revoke_share(db, 1, made.id, now_ms=now_ms)
    assert pages.open_share(db, "t", now_ms=10) is None
    assert [one.revoked_at_ms for one in pages.shares_of(db, 1)] == [5]


def test_nobody_revokes_the_link_of_another_meeting(db: sa.Connection) -> None:
    made = share(db)
    with pytest.raises(NotFound):
        pages.revoke_share(db, 2, made.id, now_ms=5)


def test_views_are_counted_and_listed(db: sa.Connection) -> None:
    made = share(db)
    share(db, "other")
    for at in (1, 2):
        pages.note_view(db, made.id, view=ShareView(at, "192.0.2.1", "Firefox"))
    assert pages.view_counts(db, 1) == {made.id: 2}
    assert [one.at_ms for one in pages.views_of(db, made.id)] == [2, 1]
