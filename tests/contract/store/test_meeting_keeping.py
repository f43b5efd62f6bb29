"""What is kept of Meetings, and what goes: by policy or by request, on both databases."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.meetings.keeping import Keeping, Part, Periods
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Bullet,
    Meeting,
    Origin,
    Section,
    Segment,
    Summary,
)
from dealwright.meetings.outcome import Matched, MeetingResult, Seen
from dealwright.meetings.participants import Role
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.meetingerasure import Erasure, erase_person, known_by
from dealwright.pipeline.meetingkeeping import (
    MeetingHeld,
    erase_part,
    hold_meeting,
    keep_at_once,
    keep_raw,
    keep_some,
    policies,
    release_meeting,
)
from dealwright.store import meeting_desk, meeting_inbox
from dealwright.store.audit import entries
from dealwright.store.keeping_tables import meeting_texts
from dealwright.store.meeting_inbox import InboxState, NewInbox
from dealwright.store.meeting_keeping import Kind, Why, removals_of
from dealwright.store.meeting_media import Kept, add_media, media_of
from dealwright.store.meeting_pages import add_version, versions_of
from dealwright.store.meeting_search import Asked, search_meetings
from dealwright.store.meeting_sources import add_meeting_source
from dealwright.store.meeting_tables import meeting_inbox as inbox_table
from dealwright.store.meeting_tables import meeting_reports, meeting_sources, meetings
from dealwright.store.meetings import (
    MeetingWrite,
    StoredMeeting,
    meeting,
    put_result,
    put_write,
)
from dealwright.store.page_tables import meeting_summaries
from dealwright.store.sources import create_source

END = datetime(2026, 11, 1, 15, 0, tzinfo=UTC)
NOW_MS = to_ms(END + timedelta(days=40))
TALK = Meeting(
    key="fathom:1",
    source="fathom",
    title="Demo with Ada Keller",
    said_type="Demo",
    started_at=END - timedelta(hours=1),
    ended_at=END,
    attendees=(
        Attendee(name="Ada Keller", emails=("ada@love.example",), phones=("+46701234567",)),
        Attendee(name="Bo Ek", emails=("bo@ek.example",)),
    ),
    transcript=(
        Segment(start=1.0, speaker="Ada Keller", text="Write to ADA@love.example."),
        Segment(start=5.0, speaker="Bo Ek", text="Thanks Ada, or call 070-123 45 67."),
    ),
    summary=Summary(
        origin=Origin.LOCAL,
        sections=(Section(bullets=(Bullet(text="Ada Keller will pay", speaker="Ada Keller"),)),),
    ),
    action_items=(ActionItem(text="Send the offer", owner="Ada Keller"),),
)
RESULT = MeetingResult(
    state="synced",
    participants=(
        Seen(
            role=Role.EXTERNAL,
            name="Ada Keller",
            email="ada@love.example",
            match=Matched.EMAIL,
            person_id=42,
        ),
    ),
    primary=42,
)


@dataclass(kw_only=True)
class Hub:
    """One meeting of one Source, with all that is kept of it."""

    db: sa.Connection
    source_id: int
    id: int = 0

    @property
    def stored(self) -> StoredMeeting:
        return meeting(self.db, self.id)

    def keep(self, **periods: object) -> None:
        """Say how long what is kept."""
        settings = MeetingSettings(keeping=Keeping(**periods))  # type: ignore[arg-type]
        mine = meeting_sources.c.source_id == self.source_id
        values = {"settings": msgspec.json.encode(settings)}
        self.db.execute(sa.update(meeting_sources).where(mine).values(values))

    def tidy(self, now_ms: int = NOW_MS) -> None:
        by_source = policies(self.db)
        keep_some(self.db, 0, by_source=by_source, now_ms=now_ms)
        keep_raw(self.db, by_source=by_source, now_ms=now_ms)

    def gone(self) -> list[tuple[Kind, Why]]:
        return [(one.kind, one.why) for one in removals_of(self.db, self.id)]

    def raw_bodies(self) -> int:
        there = sa.select(sa.func.count()).where(inbox_table.c.body.is_not(None))
        return self.db.execute(there).scalar_one()

    def everything(self) -> bytes:
        """All texts of all tables that a person may be named in."""
        tables = (meetings, meeting_reports, meeting_summaries, meeting_texts)
        rows = [row for name in tables for row in self.db.execute(sa.select(name))]
        cells = [cell for row in rows for cell in row]
        return b"\n".join(
            bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
            for cell in cells
        )

    def forget(self, *, whole: bool = False) -> Erasure:
        known = known_by(email="Ada@Love.example", phone="+46 70 123 45 67")
        return erase_person(self.db, known, whole=whole, by=CLI, now_ms=NOW_MS)


@pytest.fixture
def hub(db: sa.Connection) -> Hub:
    source_id = create_source(db, "Fathom", now_ms=1).id
    add_meeting_source(
        db, source_id, kind="fathom", path_hash="p", sealed=b"s", settings=MeetingSettings()
    )
    made = Hub(db=db, source_id=source_id)
    raw = NewInbox(
        source_id=source_id,
        delivery_key="d1",
        meeting_key=TALK.key,
        received_at_ms=to_ms(END),
        headers=b"{}",
        body=b"sealed",
        status=200,
        answer=b"",
        state=InboxState.DONE,
    )
    meeting_inbox.take_in(db, raw)
    meeting_inbox.public_id_of(db, source_id, key=TALK.key, fresh="page-1", now_ms=1)
    report = meeting_desk.report(db, source_id, key=TALK.key)
    assert report is not None
    meeting_desk.put_report(db, report.id, body=TALK, heard_at_ms=1)
    new = meeting_desk.NewMeeting(
        public_id="page-1",
        source_id=source_id,
        connection_id=1,
        revision=1,
        body=TALK,
        merge=None,
        state="synced",
        next_at_ms=None,
        title=TALK.title,
    )
    made.id = meeting_desk.put_meeting(db, new, meeting_id=None, now_ms=to_ms(END))
    meeting_desk.attach(db, report.id, meeting_id=made.id)
    put_result(
        db, made.id, revision=1, result=msgspec.json.encode(RESULT), state="synced", now_ms=1
    )
    put_write(db, made.id, write=MeetingWrite("note", 42, 7, 900, "h", "h", "written", 1))
    assert TALK.summary is not None
    add_version(db, made.id, TALK.summary, made_by="hub", now_ms=1)
    kept = Kept(mime_type="audio/mpeg", file="a.media", size=9, data_key=b"sealed")
    add_media(db, made.id, kept, now_ms=1)
    return made


class TestPolicy:
    def test_by_default_only_raw_deliveries_go(self, hub: Hub) -> None:
        hub.tidy()
        assert (hub.gone(), hub.raw_bodies(), hub.stored.body) == ([], 0, TALK)

    def test_raw_deliveries_stay_their_days(self, hub: Hub) -> None:
        hub.tidy(to_ms(END + timedelta(days=29)))
        assert hub.raw_bodies() == 1

    def test_raw_deliveries_can_stay_for_ever(self, hub: Hub) -> None:
        hub.keep(raw=None)
        hub.tidy()
        assert hub.raw_bodies() == 1

    def test_a_transcript_goes_when_its_days_are_over(self, hub: Hub) -> None:
        hub.keep(transcript=30)
        hub.tidy(to_ms(END + timedelta(days=30)) - 1)
        before = len(hub.stored.body.transcript)
        hub.tidy(to_ms(END + timedelta(days=30)))
        assert (before, hub.stored.body.transcript) == (2, ())
        assert hub.gone() == [(Kind.TRANSCRIPT, Why.POLICY)]

    def test_no_copy_of_a_transcript_is_left(self, hub: Hub) -> None:
        hub.keep(transcript=30, raw=None)
        hub.tidy()
        assert (b"or call 070" in hub.everything(), hub.raw_bodies()) == (False, 0)

    def test_what_was_removed_is_found_no_more(self, hub: Hub) -> None:
        before = search_meetings(hub.db, Asked(query="thanks"), limit=5)
        hub.keep(transcript=30)
        hub.tidy()
        assert (len(before), search_meetings(hub.db, Asked(query="thanks"), limit=5)) == (1, [])

    def test_a_summary_goes_with_its_versions(self, hub: Hub) -> None:
        hub.keep(summary=1)
        hub.tidy()
        assert (versions_of(hub.db, hub.id), b"will pay" in hub.everything()) == ([], False)

    def test_the_key_of_a_recording_is_destroyed(self, hub: Hub) -> None:
        hub.keep(media=7)
        hub.tidy()
        assert [(one.state, one.data_key) for one in media_of(hub.db, hub.id)] == [("erased", None)]

    def test_of_a_whole_meeting_only_its_number_is_left(self, hub: Hub) -> None:
        hub.keep(meeting=35, transcript=1)
        hub.tidy()
        assert (hub.stored.state, hub.gone()) == ("removed", [(Kind.MEETING, Why.POLICY)])
        assert b"Ada" not in hub.everything()

    def test_a_conversation_type_can_have_its_own_times(self, hub: Hub) -> None:
        hub.keep(transcript=1, by_type={"demo": Periods(transcript=None)})
        hub.tidy()
        assert len(hub.stored.body.transcript) == 2

    def test_a_transcript_that_is_never_stored_goes_when_the_summary_is_made(
        self, hub: Hub
    ) -> None:
        hub.keep(transcript=0)
        keep_at_once(hub.db, hub.id, now_ms=to_ms(END))
        body = hub.stored.body
        assert (body.transcript, body.summary) == ((), TALK.summary)

    def test_what_is_still_to_be_written_waits(self, hub: Hub) -> None:
        hub.keep(summary=0)
        put_result(hub.db, hub.id, revision=1, result=b"{}", state="queued", now_ms=1)
        hub.tidy()
        assert hub.gone() == []

    def test_a_second_look_removes_nothing_more(self, hub: Hub) -> None:
        hub.keep(transcript=1)
        hub.tidy()
        removed, _ = keep_some(hub.db, 0, by_source=policies(hub.db), now_ms=NOW_MS)
        assert removed == 0


class TestHold:
    def test_nothing_of_a_held_meeting_goes(self, hub: Hub) -> None:
        hub.keep(meeting=1, raw=1)
        hold_meeting(hub.db, hub.stored, reason="lawsuit", by=CLI, now_ms=1)
        hub.tidy()
        assert (hub.gone(), hub.raw_bodies(), hub.stored.body) == ([], 1, TALK)

    def test_nobody_erases_it(self, hub: Hub) -> None:
        hold_meeting(hub.db, hub.stored, reason="lawsuit", by=CLI, now_ms=1)
        with pytest.raises(MeetingHeld, match="lawsuit"):
            erase_part(hub.db, hub.stored, Part.MEETING, by=CLI, now_ms=2)

    def test_who_asks_to_be_forgotten_learns_of_it(self, hub: Hub) -> None:
        hold_meeting(hub.db, hub.stored, reason="lawsuit", by=CLI, now_ms=1)
        told = hub.forget()
        assert (told.held, told.redacted, hub.stored.body) == (("page-1",), (), TALK)

    def test_once_released_it_goes(self, hub: Hub) -> None:
        hub.keep(transcript=1)
        hold_meeting(hub.db, hub.stored, reason="lawsuit", by=CLI, now_ms=1)
        assert release_meeting(hub.db, hub.stored, by=CLI, now_ms=2)
        hub.tidy()
        assert hub.gone() == [(Kind.TRANSCRIPT, Why.POLICY)]

    def test_holds_and_releases_are_in_the_audit_log(self, hub: Hub) -> None:
        hold_meeting(hub.db, hub.stored, reason="lawsuit", by=CLI, now_ms=1)
        release_meeting(hub.db, hub.stored, by=CLI, now_ms=2)
        actions = [one.action for one in entries(hub.db, limit=5)]
        assert actions == ["meeting.release", "meeting.hold"]


class TestPerson:
    def test_name_address_and_number_are_gone_from_all(self, hub: Hub) -> None:
        hub.forget()
        everything = hub.everything().lower()
        assert [
            word for word in (b"ada", b"keller", b"love.example", b"123 45") if word in everything
        ] == []

    def test_others_stay_as_they_are(self, hub: Hub) -> None:
        hub.forget()
        body = hub.stored.body
        assert [one.name for one in body.attendees] == ["Bo Ek"]
        assert [one.speaker for one in body.transcript] == ["Removed person", "Bo Ek"]

    def test_the_report_names_the_notes_that_still_name_them(self, hub: Hub) -> None:
        (there,) = hub.forget().in_pipedrive
        assert (there.kind, there.record_id, there.person_id, there.deal_id) == ("note", 900, 42, 7)

    def test_recordings_with_their_voice_are_named(self, hub: Hub) -> None:
        assert hub.forget().recorded == ("page-1",)

    def test_whole_meetings_go_when_asked(self, hub: Hub) -> None:
        told = hub.forget(whole=True)
        assert (told.removed, hub.stored.state) == (("page-1",), "removed")

    def test_the_audit_log_does_not_say_who_it_was(self, hub: Hub) -> None:
        hub.forget()
        told = msgspec.json.encode(entries(hub.db, limit=5)).lower()
        assert (b"erase_person" in told, b"ada" in told) == (True, False)

    def test_who_was_nowhere_changes_nothing(self, hub: Hub) -> None:
        erase_person(hub.db, known_by(email="eve@x.example"), whole=True, by=CLI, now_ms=2)
        assert hub.stored.body == TALK
