"""What people do on the page of a meeting comes to Pipedrive: in the same note, once."""

from typing import Any

from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, Log, have, met

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.meetings.folding import changed
from dealwright.meetings.meeting import Segment
from dealwright.pipeline.meetingpages import (
    approve,
    choose_version,
    edit_notes,
    edit_summary,
    write_now,
)
from dealwright.store.audit import entries
from dealwright.store.meeting_pages import versions_of
from dealwright.store.meetings import meeting


async def act(log: Log, do: Any, **given: Any) -> None:
    """Somebody does something on the page; the hub works until all is done."""
    log.hub.clock.advance(60)
    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(lambda db: do(db, meeting(db, 1), **given, by=CLI, now_ms=now_ms))
    await log.hub.run_until_idle()


async def test_an_edited_summary_is_written_into_the_same_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await act(log, edit_summary, text="They want *two* quotes.", steps="Ana: send both")

    note = log.notes()[101]
    assert "They want <i>two</i> quotes." in note["content"]
    assert "send both" in note["content"]
    assert log.writes().count("POST v1/notes") == 1


async def test_an_earlier_version_comes_back_into_the_same_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await act(log, edit_summary, text="By hand", steps="")
    await act(log, choose_version, version=1)

    content = log.notes()[101]["content"]
    assert ("Wants a quote" in content, "By hand" in content) == (True, False)
    assert log.writes().count("POST v1/notes") == 1


async def test_manual_notes_stand_in_the_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await act(log, edit_notes, text="Ask about **Spain**.")

    assert "Ask about <b>Spain</b>." in log.notes()[101]["content"]


async def test_each_act_is_in_the_audit_log(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await act(log, edit_summary, text="By hand", steps="")
    await act(log, edit_notes, text="Mine")
    await act(log, approve)
    await act(log, write_now)

    noted = await log.hub.store.read(lambda db: entries(db, limit=4))
    assert [one.action for one in reversed(noted)] == [
        "meeting.summary.edit",
        "meeting.notes.edit",
        "meeting.summary.approve",
        "meeting.retry",
    ]


async def test_what_was_there_before_an_edit_is_a_version_too(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await act(log, edit_summary, text="By hand", steps="")

    kept = await log.hub.store.read(lambda db: versions_of(db, 1))
    assert [(one.version, one.body.origin, one.made_by) for one in kept] == [
        (2, "manual", "cli"),
        (1, "provider", "fathom"),
    ]


async def test_an_edit_is_a_new_version_of_the_meeting(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    before = met(JONAS, transcript=(Segment(start=0, text="Hello"),))
    await log.hear(before)
    await act(log, edit_summary, text="By hand", steps="")

    after = await log.hub.store.read(lambda db: meeting(db, 1))
    assert (after.revision, after.body.kept) == (2, ("summary",))
    assert changed(before, after.body)
