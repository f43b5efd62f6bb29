"""The living v1: notes, leads, users, activity types, merging, conversion."""

from typing import Any

import pytest
from tests.sandbox.conftest import Visitor


async def note(visitor: Visitor, content: str) -> Any:
    return (await visitor.post("/api/v1/notes", {"content": content, "person_id": 1})).data


CLEANED = [
    ('<p style="color:red">x</p>', "<p>x</p>"),
    ('<a href="https://x.example" target="_blank">x</a>',
     '<a href="https://x.example" rel="noopener noreferrer">x</a>'),
    ("a & b", "a &amp; b"),
    ("a<br/>b", "a<br>b"),
    ("a<!-- marker -->b", "ab"),
    ("a<script>alert(1)</script>b", "ab"),
    ("a<iframe src='x'>y</iframe>b", "ab"),
    ('<img src="x.png" onerror="alert(1)">', '<img src="x.png">'),
    ("<h4>é</h4><ul><li>✓</li></ul>", "<h4>é</h4><ul><li>✓</li></ul>"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "kept"), CLEANED)
async def test_a_notes_html_is_sanitised(visitor: Visitor, sent: str, kept: str) -> None:
    assert (await note(visitor, sent))["content"] == kept


async def test_a_note_must_be_linked(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v1/notes", {"content": "x"})

    assert reply.json == {
        "success": False,
        "error": "Note must be associated with at least one organization, person, deal, lead "
        "or project.",
        "error_info": "Please check developers.pipedrive.com for more information about "
        "Pipedrive API.",
        "data": None,
        "additional_data": None,
    }


async def test_a_note_over_100_kb_is_refused(visitor: Visitor) -> None:
    body = {"content": "x" * 100_001, "person_id": 1}

    assert (await visitor.post("/api/v1/notes", body)).status == 400


async def test_a_pin_needs_its_link(visitor: Visitor) -> None:
    body = {"content": "x", "person_id": 1, "pinned_to_deal_flag": 1}

    assert (await visitor.post("/api/v1/notes", body)).status == 400


async def test_a_pin_is_sent_as_a_number_and_shown_as_a_boolean(visitor: Visitor) -> None:
    body = {"content": "x", "person_id": 1, "pinned_to_person_flag": 1}

    assert (await visitor.post("/api/v1/notes", body)).data["pinned_to_person_flag"] is True


async def test_a_deleted_note_is_still_given_by_id(visitor: Visitor) -> None:
    await visitor.delete("/api/v1/notes/1")

    assert (await visitor.get("/api/v1/notes/1")).data["active_flag"] is False


async def test_notes_are_listed_by_deal(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v1/notes?deal_id=1")

    assert [row["id"] for row in reply.data] == [1]


async def test_notes_are_paged_by_start(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v1/notes?start=1&limit=1")

    assert reply.json["additional_data"]["pagination"] == {
        "start": 1,
        "limit": 1,
        "more_items_in_collection": True,
        "next_start": 2,
    }


async def test_a_note_can_be_back_dated(visitor: Visitor) -> None:
    body = {"content": "x", "person_id": 1, "add_time": "2020-01-02 03:04:05"}

    assert (await visitor.post("/api/v1/notes", body)).data["add_time"] == "2020-01-02 03:04:05"


async def test_v1_answers_without_the_api_prefix_too(visitor: Visitor) -> None:
    assert (await visitor.get("/v1/users/me")).data["company_domain"] == "tallinncoffee"


async def test_a_form_body_is_taken(visitor: Visitor) -> None:
    reply = await visitor.send(
        "POST", "/api/v1/notes", data={"content": "From a form", "person_id": "1"}
    )

    assert reply.data["person_id"] == 1


async def test_a_created_lead_is_201(visitor: Visitor) -> None:
    assert (await visitor.post("/api/v1/leads", {"title": "L", "person_id": 1})).status == 201


async def test_a_lead_needs_somebody(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v1/leads", {"title": "L"})

    assert reply.error == 'One of the "person_id" or "organization_id" must be set.'


async def test_a_lead_cannot_lose_its_last_link(visitor: Visitor) -> None:
    made = await visitor.post("/api/v1/leads", {"title": "L", "person_id": 1})

    reply = await visitor.patch(f"/api/v1/leads/{made.data['id']}", {"person_id": None})

    assert reply.status == 400


async def test_a_lead_title_has_255_characters_at_most(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v1/leads", {"title": "x" * 256, "person_id": 1})

    assert reply.error == '"title" length must be less than or equal to 255 characters long'


async def test_an_unknown_lead_is_404_in_v1s_words(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v1/leads/00000000-0000-4000-a000-000000000000")

    assert (reply.status, reply.error) == (404, "requested lead not found")


async def test_an_archived_lead_leaves_the_list(visitor: Visitor) -> None:
    first = (await visitor.get("/api/v1/leads")).data[0]["id"]
    await visitor.patch(f"/api/v1/leads/{first}", {"is_archived": True})

    assert first not in [row["id"] for row in (await visitor.get("/api/v1/leads")).data]


async def test_the_paging_keys_of_leads_are_not_nested(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v1/leads?limit=1")

    assert reply.json["additional_data"] == {
        "start": 0,
        "limit": 1,
        "more_items_in_collection": True,
    }


async def test_the_list_of_users_keeps_the_deactivated(visitor: Visitor) -> None:
    rows = (await visitor.get("/api/v1/users")).data

    assert [row["name"] for row in rows if not row["active_flag"]] == ["Timo Saar"]


async def test_a_renamed_activity_type_keeps_its_key(visitor: Visitor) -> None:
    rows = (await visitor.get("/api/v1/activityTypes")).data

    assert ("Online demo", "video_call") in [(row["name"], row["key_string"]) for row in rows]


async def test_an_inactive_activity_type_is_listed(visitor: Visitor) -> None:
    rows = (await visitor.get("/api/v1/activityTypes")).data

    assert [row["name"] for row in rows if not row["active_flag"]] == ["Lunch"]


async def converted(visitor: Visitor) -> Any:
    lead = visitor.sandbox.records("leads")[0]["id"]
    await visitor.post("/api/v1/notes", {"content": "x", "lead_id": lead})
    path = f"/api/v2/leads/{lead}/convert"
    started = await visitor.post(f"{path}/deal", {"stage_id": 5})
    return lead, f"{path}/status/{started.data['conversion_id']}"


async def test_a_conversion_takes_its_time(visitor: Visitor) -> None:
    _, status = await converted(visitor)

    assert (await visitor.get(status)).data["status"] == "not_started"


async def test_a_conversion_ends_with_a_deal(visitor: Visitor) -> None:
    _, status = await converted(visitor)
    visitor.sandbox.clock.advance(1)

    done = (await visitor.get(status)).data
    deal = await visitor.get(f"/api/v2/deals/{done['deal_id']}")

    assert (done["status"], deal.data["title"], deal.data["stage_id"]) == (
        "completed",
        "Asked for a price list",
        5,
    )


async def test_a_converted_lead_is_gone(visitor: Visitor) -> None:
    lead, _ = await converted(visitor)
    visitor.sandbox.clock.advance(1)

    assert (await visitor.get(f"/api/v1/leads/{lead}")).status == 404


async def test_the_notes_of_a_converted_lead_move(visitor: Visitor) -> None:
    _, status = await converted(visitor)
    visitor.sandbox.clock.advance(1)
    deal = (await visitor.get(status)).data["deal_id"]

    assert len((await visitor.get(f"/api/v1/notes?deal_id={deal}")).data) == 1


async def test_stage_and_pipeline_together_are_refused(visitor: Visitor) -> None:
    lead = visitor.sandbox.records("leads")[0]["id"]

    reply = await visitor.post(
        f"/api/v2/leads/{lead}/convert/deal", {"stage_id": 1, "pipeline_id": 1}
    )

    assert reply.status == 400


async def test_the_record_merged_with_survives(visitor: Visitor) -> None:
    await visitor.put("/api/v1/persons/6/merge", {"merge_with_id": 7})

    lost = await visitor.get("/api/v2/persons/6")
    kept = await visitor.get("/api/v2/persons/7")

    assert (lost.data["is_deleted"], kept.data["name"]) == (True, "Jürgen Müller")


async def test_the_survivor_takes_addresses_over(visitor: Visitor) -> None:
    await visitor.put("/api/v1/persons/6/merge", {"merge_with_id": 7})

    kept = await visitor.get("/api/v2/persons/7")

    assert [email["value"] for email in kept.data["emails"]] == [
        "jurgen.muller@mueller.example",
        "heike.muller@mueller.example",
        "heike@home.example",
    ]


async def test_what_pointed_at_the_lost_points_at_the_survivor(visitor: Visitor) -> None:
    await visitor.put("/api/v1/persons/6/merge", {"merge_with_id": 7})

    deals = await visitor.get("/api/v2/deals?person_id=7")

    assert [deal["title"] for deal in deals.data] == ["Canteen renewal"]


async def test_a_record_cannot_be_merged_with_itself(visitor: Visitor) -> None:
    assert (await visitor.put("/api/v1/persons/6/merge", {"merge_with_id": 6})).status == 400
