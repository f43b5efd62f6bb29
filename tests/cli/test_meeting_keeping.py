"""`dealwright meeting search|export|support|hold|release|erase|simulate|retro`."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright

from dealwright.core.clock import to_ms
from dealwright.meetings.meeting import Attendee, Meeting, Segment
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.clock import SystemClock
from dealwright.store.engine import Store
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_sources import add_meeting_source
from dealwright.store.meetings import meeting_by_public_id
from dealwright.store.sources import create_source

PAGE = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def talk(dealwright: Dealwright, data: Path) -> str:
    """One meeting of an hour ago; the id of its page."""
    dealwright("sources", "list")
    store = Store.open(f"sqlite:///{data / 'dealwright.db'}")
    body = Meeting(
        key="generic:1",
        source="generic",
        title="Rollout",
        started_at=SystemClock().now(),
        attendees=(Attendee(name="Ada Keller", emails=("ada@love.example",)),),
        transcript=(Segment(start=61, speaker="Ada Keller", text="The invoice is late."),),
    )
    new = NewMeeting(
        public_id=PAGE,
        source_id=1,
        connection_id=None,
        revision=1,
        body=body,
        merge=None,
        state="needs_review:no_connection",
        next_at_ms=None,
        title="Rollout",
    )
    with store.transaction() as db:
        source = create_source(db, "Talks", now_ms=1).id
        add_meeting_source(
            db, source, kind="generic", path_hash="p", sealed=b"s", settings=MeetingSettings()
        )
        put_meeting(db, new, meeting_id=None, now_ms=to_ms(SystemClock().now()))
    store.close()
    return PAGE


def kept(data: Path) -> Meeting:
    store = Store.open(f"sqlite:///{data / 'dealwright.db'}")
    with store.snapshot() as db:
        found = meeting_by_public_id(db, PAGE).body
    store.close()
    return found


def test_a_word_is_found_with_its_time(dealwright: Dealwright, talk: str) -> None:
    (row,) = dealwright("meeting", "search", "invoic", "--json").lines
    assert (row["id"], row["found"]) == (talk, "1:01 The invoice is late.")


@pytest.mark.usefixtures("talk")
def test_what_nobody_said_is_not_found(dealwright: Dealwright) -> None:
    assert dealwright("meeting", "search", "pudding", "--json").lines == []


def test_a_meeting_goes_into_a_file_of_its_owner(
    dealwright: Dealwright, talk: str, tmp_path: Path
) -> None:
    out = tmp_path / "talk.vtt"
    dealwright("meeting", "export", talk, "--format", "vtt", "--out", str(out))
    assert (out.stat().st_mode & 0o777, out.read_text().startswith("WEBVTT")) == (0o600, True)


def test_somebody_gets_a_zip(dealwright: Dealwright, talk: str, tmp_path: Path) -> None:
    out = tmp_path / "ada.zip"
    dealwright("meeting", "export", "--email", "ada@love.example", "--out", str(out))
    archive = zipfile.ZipFile(io.BytesIO(out.read_bytes()))
    assert f"meeting-{talk}.md" in archive.namelist()


def test_a_bundle_can_be_masked(dealwright: Dealwright, talk: str) -> None:
    ran = dealwright("meeting", "support", talk, "--mask")
    assert (json.loads(ran.out)["id"], "Keller" in ran.out) == (talk, False)


def test_a_recording_is_kept_and_erased_with_its_file(
    dealwright: Dealwright, talk: str, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "call.mp3"
    file.write_bytes(b"some recorded words " * 9)
    dealwright("meeting", "recording", talk, str(file))
    (stored,) = (data / "media").iterdir()
    sealed = b"recorded words" not in stored.read_bytes()
    dealwright("meeting", "erase", talk, "--part", "media", "--yes")
    assert (sealed, list((data / "media").iterdir())) == (True, [])


def test_a_held_meeting_is_erased_only_when_it_is_released(
    dealwright: Dealwright, talk: str, data: Path
) -> None:
    dealwright("meeting", "hold", talk, "--reason", "case 12")
    refused = dealwright("meeting", "erase", talk, "--yes")
    dealwright("meeting", "release", talk)
    dealwright("meeting", "erase", talk, "--yes")
    assert ("[meeting_held]" in refused.err, kept(data).title) == (True, "")


@pytest.mark.usefixtures("talk")
def test_somebody_is_forgotten(dealwright: Dealwright, data: Path) -> None:
    dealwright("meeting", "erase", "--email", "ada@love.example", "--yes")
    assert (kept(data).attendees, kept(data).transcript[0].speaker) == ((), "Removed person")


def test_nothing_is_erased_without_being_asked(
    dealwright: Dealwright, talk: str, data: Path
) -> None:
    ran = dealwright("meeting", "erase", talk)
    assert ("[not_confirmed]" in ran.err, kept(data).title) == (True, "Rollout")


def test_one_meeting_or_one_person_is_named(dealwright: Dealwright, talk: str) -> None:
    both = dealwright("meeting", "erase", talk, "--email", "ada@love.example", "--yes")
    assert "[which_one]" in both.err


@pytest.mark.usefixtures("talk")
def test_a_price_is_told_before_a_simulation(dealwright: Dealwright) -> None:
    ran = dealwright("meeting", "simulate", "--set", "deal_rule=none")
    assert ("at most 20 tokens" in ran.err + ran.out, "[not_confirmed]" in ran.err) == (True, True)


@pytest.mark.usefixtures("talk")
def test_a_setting_that_there_is_not_is_refused(dealwright: Dealwright) -> None:
    ran = dealwright("meeting", "simulate", "--set", "deal_rul=none", "--yes")
    assert "[invalid_settings]" in ran.err


@pytest.mark.usefixtures("talk")
def test_a_meeting_without_a_connection_is_left(dealwright: Dealwright) -> None:
    (told,) = dealwright("meeting", "retro", "--since", "2h", "--yes", "--json").lines
    assert (told["queued"], told["left"]) == (0, 1)


@pytest.mark.usefixtures("talk")
def test_a_time_that_is_none_is_refused(dealwright: Dealwright) -> None:
    assert "[invalid_moment]" in dealwright("meeting", "search", "x", "--since", "soon").err
