"""People put meetings right: another person, another deal; and some go on by themselves."""

from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.core.record import RecordKind
from dealwright.meetings.meeting import Attendee
from dealwright.meetings.outcome import MeetingResult
from dealwright.meetings.settings import Creating
from dealwright.pipeline.meetingacts import choose_deal, choose_person
from dealwright.pipeline.meetingrecheck import recheck
from dealwright.store.crawls import want_crawl
from dealwright.store.meeting_choices import Choice
from dealwright.store.meetings import meeting

KIM = {"id": 102, "name": "Kim Lee"}


async def choose(log: Log, slot: str, person_id: int, *, removes: bool = False) -> MeetingResult:
    """Somebody says who a guest is."""
    now_ms = to_ms(log.hub.clock.now())
    choice = Choice(slot, person_id, removes)
    await log.hub.store.write(
        lambda db: choose_person(db, meeting(db, 1), choice, by=CLI, now_ms=now_ms)
    )
    await log.hub.run_until_idle()
    return await log.result()


async def test_a_wrong_person_is_put_right_and_the_old_note_stays(log: Log) -> None:
    have(log, IN_PIPEDRIVE, KIM)
    await log.hear(met(JONAS))
    await choose(log, "jonas@acme.example", 102)

    assert sorted(log.notes(), key=str) == [101, 102]
    assert [one["person_id"] for one in log.activities()[0]["participants"]] == [102]


async def test_the_note_on_the_wrong_person_goes_where_that_is_wanted(log: Log) -> None:
    have(log, IN_PIPEDRIVE, KIM)
    await log.hear(met(JONAS))
    await choose(log, "jonas@acme.example", 102, removes=True)

    there = {person for person, note in log.notes().items() if not note["is_deleted"]}
    assert there == {102}


async def test_a_note_that_somebody_edited_is_not_removed(log: Log) -> None:
    have(log, IN_PIPEDRIVE, KIM)
    await log.hear(met(JONAS))
    log.pipedrive.put_state({"notes": [{**log.notes()[101], "content": "<p>Mine</p>"}]})
    result = await choose(log, "jonas@acme.example", 102, removes=True)

    assert not log.notes()[101]["is_deleted"]
    assert len(result.edited) == 1


async def test_going_back_to_the_first_person_writes_a_note_again(log: Log) -> None:
    have(log, IN_PIPEDRIVE, KIM)
    await log.hear(met(JONAS))
    await choose(log, "jonas@acme.example", 102, removes=True)
    await choose(log, "jonas@acme.example", 101, removes=True)

    notes = [note for note in log.pipedrive.records("notes") if not note["is_deleted"]]
    assert [note["person_id"] for note in notes] == [101]


async def test_a_guest_who_is_only_a_name_can_be_chosen(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(Attendee(name="Jonas B.")))
    result = await choose(log, "Jonas B.", 101)

    assert result.state == "synced"
    assert log.notes()[101]["person_id"] == 101


async def test_a_guest_whom_nobody_listed_can_be_added(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(participants_refused=True))
    result = await choose(log, "Jonas Berg", 101)

    assert (result.state, result.primary) == ("synced", 101)


async def test_another_deal_is_written_into_the_same_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    await log.hear(met(JONAS))
    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(lambda db: choose_deal(db, meeting(db, 1), 7, by=CLI, now_ms=now_ms))
    await log.hub.run_until_idle()

    assert log.notes()[101]["deal_id"] == 7
    assert log.activities()[0]["deal_id"] == 7
    assert log.writes().count("POST v1/notes") == 1


async def _look_again(log: Log) -> set[int]:
    """Crawl anew, and look whose guests are known by now."""
    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(
        lambda db: want_crawl(db, 1, kinds=[RecordKind.PERSON], now_ms=now_ms, region="SE")
    )
    await log.hub.run_until_idle()
    woken = await log.hub.store.write(lambda db: recheck(db, now_ms=now_ms))
    await log.hub.run_until_idle()
    return woken


async def test_a_meeting_goes_on_when_its_guest_appears(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    await log.hear(met(PRIYA))
    have(log, {"id": 103, "name": "Priya Nair", "emails": ["priya@globex.example"]})

    assert await _look_again(log) == {1}
    assert (await log.result()).state == "synced"


async def test_a_meeting_waits_while_nobody_appears(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    await log.hear(met(PRIYA))

    assert await _look_again(log) == set()
    assert (await log.result()).state == "needs_review:no_person"


async def test_a_shared_number_waits_until_it_is_shared_no_more(log: Log) -> None:
    shared = {"id": 101, "name": "Jonas Berg", "phones": ["+46701740605"]}
    have(log, shared, {**shared, "id": 102})
    await log.hear(met(Attendee(phones=("+46701740605",))))
    assert await _look_again(log) == set()
    have(log, {**shared, "id": 102, "phones": []})

    assert await _look_again(log) == {1}
    assert sorted(log.notes(), key=str) == [101]
