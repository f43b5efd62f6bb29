"""What the page of a meeting does, by the API."""

from typing import Any

import sqlalchemy as sa
from tests.web.api.hub import ApiHub
from tests.web.api.test_meetings import stored

from dealwright.core.people import Role
from dealwright.core.record import Deal, Labelled, Person, RecordKind
from dealwright.meetings.meeting import Attendee, Segment
from dealwright.pipeline.mirrored import row_of
from dealwright.store.audit import entries
from dealwright.store.meeting_choices import choices_of
from dealwright.store.meeting_pages import put_own
from dealwright.store.meeting_tables import meetings
from dealwright.store.meetings import linked_deal, meeting, meeting_by_public_id
from dealwright.store.mirror import put_records

SAID = (
    Segment(start=1.0, end=4.0, speaker="Ada", text="I will send the signed offer on Friday."),
    Segment(start=5.0, end=9.0, speaker="Ben", text="We need the budget of 20,000 approved first."),
)
ADA = Attendee(name="Ada", emails=("ada@love.example",))
PERSON = Person(id=101, name="Ada Keller", emails=(Labelled(value="ada@love.example"),))
DEAL = Deal(id=7, title="Love, 40 seats", person_id=101, status="open")


async def held(hub: ApiHub) -> str:
    """A meeting of Connection 1 with a transcript and one guest; the id of its page."""
    public = await stored(hub)

    def fill(db: sa.Connection) -> None:
        one = meeting_by_public_id(db, public)
        db.execute(sa.update(meetings).values(connection_id=1, state="synced"))
        body = type(one.body)(key=one.body.key, source="generic", attendees=(ADA,), transcript=SAID)
        put_own(db, one.id, body, now_ms=hub.now_ms())
        for kind, record in ((RecordKind.PERSON, PERSON), (RecordKind.DEAL, DEAL)):
            row = row_of(record, kind, checked_at_ms=1, exact=True, region=None)
            put_records(db, 1, [row])

    await hub.store.write(fill)
    return public


async def ask(hub: ApiHub, method: str, path: str, body: Any = None) -> Any:
    """What a member's program is answered."""
    async with hub.client(Role.MEMBER) as client:
        return await client.request(method, f"/meetings/{path}", json=body)


async def first(hub: ApiHub) -> Any:
    """The meeting as it is now."""
    return await hub.store.read(lambda db: meeting(db, 1))


async def test_a_summary_is_written_by_hand(hub: ApiHub) -> None:
    page = await held(hub)
    given = {"text": "All well", "next_steps": "Ada: call"}
    answer = await ask(hub, "PUT", f"{page}/summary", given)
    summary = (await first(hub)).body.summary
    assert (answer.status_code, summary.origin, summary.body.text) == (200, "manual", "All well")


async def test_versions_are_listed_and_used_again(hub: ApiHub) -> None:
    page = await held(hub)
    for text in ("One", "Two"):
        await ask(hub, "PUT", f"{page}/summary", {"text": text})
    listed = (await ask(hub, "GET", f"{page}/summaries")).json()["items"]
    assert [one["summary"]["body"]["text"] for one in listed] == ["Two", "One"]
    await ask(hub, "POST", f"{page}/summaries/1/use")
    assert (await first(hub)).body.summary.body.text == "One"


async def test_a_version_that_is_not_there_is_said(hub: ApiHub) -> None:
    page = await held(hub)
    assert (await ask(hub, "POST", f"{page}/summaries/9/use")).status_code == 404


async def test_a_summary_is_made_anew_by_a_template(hub: ApiHub) -> None:
    page = await held(hub)
    answer = await ask(hub, "POST", f"{page}/summary/regenerate", {"template": "demo"})
    summary = (await first(hub)).body.summary
    assert (answer.status_code, summary.origin, summary.template) == (200, "local", "demo")


async def test_a_template_that_is_not_there_is_said(hub: ApiHub) -> None:
    page = await held(hub)
    answer = await ask(hub, "POST", f"{page}/summary/regenerate", {"template": "song"})
    assert answer.status_code == 404


async def test_notes_are_written(hub: ApiHub) -> None:
    page = await held(hub)
    await ask(hub, "PUT", f"{page}/notes", {"text": "Mine"})
    assert (await first(hub)).body.manual_notes.text == "Mine"


async def test_a_person_is_looked_for_and_chosen(hub: ApiHub) -> None:
    page = await held(hub)
    (found,) = (await ask(hub, "GET", f"{page}/people?q=keller")).json()["items"]
    await ask(hub, "PUT", f"{page}/person", {"slot": "Ada", "person_id": found["id"]})
    kept = await hub.store.read(lambda db: choices_of(db, 1))
    assert [(one.slot, one.person_id, one.removes) for one in kept] == [("Ada", 101, False)]
    await ask(hub, "POST", f"{page}/person/forget", {"slot": "Ada"})
    assert await hub.store.read(lambda db: choices_of(db, 1)) == []


async def test_a_deal_is_looked_for_and_linked(hub: ApiHub) -> None:
    page = await held(hub)
    (found,) = (await ask(hub, "GET", f"{page}/deals?q=seats")).json()["items"]
    await ask(hub, "PUT", f"{page}/deal", {"deal_id": found["id"]})
    linked = await hub.store.read(lambda db: linked_deal(db, 1, meeting_id=1))
    assert linked is not None
    assert (linked.deal_id, linked.origin) == (7, "user")


async def test_the_transcript_is_told_and_as_captions(hub: ApiHub) -> None:
    page = await held(hub)
    told = (await ask(hub, "GET", f"{page}/transcript")).json()["items"]
    captions = await ask(hub, "GET", f"{page}/transcript.vtt")
    assert [one["speaker"] for one in told] == ["Ada", "Ben"]
    assert captions.text.startswith("WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ada>")


async def test_why_there_is_no_note_is_told(hub: ApiHub) -> None:
    page = await stored(hub)
    (why, *_) = (await ask(hub, "GET", f"{page}/why")).json()["items"]
    assert (why["question"], why["asked"]) == ("no_note", "Why is there no note?")


async def test_activity_types_are_read_anew(hub: ApiHub) -> None:
    page = await held(hub)
    answer = await ask(hub, "POST", f"{page}/refresh-types")
    noted = await hub.store.read(lambda db: entries(db, limit=1))
    assert (answer.status_code, noted[0].action) == (200, "meeting.retry")


async def test_a_meeting_of_no_account_has_no_types(hub: ApiHub) -> None:
    page = await stored(hub)
    assert (await ask(hub, "POST", f"{page}/refresh-types")).status_code == 404


async def test_a_link_is_made_listed_and_revoked(hub: ApiHub) -> None:
    page = await held(hub)
    made = await ask(hub, "POST", f"{page}/shares", {"scope": "transcript", "days": 3})
    assert (made.status_code, "/shared/" in made.json()["url"]) == (201, True)
    await ask(hub, "DELETE", f"{page}/shares/{made.json()['id']}")
    (listed,) = (await ask(hub, "GET", f"{page}/shares")).json()["items"]
    assert listed["revoked_at"] is not None
    assert "url" not in listed


async def test_a_retry_is_queued_once_for_one_key(hub: ApiHub) -> None:
    page = await held(hub)
    async with hub.client(Role.MEMBER, Idempotency_Key="k") as client:
        for _ in range(2):
            await client.post(f"/meetings/{page}/retry")
    noted = await hub.store.read(lambda db: entries(db, limit=9, action="meeting.retry"))
    assert len(noted) == 1
