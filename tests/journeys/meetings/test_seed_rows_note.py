"""Where people find a meeting in Pipedrive, and what of it gets there at all."""

import json
from typing import Any

import httpx2
import pytest
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, Log, deal, have, met

from dealwright.meetings.meeting import Recording, Segment, Text

SAID = "Between us, we would also pay fifty thousand for the whole thing"
RECORDING = "https://fathom.video/share/AbC-123"


@pytest.fixture
async def logged(log: Log) -> Log:
    """A meeting with transcript, recording and manual notes, on Jonas and his deal."""
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.hear(
        met(
            JONAS,
            transcript=(Segment(speaker="Jonas Berg", text=SAID, start=31.0, end=38.0),),
            recording=Recording(url=RECORDING),
            manual_notes=Text(format="text", text="Call back in May"),
        )
    )
    return log


async def listed(log: Log, path: str) -> list[dict[str, Any]]:
    """What Pipedrive lists there."""
    transport = httpx2.ASGITransport(app=log.pipedrive)
    headers = {"x-api-token": log.pipedrive.token}
    async with httpx2.AsyncClient(transport=transport, base_url="http://pipedrive") as client:
        answer = await client.get(f"/api/{path}", headers=headers)
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


@pytest.mark.parametrize("record", ["person_id=101", "deal_id=7"])
async def test_the_summary_is_among_the_notes_of(logged: Log, record: str) -> None:
    (note,) = await listed(logged, f"v1/notes?{record}")

    assert "Wants a quote" in note["content"]


@pytest.mark.parametrize("record", ["person_id=101", "deal_id=7"])
async def test_the_activity_is_among_the_activities_of(logged: Log, record: str) -> None:
    (activity,) = await listed(logged, f"v2/activities?{record}")

    assert (activity["subject"], activity["done"]) == ("Acme demo", True)


@pytest.mark.parametrize(
    "part",
    ["<h4>", "Acme demo", "Jonas Berg", "/s/fathom-1", "Call back in May", "Wants a quote"],
)
async def test_the_note_is_html_with(logged: Log, part: str) -> None:
    assert part in logged.notes()[101]["content"]


async def test_neither_recording_nor_transcript_reaches_pipedrive(logged: Log) -> None:
    there = json.dumps([*logged.pipedrive.records("notes"), *logged.activities()])

    assert "Wants a quote" in there
    assert [text for text in (SAID, RECORDING, "fathom.video") if text in there] == []


async def test_nothing_but_a_note_and_an_activity_is_sent(logged: Log) -> None:
    assert logged.writes() == ["POST v1/notes", "POST v2/activities"]
