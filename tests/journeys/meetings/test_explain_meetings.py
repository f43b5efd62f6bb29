"""What a meeting wrote is explained by the meeting, on the note and on the person."""

from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, have, met

from dealwright.core.record import RecordKind
from dealwright.meetings.meeting import Attendee
from dealwright.pipeline.explaindelivery import explain_delivery
from dealwright.pipeline.explainrecord import explain_record
from dealwright.pipeline.stories import RecordStory


async def told(log: Log, kind: RecordKind, record_id: int) -> RecordStory:
    """The story of a record."""
    found = await log.hub.connection()
    return await log.hub.store.read(
        lambda db: explain_record(db, found, kind, record_id, actions=log.hub.actions)
    )


async def test_the_note_says_of_which_meeting_it_is(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    note_id = log.notes()[101]["id"]

    (cause,) = (await told(log, RecordKind.NOTE, note_id)).causes
    assert (cause.by, cause.meeting) == ("meeting", "fathom-1")
    assert "the meeting “Acme demo”" in cause.sentence


async def test_the_person_says_which_note_is_about_it(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    note_id = log.notes()[101]["id"]

    happened = [one.sentence for one in (await told(log, RecordKind.PERSON, 101)).happenings]
    assert f"Note {note_id} is about it, of the meeting fathom-1." in happened


async def test_a_person_who_was_made_for_a_meeting_says_so(log: Log) -> None:
    await log.hear(met(PRIYA))
    (person,) = log.pipedrive.records("persons")

    story = await told(log, RecordKind.PERSON, person["id"])
    assert story.made_by == 1
    assert story.causes[0].by == "meeting"


async def test_a_meeting_with_a_guest_nobody_can_know_says_where_to_say_who_it_is(
    log: Log,
) -> None:
    await log.hear(met(Attendee(name="Kim Lee")))

    story = await log.hub.store.read(lambda db: explain_delivery(db, 1))
    assert (story.code, story.hint.do) == (
        "no_email_or_phone",
        "Say who they are, on the meeting's page. Or see what may be decided: `dealwright review`.",
    )
