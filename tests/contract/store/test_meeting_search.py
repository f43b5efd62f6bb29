"""Search of Meetings: the same words find the same, on both databases."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from dealwright.core.clock import to_ms
from dealwright.meetings.meeting import Attendee, Bullet, Meeting, Origin, Section, Segment, Summary
from dealwright.meetings.meeting import Text as Written
from dealwright.meetings.searching import snippets
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_search import Asked, forget_meeting, search_meetings
from dealwright.store.meetings import MeetingWrite, put_write

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TALK = Meeting(
    key="fathom:1",
    source="fathom",
    title="Crème brûlée rollout",
    said_type="Demo",
    started_at=START,
    presenter_email="Liv@hub.example",
    attendees=(Attendee(name="Ada Lövström", emails=("ada@love.example",)),),
    transcript=(
        Segment(start=4.0, speaker="Ada", text="The migration takes three weeks."),
        Segment(start=61.5, speaker="Liv", text="Then the invoice of O'Neil & Co is first."),
    ),
    summary=Summary(
        origin=Origin.LOCAL,
        sections=(Section(bullets=(Bullet(text="Budget is agreed", at=70.0),)),),
    ),
    manual_notes=Written(format="text", text="Bring the Straße map"),
)


def put(db: sa.Connection, body: Meeting = TALK, *, at: int = 1, state: str = "synced") -> int:
    new = NewMeeting(
        public_id=f"00000000-0000-7000-8000-{at:012}",
        source_id=1,
        connection_id=at,
        revision=1,
        body=body,
        merge=None,
        state=state,
        next_at_ms=None,
        title=body.title,
    )
    return put_meeting(db, new, meeting_id=None, now_ms=1)


def found(db: sa.Connection, query: str = "", **where: object) -> list[int]:
    asked = Asked(query=query, **where)  # type: ignore[arg-type]
    return [one.id for one in search_meetings(db, asked, limit=10)]


@pytest.mark.parametrize(
    "query",
    [
        "creme BRULEE",
        "migration",
        "budget agreed",
        "strasse",
        "ada@love.example",
        "lovstrom",
        "Lövström",
        "o'neil",
        "migr",
        "liv invoice",
        "rollout three budg",
    ],
)
def test_words_are_found_wherever_they_stand(db: sa.Connection, query: str) -> None:
    talk = put(db)
    assert found(db, query) == [talk]


@pytest.mark.parametrize(
    "query",
    ["igration", "migr takes", "budget refused", '"', "***", "NEAR(", "-", "' OR 1=1 --"],
)
def test_what_is_not_there_is_not_found(db: sa.Connection, query: str) -> None:
    put(db)
    assert found(db, query) == []


def test_an_old_text_is_found_no_more(db: sa.Connection) -> None:
    talk = put(db)
    new = NewMeeting(
        public_id="x",
        source_id=1,
        connection_id=1,
        revision=2,
        body=Meeting(key="fathom:1", source="fathom", title="Pudding"),
        merge=None,
        state="synced",
        next_at_ms=None,
        title="Pudding",
    )
    put_meeting(db, new, meeting_id=talk, now_ms=2)
    assert (found(db, "brulee"), found(db, "pudding")) == ([], [talk])


def test_a_meeting_that_is_forgotten_is_not_found(db: sa.Connection) -> None:
    forget_meeting(db, put(db))
    assert found(db, "migration") == []


def test_filters_narrow(db: sa.Connection) -> None:
    talk = put(db)
    put(db, Meeting(key="fathom:2", source="fathom", title="Rollout"), at=2, state="queued")
    put_write(db, talk, write=MeetingWrite("note", 42, 7, 900, "h", "h", "written", 1))
    start = to_ms(START)
    assert [
        found(db, "rollout", person_id=42),
        found(db, deal_id=7),
        found(db, conversation_type="demo"),
        found(db, presenter="liv@hub.example"),
        found(db, state="synced"),
        found(db, since_ms=start, until_ms=start + 1),
    ] == [[talk]] * 6


def test_who_may_see_one_connection_finds_nothing_of_others(db: sa.Connection) -> None:
    put(db)
    assert found(db, "migration", connections=frozenset({2})) == []


def test_what_is_said_is_shown_with_its_time() -> None:
    (snippet,) = snippets(TALK, TALK.title, "invoice")
    assert (snippet.part, snippet.at, "invoice of O'Neil" in snippet.text) == (
        "transcript",
        61.5,
        True,
    )
