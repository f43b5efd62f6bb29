"""A meeting is one note for each guest and one activity, whatever gets lost, killed or merged."""

import asyncio
from typing import Any, cast

import pytest
from tests.events import identify
from tests.journeys.frail import Frail, Killed
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.pipeline.meetingacts import choose_person, retry
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.meeting_choices import Choice
from dealwright.store.meetings import meeting

ALL_OF_IT = ["POST v1/notes", "POST v2/activities"]


def by_hand(log: Log, action: Any, record_id: int, **data: Any) -> None:
    """Somebody does something to a person in Pipedrive's own pages."""
    wanted = Edit(object="person", action=action, id=record_id, data=data)
    answer = edit(log.pipedrive, log.pipedrive.world.default_company, wanted)
    assert answer.status < 300, answer


@pytest.mark.parametrize("kept", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("writes", range(9))
async def test_a_drain_that_is_killed_writes_each_record_once(
    log: Log, writes: int, *, kept: bool
) -> None:
    await log.settle()
    await log.queue(met(JONAS, PRIYA))
    frail = Frail(log.hub.store, dies_in=writes, kept=kept)
    log.hub.store = cast(Any, frail)
    log.hub.restart()
    try:
        await log.hub.run_once()
    except Killed:
        frail.revive()
        log.hub.restart()
    frail.revive()
    await log.hub.run_until_idle()

    assert sorted(log.writes()) == [
        *["POST v1/notes"] * 2,
        "POST v2/activities",
        *["POST v2/persons"] * 2,
    ]


@pytest.mark.parametrize("path", ["/api/v1/notes", "/api/v2/activities", "/api/v2/persons"])
async def test_an_answer_that_is_lost_doubles_nothing(log: Log, path: str) -> None:
    log.pipedrive.lose_next_answer("POST", path)
    await log.hear(met(PRIYA))

    assert len(list(log.pipedrive.records("persons"))) == 1
    assert (len(log.notes()), len(log.activities())) == (1, 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH"], ids=["note", "activity"])
async def test_our_own_change_whose_answer_was_lost_is_nobodys_edit(log: Log, method: str) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    log.pipedrive.add_fault(method=method, reset=True, after_commit=True, times=1)
    await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    assert len(list(log.pipedrive.records("notes"))) == 1
    assert "42 seats" in log.notes()[101]["content"]
    assert "42 seats" in log.activities()[0]["note"]
    assert (await log.result()).edited == ()


async def test_two_versions_at_once_are_one_note_with_the_newer_text(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.settle()
    await log.queue(met(JONAS))
    await log.queue(met(JONAS, text="Wants 42 seats"), revision=2)
    await log.hub.run_until_idle()

    assert log.writes() == ALL_OF_IT
    assert "42 seats" in log.notes()[101]["content"]


async def test_two_meetings_with_one_stranger_make_one_person(log: Log) -> None:
    await log.settle()
    await log.queue(met(PRIYA))
    await log.queue(met(PRIYA, key="fathom:2", title="Globex again"))
    await log.hub.run_until_idle()

    assert len(list(log.pipedrive.records("persons"))) == 1
    assert log.writes().count("POST v1/notes") == 2


async def test_a_meeting_and_an_event_of_one_stranger_make_one_person(log: Log) -> None:
    await log.settle()
    await log.hub.send(identify("u-priya", name="Priya Nair", email="priya@globex.example"))
    await log.queue(met(PRIYA))
    await log.hub.run_until_idle()

    assert len(list(log.pipedrive.records("persons"))) == 1
    assert log.writes().count("POST v1/notes") == 1


async def test_persons_that_were_merged_keep_their_one_note(log: Log) -> None:
    twin = {"id": 102, "name": "Jonas B", "emails": ["jonas.b@acme.example"]}
    have(log, IN_PIPEDRIVE, twin)
    await log.hear(met(JONAS))
    by_hand(log, "merge", 101, merge_with_id=102)
    log.hub.advance(600)
    result = await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    (note,) = log.pipedrive.records("notes")
    assert (note["person_id"], "42 seats" in note["content"]) == (102, True)
    assert (result.participants[1].person_id, result.edited) == (102, ())
    assert log.writes().count("POST v2/activities") == 1


async def test_a_person_who_is_gone_is_looked_up_once_more(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    log.pipedrive.add_fault(method="POST", path="/api/v1/notes", status=404, times=1)
    result = await log.hear(met(JONAS))

    assert (result.state, log.writes()) == ("synced", ALL_OF_IT)
    assert log.hub.delivery().now.attempts == 1


async def test_a_deal_that_is_gone_when_the_activity_is_written_doubles_no_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    log.pipedrive.add_fault(method="POST", path="/api/v2/activities", status=404, times=1)
    result = await log.hear(met(JONAS))

    assert (result.state, log.writes()) == ("synced", ALL_OF_IT)


async def test_a_refused_activity_is_tried_again_when_somebody_asks_and_not_before(
    log: Log,
) -> None:
    have(log, IN_PIPEDRIVE)
    log.pipedrive.add_fault(method="POST", path="/api/v2/activities", status=403, times=1)
    await log.hear(met(JONAS))
    newer = await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)
    assert (newer.state, newer.activity_reason) == (
        "partial:activity_forbidden",
        "activity_forbidden",
    )
    assert log.activities() == []

    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(lambda db: retry(db, meeting(db, 1), by=CLI, now_ms=now_ms))
    await log.hub.run_until_idle()
    assert ((await log.result()).state, len(log.activities())) == ("synced", 1)


async def test_a_correction_and_a_newer_version_at_once_leave_one_note_on_the_right_person(
    log: Log,
) -> None:
    have(log, IN_PIPEDRIVE, {"id": 102, "name": "Kim Lee"})
    await log.hear(met(JONAS))
    now_ms = to_ms(log.hub.clock.now())
    choice = Choice("jonas@acme.example", 102, removes=True)
    await log.hub.store.write(
        lambda db: choose_person(db, meeting(db, 1), choice, by=CLI, now_ms=now_ms)
    )
    await log.queue(met(JONAS, text="Wants 42 seats"), revision=2)
    await log.hub.run_until_idle()

    there = {person: note for person, note in log.notes().items() if not note["is_deleted"]}
    assert {person: "42 seats" in note["content"] for person, note in there.items()} == {102: True}
    assert [one["person_id"] for one in log.activities()[0]["participants"]] == [102]


async def test_a_newer_version_that_comes_while_the_first_is_written_follows_it(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.settle()
    await log.queue(met(JONAS))
    log.pipedrive.add_fault(method="POST", path="/api/v1/notes", delay_ms=50, times=1)
    writing = asyncio.create_task(log.hub.run_once())
    while not log.notes():  # noqa: ASYNC110 - the sandbox tells nobody when it has taken a call
        await asyncio.sleep(0)
    await log.queue(met(JONAS, text="Wants 42 seats"), revision=2)
    await writing
    await log.hub.run_until_idle()

    assert log.writes() == [*ALL_OF_IT, "PUT v1/notes/1", "PATCH v2/activities/1"]


async def test_a_newer_version_with_another_stranger_waits_for_events_of_theirs(log: Log) -> None:
    await log.settle()
    log.pipedrive.add_fault(method="POST", path="/api/v2/persons", status=503, times=1)
    await log.queue(met(JONAS))
    await log.hub.run_once()
    await log.hub.send(identify("u-priya", name="Priya Nair", email="priya@globex.example"))
    await log.queue(met(JONAS, PRIYA), revision=2)
    await log.hub.run_until_idle()

    assert len(list(log.pipedrive.records("persons"))) == 2
