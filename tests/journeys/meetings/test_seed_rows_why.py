"""The troubleshooting list: each fault in a meeting of its own, and what its page answers."""

from typing import Any

from tests.journeys.meetings.log import BASE_URL, IN_PIPEDRIVE, JONAS, Log, deal, have, met

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.meetings.meeting import Attendee
from dealwright.meetings.settings import ActivityRules, Creating
from dealwright.meetings.why import Answer, Fix, Question
from dealwright.pipeline.meetingacts import choose_deal
from dealwright.pipeline.meetingpage import meeting_page
from dealwright.store.meetings import meeting

NAMELESS = Attendee(name="A guest")


async def page(log: Log) -> Any:
    """The page of the meeting."""
    return await log.hub.store.read(
        lambda db: meeting_page(db, meeting(db, 1).public_id, base_url=BASE_URL)
    )


async def answered(log: Log, question: Question) -> Answer:
    """The first answer to one of the questions."""
    shown = await page(log)
    return next(one for one in shown.answers if one.question is question)


async def test_no_note_for_nobody_matches(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    await log.hear(met(JONAS))
    answer = await answered(log, Question.NO_NOTE)

    assert (answer.code, Fix.CHOOSE_PERSON in answer.fixes) == ("no_person", True)
    assert log.writes() == []


async def test_no_note_for_the_receiver_has_neither_email_nor_phone(log: Log) -> None:
    await log.hear(met(NAMELESS))
    answer = await answered(log, Question.NO_NOTE)

    assert answer.code == "no_email_or_phone"
    assert "neither an e-mail address nor a phone number" in answer.sentence


async def test_no_note_yet_for_it_is_about_to_be_written(log: Log) -> None:
    await log.settle()
    await log.queue(met(JONAS))

    assert (await answered(log, Question.NO_NOTE)).fixes == (Fix.WAIT,)


async def test_no_note_yet_for_the_summary_is_still_made(log: Log) -> None:
    await log.settle()
    await log.queue(met(JONAS, summary=None, summary_expected=True), waits_s=900)
    await log.hub.run_once()
    answer = await answered(log, Question.NO_NOTE)

    assert (answer.code, answer.fixes) == ("summary", (Fix.WAIT, Fix.RETRY))
    assert log.notes() == {}


async def test_not_on_a_deal_for_the_person_has_none(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    answer = await answered(log, Question.NOT_ON_DEAL)

    assert (answer.code, answer.fixes) == ("person_has_no_deal", (Fix.LINK_DEAL,))


async def test_not_on_the_deal_for_the_meeting_was_not_linked(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    await log.hear(met(JONAS))
    answer = await answered(log, Question.NOT_ON_DEAL)

    assert answer.code == "latest_created"
    assert "deal 8" in answer.sentence


async def test_linking_the_deal_puts_it_right(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    await log.hear(met(JONAS))
    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(lambda db: choose_deal(db, meeting(db, 1), 7, by=CLI, now_ms=now_ms))
    await log.hub.run_until_idle()
    shown = await page(log)

    assert Question.NOT_ON_DEAL not in {one.question for one in shown.answers}
    assert log.notes()[101]["deal_id"] == 7


async def test_not_on_the_deal_for_the_linked_one_is_gone(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.settle()
    await log.queue(met(JONAS))
    now_ms = to_ms(log.hub.clock.now())
    await log.hub.store.write(lambda db: choose_deal(db, meeting(db, 1), 77, by=CLI, now_ms=now_ms))
    await log.hub.run_until_idle()
    answer = await answered(log, Question.NOT_ON_DEAL)

    assert answer.code == "linked_deal_not_found"
    assert "deal 77" in answer.sentence


async def test_no_activity_for_no_type_has_the_name(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS, said_type="Webinar"))
    answer = await answered(log, Question.NO_ACTIVITY)

    assert (answer.code, Fix.REFRESH_TYPES in answer.fixes) == ("activity_type_not_found", True)
    assert "“Webinar”" in answer.sentence


async def test_no_activity_for_the_name_differs_in_capitals(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS, said_type="meeting"))

    assert (
        "“Meeting” differs in capital letters"
        in (await answered(log, Question.NO_ACTIVITY)).sentence
    )


async def test_no_activity_for_the_user_may_not(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    log.pipedrive.add_fault(method="POST", path="/api/v2/activities", status=403)
    await log.hear(met(JONAS))
    answer = await answered(log, Question.NO_ACTIVITY)

    assert (answer.code, answer.fixes) == ("activity_forbidden", (Fix.RETRY,))
    assert len(log.notes()) == 1


async def test_no_activity_for_they_are_switched_off(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.settle(activities=ActivityRules(enabled=False))
    await log.hear(met(JONAS))

    assert (await answered(log, Question.NO_ACTIVITY)).code == "activities_off"


async def test_the_wrong_person_for_two_have_one_address(log: Log) -> None:
    have(log, IN_PIPEDRIVE, {**IN_PIPEDRIVE, "id": 102})
    await log.hear(met(JONAS))
    answer = await answered(log, Question.WRONG_PERSON)

    assert (answer.code, Fix.CHOOSE_PERSON in answer.fixes) == ("duplicate_email", True)
    assert "101, 102" in answer.sentence


async def test_no_person_for_a_number_is_shared(log: Log) -> None:
    shared = {"phones": ["+46701740605"]}
    have(log, {"id": 101, "name": "Jonas", **shared}, {"id": 102, "name": "Kim", **shared})
    await log.hear(met(Attendee(phones=("+46 70 174 06 05",))))

    assert (await answered(log, Question.NO_NOTE)).code == "ambiguous_phone"
    assert (await answered(log, Question.WRONG_PERSON)).code == "shared_phone"


async def test_a_meeting_that_stands_as_it_should_tells_how_its_guest_was_found(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))

    assert (await answered(log, Question.WRONG_PERSON)).sentence.endswith("by e-mail address.")
