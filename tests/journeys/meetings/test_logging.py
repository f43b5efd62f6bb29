"""A meeting becomes notes and an activity: on whom, on which deal, and what if told anew."""

from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met

from dealwright.core.delivery import State
from dealwright.meetings.meeting import Attendee
from dealwright.meetings.outcome import Matched, Suggestion
from dealwright.meetings.settings import (
    ActivityRules,
    Creating,
    EditedNote,
    NotePer,
    SharedPhone,
)


async def test_a_meeting_becomes_one_note_and_one_activity(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    result = await log.hear(met(JONAS))

    assert log.writes() == ["POST v1/notes", "POST v2/activities"]
    assert log.notes()[101]["deal_id"] == 8
    assert result.state == "synced"


async def test_the_activity_says_when_how_long_and_with_whom(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))

    (activity,) = log.activities()
    when = (activity["due_date"], activity["due_time"][:5], activity["duration"][:5])
    assert when == ("2026-11-20", "14:01", "00:30")
    assert [one["person_id"] for one in activity["participants"]] == [101]
    assert (activity["done"], activity["owner_id"]) == (True, 1)


async def test_a_meeting_costs_25_tokens_when_the_lists_are_known(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.hear(met(JONAS))
    before = log.pipedrive.total_cost
    await log.hear(met(JONAS, key="fathom:2"))

    assert log.pipedrive.total_cost - before <= 25


async def test_nobody_known_is_made_a_person(log: Log) -> None:
    result = await log.hear(met(Attendee(emails=("kim.lee@gmail.com",))))

    (person,) = log.pipedrive.records("persons")
    assert (person["name"], person["owner_id"]) == ("kim.lee", 1)
    assert result.participants[1].match is Matched.CREATED


async def test_a_lost_answer_makes_no_second_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    log.pipedrive.lose_next_answer("POST", "/api/v1/notes")
    await log.hear(met(JONAS))

    assert len(list(log.pipedrive.records("notes"))) == 1
    assert len(log.activities()) == 1


async def test_a_lost_answer_makes_no_second_person(log: Log) -> None:
    log.pipedrive.lose_next_answer("POST", "/api/v2/persons")
    result = await log.hear(met(PRIYA))

    assert len(list(log.pipedrive.records("persons"))) == 1
    assert (len(log.notes()), result.participants[1].match) == (1, Matched.CREATED)


async def test_the_same_told_again_writes_nothing(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.hear(met(JONAS))
    await log.hear(met(JONAS), revision=2)

    assert log.writes() == ["POST v1/notes", "POST v2/activities"]
    assert log.hub.deliveries()[-1].now.state is State.UNCHANGED


async def test_a_new_summary_changes_the_same_note_and_activity(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    assert "42 seats" in log.notes()[101]["content"]
    assert "42 seats" in log.activities()[0]["note"]
    assert len(log.activities()) == 1


async def _edit_note(log: Log) -> None:
    note = log.notes()[101]
    log.pipedrive.put_state({"notes": [{**note, "content": "<p>Mine</p>"}]})


async def test_a_note_that_a_person_edited_stays(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await _edit_note(log)
    result = await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    assert log.notes()[101]["content"] == "<p>Mine</p>"
    assert result.edited == (f"note {log.notes()[101]['id']}",)


async def test_an_edit_stays_however_many_versions_come(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    await _edit_note(log)
    for revision, text in ((2, "Wants 42 seats"), (3, "Wants 43 seats")):
        await log.hear(met(JONAS, text=text), revision=revision)

    assert log.notes()[101]["content"] == "<p>Mine</p>"


async def test_a_new_summary_may_follow_what_a_person_wrote(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.settle(edited_note=EditedNote.APPEND)
    await log.hear(met(JONAS))
    await _edit_note(log)
    await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    content = log.notes()[101]["content"]
    assert content.startswith("<p>Mine</p>")
    assert "42 seats" in content


async def test_a_note_that_was_deleted_is_not_made_again(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    log.pipedrive.put_state({"notes": [{**log.notes()[101], "is_deleted": True}]})
    await log.hear(met(JONAS, text="Wants 42 seats"), revision=2)

    assert log.writes().count("POST v1/notes") == 1


async def test_a_number_is_compared_and_not_its_spelling(log: Log) -> None:
    have(log, {"id": 101, "name": "Jonas Berg", "phones": ["070-174 06 05"]})
    result = await log.hear(met(Attendee(name="", phones=("+46 70 174 06 05",))))

    assert result.participants[1].match is Matched.PHONE
    assert result.participants[1].name == "Jonas Berg"


SHARED = (
    {"id": 101, "name": "Jonas Berg", "phones": ["+46701740605"]},
    {"id": 102, "name": "Kim Lee", "phones": ["+46701740605"]},
)
CALLER = Attendee(phones=("+46701740605",))


async def test_a_number_that_several_have_is_nobodys(log: Log) -> None:
    have(log, *SHARED)
    result = await log.hear(met(CALLER))

    assert result.state == "needs_review:ambiguous_phone"
    assert result.conflicts[0].candidates == (101, 102)
    assert log.writes() == []


async def test_a_name_tells_apart_who_share_a_number(log: Log) -> None:
    have(log, *SHARED)
    result = await log.hear(met(Attendee(name="kim lee", phones=CALLER.phones)))

    assert result.participants[1].person_id == 102
    assert result.warnings == ("shared_phone",)


async def test_the_company_of_another_guest_tells_apart_who_share_a_number(log: Log) -> None:
    have(log, SHARED[0], {**SHARED[1], "emails": ["kim@globex.example"]})
    result = await log.hear(met(CALLER, PRIYA))

    assert result.conflicts[0].decided_by == "organisation"
    assert result.participants[1].person_id == 102


async def test_the_company_counts_wherever_the_other_guest_stands(log: Log) -> None:
    log.pipedrive.put_state({"organizations": [{"id": 5, "name": "Globex"}]})
    priya = {"id": 103, "name": "Priya Nair", "emails": ["priya@globex.example"], "org_id": 5}
    have(log, SHARED[0], {**SHARED[1], "org_id": 5}, priya)
    result = await log.hear(met(CALLER, PRIYA))

    assert (result.conflicts[0].chosen, result.conflicts[0].decided_by) == (102, "organisation")


async def test_a_shared_number_may_mean_all(log: Log) -> None:
    have(log, *SHARED)
    await log.settle(shared_phone=SharedPhone.ALL)
    await log.hear(met(CALLER))

    assert sorted(log.notes(), key=str) == [101, 102]


async def test_of_two_persons_with_one_address_the_one_with_an_open_deal_is_meant(log: Log) -> None:
    have(log, IN_PIPEDRIVE, {**IN_PIPEDRIVE, "id": 102}, deals=(deal(7, 102),))
    result = await log.hear(met(JONAS))

    assert (result.conflicts[0].chosen, result.conflicts[0].decided_by) == (102, "open_deal")
    assert result.warnings == ("duplicate_email",)


async def test_a_tagged_address_is_looked_up_without_its_tag_too(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    result = await log.hear(met(Attendee(emails=("Jonas+crm@acme.example",))))

    assert result.participants[1].person_id == 101


async def test_nobody_is_made_where_that_is_off(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    result = await log.hear(met(PRIYA))

    assert result.state == "needs_review:no_person"
    assert log.writes() == []


async def test_a_name_alone_is_suggested_and_never_applied(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    result = await log.hear(met(Attendee(name="Jonas berg")))

    assert result.state == "needs_review:no_email_or_phone"
    assert result.suggestions == (Suggestion(participant="Jonas berg", person_id=101),)


async def test_colleagues_among_themselves_write_nothing(log: Log) -> None:
    result = await log.hear(met(Attendee(emails=("ops@mail.northwind.example",))))

    assert result.state == "skipped:internal_only"
    assert (log.writes(), log.hub.delivery().now.state) == ([], State.DROPPED)


async def test_a_type_that_the_account_has_not_leaves_the_note(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    result = await log.hear(met(JONAS, said_type="meeting"))

    assert result.activity_reason == "activity_type_not_found"
    assert [(miss.name, miss.why) for miss in result.near_misses] == [("Meeting", "case")]
    assert log.writes() == ["POST v1/notes"]


async def test_a_type_that_was_added_meanwhile_is_found(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS, said_type="Webinar"))
    log.pipedrive.put_state({"activity_types": [{"id": 50, "name": "Webinar"}]})
    log.hub.advance(120)
    result = await log.hear(met(JONAS, said_type="Webinar"), revision=2)

    assert result.activity_reason == ""
    assert len(log.activities()) == 1


async def test_a_refused_activity_leaves_the_note_and_is_not_tried_again(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    log.pipedrive.add_fault(method="POST", path="/api/v2/activities", status=403)
    result = await log.hear(met(JONAS))

    tried = [call for call in log.pipedrive.calls if call.path == "/api/v2/activities"]
    assert (result.state, len(tried)) == ("partial:activity_forbidden", 1)
    assert log.hub.delivery().now.state is State.DELIVERED


async def test_activities_may_be_off_for_a_type(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.settle(activities=ActivityRules(off_types=("Meeting",)))
    result = await log.hear(met(JONAS))

    assert (result.activity_reason, log.writes()) == ("activities_off", ["POST v1/notes"])


async def test_a_planned_activity_is_marked_done_rather_than_doubled(log: Log) -> None:
    planned = {
        "id": 5,
        "subject": "Demo",
        "type": "meeting",
        "due_date": "2026-11-20",
        "due_time": "14:00",
        "person_id": 101,
        "participants": [{"person_id": 101, "primary": True}],
    }
    have(log, IN_PIPEDRIVE)
    log.pipedrive.put_state({"activities": [planned]})
    await log.settle(activities=ActivityRules(complete_existing=True))
    await log.hear(met(JONAS))

    (activity,) = log.activities()
    assert (activity["id"], activity["done"]) == (5, True)


async def test_only_the_primary_guest_gets_a_note_where_that_is_wanted(log: Log) -> None:
    await log.settle(note_per=NotePer.PRIMARY_ONLY)
    await log.hear(met(JONAS, PRIYA))

    assert len(log.notes()) == 1
    assert len(log.activities()[0]["participants"]) == 2


async def test_an_outage_is_waited_out_and_nobody_is_made_twice(log: Log) -> None:
    log.pipedrive.add_fault(method="POST", path="/api/v1/notes", status=503, times=2)
    await log.hear(met(PRIYA))

    assert log.writes() == ["POST v2/persons", "POST v1/notes", "POST v2/activities"]


async def test_an_activity_that_is_there_tells_what_is_so_though_its_type_fits_no_more(
    log: Log,
) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    result = await log.hear(met(JONAS, said_type="Webinar", text="Wants 42 seats"), revision=2)

    (activity,) = log.activities()
    assert "42 seats" in activity["note"]
    assert (activity["type"], result.activity_reason) == ("meeting", "activity_type_not_found")
