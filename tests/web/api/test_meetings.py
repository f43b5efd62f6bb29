"""Meetings by the API: told, brought as files, listed and shown."""

from typing import Any

import sqlalchemy as sa
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.meetings.meeting import Meeting
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.meeting_tables import meeting_inbox

TOLD = {
    "type": "meeting.completed",
    "timestamp": "2026-11-22T09:00:00Z",
    "data": {
        "id": "m-1",
        "started_at": "2026-11-22T08:00:00Z",
        "participants": [{"email": "ada@love.example"}],
    },
}
VTT = b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>We meet on Tuesday.\n"


async def tell(hub: ApiHub, body: Any, *, role: Role = Role.MEMBER) -> Any:
    async with hub.client(role) as client:
        return await client.post("/meetings", json=body)


async def bring(hub: ApiHub, raw: bytes, *, name: str = "call.vtt", **form: Any) -> Any:
    async with hub.client(Role.MEMBER) as client:
        return await client.post("/meetings/upload", files={"file": (name, raw)}, data=form)


async def waiting(hub: ApiHub) -> int:
    """How many raw deliveries are to be read."""
    count = sa.select(sa.func.count()).select_from(meeting_inbox)
    of_it = count.where(meeting_inbox.c.state == "open")
    return await hub.store.read(lambda db: db.execute(of_it).scalar_one())


async def stored(hub: ApiHub, *, at: int = 1) -> str:
    """A Meeting that the desk has made; the id of its page."""
    public = f"00000000-0000-7000-8000-{at:012}"
    await tell(hub, TOLD)
    (source,) = await hub.store.read(list_meeting_sources)
    new = NewMeeting(
        public_id=public,
        source_id=source.source_id,
        connection_id=None,
        revision=1,
        body=Meeting(key=f"generic:{at}", source="generic", title=f"Talk {at}"),
        merge=None,
        state="needs_review:no_connection",
        next_at_ms=None,
        title="",
    )
    await hub.store.write(lambda db: put_meeting(db, new, meeting_id=None, now_ms=hub.now_ms()))
    return public


async def test_what_is_told_is_kept_and_its_page_named(hub: ApiHub) -> None:
    answer = await tell(hub, TOLD)
    told = answer.json()
    assert (answer.status_code, await waiting(hub)) == (202, 1)
    assert told["url"].endswith(f"/s/{told['meeting_id']}")


async def test_the_same_again_is_the_same_meeting(hub: ApiHub) -> None:
    first, second = await tell(hub, TOLD), await tell(hub, TOLD)
    assert (first.json(), await waiting(hub)) == (second.json(), 1)


async def test_a_fault_is_named_by_its_place(hub: ApiHub) -> None:
    answer = await tell(hub, {**TOLD, "data": {"id": "m-1", "started_at": 7}})
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["faults"]] == ["/data/started_at"]


async def test_what_is_of_no_meeting_is_refused(hub: ApiHub) -> None:
    answer = await tell(hub, {**TOLD, "type": "meeting.dreamt"})
    assert (answer.status_code, await waiting(hub)) == (422, 0)


async def test_a_viewer_tells_of_nothing(hub: ApiHub) -> None:
    assert (await tell(hub, TOLD, role=Role.VIEWER)).status_code == 403


async def test_a_transcript_is_brought_as_a_file(hub: ApiHub) -> None:
    answer = await bring(
        hub,
        VTT,
        title="Call with Ada",
        started_at="2026-11-22T08:00:00Z",
        participants="Ada <ada@love.example>",
    )
    (one,) = answer.json()["items"]
    assert (answer.status_code, one["kind"], await waiting(hub)) == (202, "vtt", 1)


async def test_a_file_that_says_no_moment_needs_one(hub: ApiHub) -> None:
    answer = await bring(hub, VTT)
    assert (answer.status_code, answer.json()["code"]) == (422, "start_missing")


async def test_a_file_of_no_kind_is_refused(hub: ApiHub) -> None:
    answer = await bring(hub, b"\x89PNG\0\0", name="face.png")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unreadable")


async def test_files_have_one_source_of_their_own(hub: ApiHub) -> None:
    for _ in range(2):
        await bring(hub, VTT, started_at="2026-11-22T08:00:00Z")
    sources = await hub.store.read(list_meeting_sources)
    assert [one.kind for one in sources] == ["upload"]


async def test_meetings_are_listed_page_by_page(hub: ApiHub) -> None:
    for at in (1, 2, 3):
        await stored(hub, at=at)
    async with hub.client(Role.VIEWER) as client:
        first = (await client.get("/meetings", params={"limit": 2})).json()
        cursor = first["next_cursor"]
        rest = (await client.get("/meetings", params={"limit": 2, "cursor": cursor})).json()
    titles = [one["title"] for one in first["items"] + rest["items"]]
    assert (titles, rest["next_cursor"]) == (["Talk 3", "Talk 2", "Talk 1"], None)


async def test_a_meeting_is_shown_by_the_id_of_its_page(hub: ApiHub) -> None:
    public = await stored(hub)
    async with hub.client(Role.VIEWER) as client:
        shown = (await client.get(f"/meetings/{public}")).json()
    assert (shown["key"], shown["activity"]["created"]) == ("generic:1", False)


async def test_nobody_is_shown_what_is_not_there(hub: ApiHub) -> None:
    async with hub.client(Role.VIEWER) as client:
        answer = await client.get("/meetings/00000000-0000-7000-8000-000000000009")
    assert answer.status_code == 404
