"""Meetings, their Sources, inbox, desk and Deliveries, on both databases."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.core.priority import Priority
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.settings import DealRule, MeetingSettings
from dealwright.store import meeting_desk, meeting_inbox, meeting_sources
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.deliveries import Outcome, finish, open_deliveries
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries
from dealwright.store.meeting_deliveries import (
    await_summary,
    queue_meeting,
    withdraw_meeting,
)
from dealwright.store.meeting_desk import DeskLost, NewMeeting
from dealwright.store.meeting_inbox import InboxState, NewInbox
from dealwright.store.meeting_list import MeetingFilter, find_meetings
from dealwright.store.meetings import (
    LinkedDeal,
    MeetingWrite,
    link_deal,
    linked_deal,
    meeting,
    meeting_by_public_id,
    put_result,
    put_write,
    unlink_deal,
    writes_of,
)
from dealwright.store.sources import create_source

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TOLD = Meeting(key="fathom:1", source="fathom", title="Démo", started_at=START)
SETTINGS = MeetingSettings(deal_rule=DealRule.NONE)


@pytest.fixture
def source_id(db: sa.Connection) -> int:
    made = create_source(db, "Fathom", now_ms=1).id
    meeting_sources.add_meeting_source(
        db, made, kind="fathom", path_hash="p1", sealed=b"s", settings=SETTINGS
    )
    return made


@pytest.fixture
def connection_id(db: sa.Connection) -> int:
    new = NewConnection(name="main", base_url="https://main.example", plan="growth", seats=1)
    return create_connection(db, new, now_ms=1).id


def raw(source_id: int, *, key: str = "d1", state: InboxState = InboxState.OPEN) -> NewInbox:
    return NewInbox(
        source_id=source_id,
        delivery_key=key,
        meeting_key="fathom:1",
        received_at_ms=5,
        headers=b"{}",
        body=b"body",
        status=200,
        answer=b"answer",
        state=state,
    )


def made(db: sa.Connection, source_id: int, **changes: object) -> int:
    new = NewMeeting(
        public_id="public-1",
        source_id=source_id,
        connection_id=1,
        revision=1,
        body=TOLD,
        merge=None,
        state="queued",
        next_at_ms=None,
        title="Démo",
    )
    return meeting_desk.put_meeting(db, new._replace(**changes), meeting_id=None, now_ms=7)


class TestSources:
    def test_the_bare_path_is_of_the_one_source_of_a_kind(
        self, db: sa.Connection, source_id: int
    ) -> None:
        door = meeting_sources.door_of_kind(db, "fathom")
        assert door == (source_id, b"s")

    def test_of_several_none_is_meant(self, db: sa.Connection, source_id: int) -> None:
        other = create_source(db, "Second", now_ms=1).id
        meeting_sources.add_meeting_source(db, other, kind="fathom", path_hash="p2", sealed=None)
        assert meeting_sources.door_of_kind(db, "fathom") is None
        door = meeting_sources.door_of_path(db, "fathom", path_hash="p1")
        assert door is not None
        assert door.source_id == source_id

    def test_its_settings_are_as_they_were_given(self, db: sa.Connection, source_id: int) -> None:
        assert meeting_sources.meeting_source(db, source_id).settings == SETTINGS

    def test_refusals_are_counted_and_no_address_makes_a_row_for_ever(
        self, db: sa.Connection
    ) -> None:
        for at in range(meeting_sources.MOST_ADDRESSES + 20):
            meeting_sources.count_refused(
                db, path="/p", code="signature", address=f"10.0.{at}", now_ms=at
            )
        (counted,) = meeting_sources.refusals(db)
        table = meeting_sources.meeting_refusals
        rows = db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        assert (counted.times, rows) == (
            meeting_sources.MOST_ADDRESSES + 20,
            meeting_sources.MOST_ADDRESSES + 1,
        )


class TestInbox:
    def test_a_delivery_is_kept_once(self, db: sa.Connection, source_id: int) -> None:
        assert meeting_inbox.take_in(db, raw(source_id))
        assert not meeting_inbox.take_in(db, raw(source_id))

    def test_what_was_answered_is_known(self, db: sa.Connection, source_id: int) -> None:
        meeting_inbox.take_in(db, raw(source_id))
        found = meeting_inbox.answered(db, source_id, delivery_key="d1")
        assert found == (200, b"answer", "")

    def test_what_is_tried_later_is_not_read_before(
        self, db: sa.Connection, source_id: int
    ) -> None:
        meeting_inbox.take_in(db, raw(source_id))
        (one,) = meeting_inbox.to_read(db, now_ms=10, limit=5)
        meeting_inbox.try_later(db, one.id, next_ms=20, reason="away")
        assert meeting_inbox.to_read(db, now_ms=19, limit=5) == []
        assert meeting_inbox.to_read(db, now_ms=20, limit=5) == [one]
        assert meeting_desk.next_due_ms(db) == 20

    def test_a_dead_letter_is_shown_with_its_reason_and_read_again_when_asked(
        self, db: sa.Connection, source_id: int
    ) -> None:
        meeting_inbox.take_in(db, raw(source_id, state=InboxState.DEAD)._replace(reason="odd"))
        (letter,) = meeting_inbox.dead_letters(db, limit=5)
        assert (letter.reason, letter.kept) == ("odd", True)
        assert meeting_inbox.read_again(db, [letter.id]) == 1
        assert len(meeting_inbox.to_read(db, now_ms=10, limit=5)) == 1

    def test_what_was_read_is_not_read_again(self, db: sa.Connection, source_id: int) -> None:
        meeting_inbox.take_in(db, raw(source_id, state=InboxState.DONE))
        assert meeting_inbox.read_again(db, [1]) == 0

    def test_a_key_has_one_id_in_addresses(self, db: sa.Connection, source_id: int) -> None:
        ids = [
            meeting_inbox.public_id_of(db, source_id, key="fathom:1", fresh=fresh, now_ms=1)
            for fresh in ("one", "two")
        ]
        assert ids == ["one", "one"]


class TestDesk:
    def test_one_works_at_a_time(self, db: sa.Connection) -> None:
        first = meeting_desk.take_desk(db, holder="a", now_ms=0, ttl_ms=100)
        assert meeting_desk.take_desk(db, holder="b", now_ms=99, ttl_ms=100) is None
        assert first is not None

    def test_who_took_over_shuts_the_first_out(self, db: sa.Connection) -> None:
        first = meeting_desk.take_desk(db, holder="a", now_ms=0, ttl_ms=100)
        second = meeting_desk.take_desk(db, holder="b", now_ms=100, ttl_ms=100)
        assert first is not None
        assert second is not None
        meeting_desk.check_desk(db, fence=second)
        with pytest.raises(DeskLost):
            meeting_desk.check_desk(db, fence=first)

    def test_who_leaves_makes_room_at_once(self, db: sa.Connection) -> None:
        meeting_desk.take_desk(db, holder="a", now_ms=0, ttl_ms=100)
        meeting_desk.leave_desk(db, holder="a")
        assert meeting_desk.take_desk(db, holder="b", now_ms=1, ttl_ms=100) is not None

    def test_a_report_knows_when_it_was_heard_of_last(
        self, db: sa.Connection, source_id: int
    ) -> None:
        meeting_inbox.public_id_of(db, source_id, key="fathom:1", fresh="p", now_ms=1)
        report = meeting_desk.report(db, source_id, key="fathom:1")
        assert report is not None
        for heard_at_ms in (9, 3):
            meeting_desk.put_report(db, report.id, body=TOLD, heard_at_ms=heard_at_ms)
        kept = meeting_desk.report_by_id(db, report.id)
        assert (kept.heard_at_ms, kept.body) == (9, TOLD)


class TestMeetings:
    def test_it_is_read_as_it_was_kept(self, db: sa.Connection, source_id: int) -> None:
        found = meeting(db, made(db, source_id))
        assert (found.body, found.settings, found.state) == (TOLD, SETTINGS, "queued")

    def test_a_report_that_was_merged_leads_to_it(self, db: sa.Connection, source_id: int) -> None:
        meeting_id = made(db, source_id)
        meeting_inbox.public_id_of(db, source_id, key="zoom:1", fresh="other", now_ms=1)
        report = meeting_desk.report(db, source_id, key="zoom:1")
        assert report is not None
        meeting_desk.attach(db, report.id, meeting_id=meeting_id)
        assert meeting_by_public_id(db, "other").id == meeting_id

    def test_nobody_finds_what_is_not_there(self, db: sa.Connection) -> None:
        with pytest.raises(NotFound):
            meeting_by_public_id(db, "nobody")

    def test_the_result_of_an_older_revision_leaves_the_state(
        self, db: sa.Connection, source_id: int
    ) -> None:
        meeting_id = made(db, source_id, revision=2)
        put_result(db, meeting_id, revision=1, result=b"{}", state="synced", now_ms=9)
        assert meeting(db, meeting_id).state == "queued"
        put_result(db, meeting_id, revision=2, result=b"{}", state="synced", now_ms=9)
        assert meeting(db, meeting_id).state == "synced"

    @pytest.mark.parametrize(
        ("state", "there"), [("needs_review", 1), ("needs_review:no_person", 1), ("needs", 0)]
    )
    def test_a_state_is_looked_for_by_its_word(
        self, db: sa.Connection, source_id: int, state: str, there: int
    ) -> None:
        made(db, source_id, state="needs_review:no_person")
        assert len(find_meetings(db, MeetingFilter(state=state), limit=9)) == there

    @pytest.mark.parametrize(("minutes", "there"), [(0, 1), (15, 1), (16, 0), (-15, 1), (-16, 0)])
    def test_alike_are_those_that_began_about_the_same_time(
        self, db: sa.Connection, source_id: int, minutes: int, there: int
    ) -> None:
        made(db, source_id, body=msgspec.structs.replace(TOLD, platform_meeting="977"))
        other = Meeting(
            key="zoom:1",
            source="zoom",
            started_at=START + timedelta(minutes=minutes),
            platform_meeting="977",
        )
        assert len(meeting_desk.alike(db, other, source_id=99)) == there

    def test_those_that_have_nothing_in_common_are_not_read(
        self, db: sa.Connection, source_id: int
    ) -> None:
        made(db, source_id)
        other = Meeting(key="zoom:1", source="zoom", started_at=START, platform_meeting="977")
        assert meeting_desk.alike(db, other, source_id=99) == []

    def test_a_source_tells_of_one_meeting_once(self, db: sa.Connection, source_id: int) -> None:
        body = msgspec.structs.replace(TOLD, ical_uid="uid-1")
        made(db, source_id, body=body)
        assert meeting_desk.alike(db, body, source_id=source_id) == []


class TestDeals:
    def test_its_own_link_goes_before_its_invitations(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        link_deal(db, connection_id, of="uid-1", deal=LinkedDeal(7, "invite_url"), now_ms=1)
        found = linked_deal(db, connection_id, meeting_id=3, ical_uid="uid-1")
        assert found == (7, "invite_url")
        link_deal(db, connection_id, of=3, deal=LinkedDeal(8, "user"), now_ms=1)
        assert linked_deal(db, connection_id, meeting_id=3, ical_uid="uid-1") == (8, "user")
        unlink_deal(db, connection_id, of=3)
        assert linked_deal(db, connection_id, meeting_id=3) is None

    def test_a_write_takes_the_place_of_the_one_before(self, db: sa.Connection) -> None:
        write = MeetingWrite("note", 101, None, 5, "h1", "k1", "written", 9)
        put_write(db, 3, write=write)
        put_write(db, 3, write=write._replace(deal_id=7, state="edited"))
        assert writes_of(db, 3) == [write._replace(deal_id=7, state="edited")]


class TestDeliveries:
    def queue(self, db: sa.Connection, connection_id: int) -> None:
        queue_meeting(
            db,
            3,
            connection_id=connection_id,
            source_id=1,
            lanes="\nmeeting:3\nemail=ada",
            now_ms=10,
        )

    def there(self, db: sa.Connection) -> list[Delivery]:
        return find_deliveries(db, DeliveryFilter(meeting_id=3), limit=9)

    def test_one_that_waits_for_its_summary_holds_nobody_up(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        for until_ms in (100, 200):
            await_summary(
                db, 3, connection_id=connection_id, source_id=1, now_ms=1, until_ms=until_ms
            )
        (one,) = self.there(db)
        assert (one.state, one.code, one.lanes) == (State.WAITING, "summary", "\nmeeting:3")
        assert one.next_at_ms is not None
        assert one.next_at_ms > 200

    def test_its_place_is_taken_when_the_summary_is_here(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        await_summary(db, 3, connection_id=connection_id, source_id=1, now_ms=1, until_ms=100)
        self.queue(db, connection_id)
        (one,) = self.there(db)
        assert (one.state, one.priority, one.next_at_ms) == (State.QUEUED, Priority.MEETING, None)

    def test_a_second_version_before_the_first_is_sent_makes_no_second(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        self.queue(db, connection_id)
        self.queue(db, connection_id)
        assert len(self.there(db)) == 1

    def test_a_newer_version_takes_the_place_of_one_that_is_held(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        self.queue(db, connection_id)
        (held,) = self.there(db)
        finish(db, [held.id], Outcome(state=State.HELD, code="no_person"), now_ms=11)
        self.queue(db, connection_id)
        now, before = self.there(db)
        assert (now.state, before.state, before.code) == (
            State.QUEUED,
            State.DROPPED,
            "superseded",
        )

    def test_a_drain_sees_which_meeting_it_is_of(
        self, db: sa.Connection, connection_id: int
    ) -> None:
        self.queue(db, connection_id)
        (one,) = open_deliveries(db, connection_id, limit=5)
        assert (one.meeting_id, one.mapping_id, one.event_seq) == (3, 0, 0)

    def test_what_was_withdrawn_is_not_written(self, db: sa.Connection, connection_id: int) -> None:
        self.queue(db, connection_id)
        withdraw_meeting(db, 3, message="gone", now_ms=11)
        assert open_deliveries(db, connection_id, limit=5) == []
