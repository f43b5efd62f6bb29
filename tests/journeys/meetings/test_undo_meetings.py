"""Undo of a meeting: its note and activity go on wish, and stay where somebody has edited them."""

from tests.hub import Hub
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, have, met
from tests.journeys.undoing import by_hand, codes, preview, undo


def standing(log: Log) -> list[str]:
    """What of the meeting is there."""
    notes = [note for note in log.pipedrive.records("notes") if not note["is_deleted"]]
    kept = [one for one in log.activities() if not one["is_deleted"]]
    return ["note"] * len(notes) + ["activity"] * len(kept)


async def test_a_meeting_is_taken_out_of_pipedrive(hub: Hub, log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    seen = await undo(hub, meeting=1, remove_created=True)
    assert (codes(seen), standing(log)) == (["undone", "undone"], [])


async def test_a_note_that_somebody_has_edited_stays(hub: Hub, log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    (note,) = log.pipedrive.records("notes")
    hub.advance(5)
    by_hand(log.pipedrive, "note", note["id"], content="Mine")
    seen = await undo(hub, meeting=1, remove_created=True)
    assert (codes(seen), standing(log)) == (["undo_refused", "undone"], ["note"])


async def test_a_person_made_for_a_meeting_goes_with_it(hub: Hub, log: Log) -> None:
    await log.hear(met(PRIYA))
    seen = await undo(hub, meeting=1, remove_created=True)
    (person,) = log.pipedrive.records("persons")
    assert codes(seen) == ["undone"] * 3
    assert person["is_deleted"] is True


async def test_nothing_of_a_meeting_goes_unless_that_is_wished(hub: Hub, log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))
    plan = await preview(hub, meeting=1)
    refused = [one.code for record in plan.records for one in record.reversal.refused]
    assert (plan.to_do, refused) == ((), ["created_kept", "created_kept"])
