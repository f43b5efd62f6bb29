"""Versions of summaries and shared links, on both databases."""

import pytest
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.record import Deal, Labelled, Person, RecordKind
from dealwright.meetings.meeting import Origin, Summary
from dealwright.pipeline.meetingseek import find_deals, find_people
from dealwright.pipeline.mirrored import row_of
from dealwright.store import meeting_pages as pages
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.meeting_pages import NewShare, Scope, ShareView
from dealwright.store.mirror import put_records


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


def test_persons_and_deals_are_found_by_their_words(db: sa.Connection) -> None:
    new = NewConnection(name="main", base_url="https://main.example", plan="growth", seats=1)
    home = create_connection(db, new, now_ms=1).id
    ada = Person(id=101, name="Ada Keller", emails=(Labelled(value="ada@love.example"),))
    deals = [Deal(id=at, title=f"Love {at}", person_id=101) for at in (7, 10)]
    rows = [row_of(ada, RecordKind.PERSON, checked_at_ms=1, exact=True, region=None)]
    rows += [
        row_of(one, RecordKind.DEAL, checked_at_ms=1, exact=True, region=None) for one in deals
    ]
    put_records(db, home, rows)

    assert [one.id for one in find_people(db, home, "KELLER love.example")] == [101]
    assert [one.id for one in find_deals(db, home, "", persons=[101])] == [10, 7]
    assert [one.id for one in find_deals(db, home, "love 7", persons=[])] == [7]
