"""v2 activities: participants, links, times, types."""

from dataclasses import replace

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import Switches


async def test_the_primary_participant_becomes_the_person(visitor: Visitor) -> None:
    both = [{"person_id": 1}, {"person_id": 2, "primary": True}]

    reply = await visitor.post("/api/v2/activities", {"participants": both})

    assert reply.data["person_id"] == 2


async def test_a_person_id_is_taken_and_ignored(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/activities", {"person_id": 1})

    assert reply.data["person_id"] is None


async def test_a_person_id_is_refused_by_switch() -> None:
    strict = create_app(replace(QUIET, switches=Switches(activity_person_id="reject")))

    reply = await Visitor(strict).post("/api/v2/activities", {"person_id": 1})

    assert reply.status == 400


async def test_only_the_primary_participant_is_found_by_person(visitor: Visitor) -> None:
    both = [{"person_id": 24}, {"person_id": 25, "primary": True}]
    await visitor.post("/api/v2/activities", {"participants": both})

    assert (await visitor.get("/api/v2/activities?person_id=24")).data == []


async def test_a_deal_wins_over_a_lead(visitor: Visitor) -> None:
    lead = visitor.sandbox.records("leads")[0]["id"]

    reply = await visitor.post("/api/v2/activities", {"deal_id": 1, "lead_id": lead})

    assert (reply.data["deal_id"], reply.data["lead_id"]) == (1, None)


async def test_the_organization_of_the_deal_is_linked(visitor: Visitor) -> None:
    assert (await visitor.post("/api/v2/activities", {"deal_id": 3})).data["org_id"] == 3


async def test_a_bad_due_time_is_refused_in_pipedrives_words(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/activities", {"due_time": "9am"})

    assert reply.error == "Validation failed: due_time: This value is not a valid datetime."


@pytest.mark.parametrize("sent", ["09:30", "09:30:00"])
async def test_a_due_time_comes_back_with_seconds(visitor: Visitor, sent: str) -> None:
    reply = await visitor.post("/api/v2/activities", {"due_time": sent})

    assert reply.data["due_time"] == "09:30:00"


async def test_an_unknown_type_is_refused(visitor: Visitor) -> None:
    assert (await visitor.post("/api/v2/activities", {"type": "online_demo"})).status == 400


async def test_a_renamed_type_is_written_by_its_old_key(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/activities", {"type": "video_call"})

    assert reply.data["type"] == "video_call"


async def test_done_notes_when(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/activities/1", {"done": True})

    assert reply.data["marked_as_done_time"] == "2026-11-22T09:00:00Z"


async def test_guests_come_only_when_asked_for(visitor: Visitor) -> None:
    made = await visitor.post("/api/v2/activities", {"attendees": [{"email": "g@x.example"}]})

    reply = await visitor.get(f"/api/v2/activities/{made.data['id']}?include_fields=attendees")

    assert "attendees" not in made.data
    assert reply.data["attendees"][0]["email"] == "g@x.example"
    visitor.objections.clear()


async def test_a_note_over_100_kb_is_refused(visitor: Visitor) -> None:
    assert (await visitor.post("/api/v2/activities", {"note": "x" * 100_001})).status == 400
