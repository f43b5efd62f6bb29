"""v2 organizations and deals: defaults, stages, statuses, archive, filters."""

from dataclasses import replace

import pytest
from tests.sandbox.conftest import QUIET, TOKEN, Visitor

from dealwright.sandbox.app import create_app


async def test_an_organization_needs_a_name(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/organizations", {"website": "https://a.example"})

    assert reply.error == "Validation failed: name: Parameter 'name' is required"


async def test_an_address_is_replaced_as_a_whole(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/organizations/1", {"address": {"value": "1 Road", "country": "X"}})

    reply = await visitor.patch("/api/v2/organizations/1", {"address": {"value": "2 Road"}})

    assert (reply.data["address"]["value"], reply.data["address"]["country"]) == ("2 Road", None)


async def test_an_address_needs_its_value(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/organizations", {"name": "A", "address": {"country": "X"}})

    assert reply.error == "Validation failed: address.value: Parameter 'value' is required"


async def test_a_nullable_key_is_cleared_by_null(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/organizations/1", {"website": None})

    assert reply.data["website"] is None


async def test_a_new_deal_starts_in_the_first_stage_of_the_first_pipeline(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/deals", {"title": "D"})

    assert (reply.data["pipeline_id"], reply.data["stage_id"]) == (1, 1)


async def test_a_new_deal_has_the_users_currency(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/deals", {"title": "D"})

    assert (reply.data["value"], reply.data["currency"]) == (0, "EUR")


async def test_the_stage_decides_the_pipeline(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/deals", {"title": "D", "stage_id": 6, "pipeline_id": 1})

    assert (reply.data["pipeline_id"], reply.data["stage_id"]) == (2, 6)


async def test_moving_a_deal_notes_when(visitor: Visitor) -> None:
    visitor.sandbox.clock.advance(3600)

    reply = await visitor.patch("/api/v2/deals/1", {"stage_id": 4})

    assert reply.data["stage_change_time"] == "2026-11-22T10:00:00Z"


async def test_winning_a_deal_sets_its_times(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/deals/1", {"status": "won"})

    assert reply.data["won_time"] == reply.data["close_time"] == "2026-11-22T09:00:00Z"


async def test_a_lost_reason_is_for_lost_deals(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/deals/1", {"lost_reason": "Price"})

    assert reply.status == 400


async def test_reopening_keeps_the_lost_reason(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/deals/9", {"status": "open"})

    assert (reply.data["lost_reason"], reply.data["lost_time"]) == ("Price", None)


async def test_null_cannot_clear_the_expected_close_date(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/deals/1", {"expected_close_date": None})

    assert reply.error == (
        "Validation failed: expected_close_date: The value is not a valid 'string'"
    )


async def test_an_empty_text_in_a_date_becomes_zeros(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/deals/1", {"expected_close_date": ""})

    assert reply.data["expected_close_date"] == "0000-00-00"
    visitor.objections.clear()


async def test_a_probability_above_100_is_refused(visitor: Visitor) -> None:
    assert (await visitor.patch("/api/v2/deals/1", {"probability": 101})).status == 400


async def test_an_archived_deal_leaves_the_list(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/deals/1", {"is_archived": True})

    reply = await visitor.get("/api/v2/deals?ids=1,2")

    assert [deal["id"] for deal in reply.data] == [2]


async def test_an_archived_deal_can_only_be_unarchived(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/deals/1", {"is_archived": True})

    assert (await visitor.patch("/api/v2/deals/1", {"title": "X"})).status == 400


async def test_deleted_deals_are_listed_when_asked_for(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/deals/2")

    reply = await visitor.get("/api/v2/deals?status=deleted")

    assert [deal["id"] for deal in reply.data] == [2]


async def test_deals_are_filtered_by_person(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/deals?person_id=6")

    assert [deal["title"] for deal in reply.data] == ["Canteen renewal"]


@pytest.fixture
def full() -> Visitor:
    """Somebody whose plan has room for no more deals."""
    sandbox = create_app(replace(QUIET, plan="lite", seats=1, token=TOKEN))
    sandbox.put_state({"deals": [{"title": f"D{i}"} for i in range(2_500)]})
    return Visitor(sandbox)


async def test_the_plan_caps_open_deals(full: Visitor) -> None:
    reply = await full.post("/api/v2/deals", {"title": "One more"})

    assert reply.status == 403
    assert reply.json == {
        "success": False,
        "error": "Couldn't add the deal. Open deals limit reached.",
        "error_info": "Please check developers.pipedrive.com for more information about "
        "Pipedrive API.",
        "data": None,
        "additional_data": None,
        "code": "feature_capping_deals_limit",
    }


async def test_leads_count_as_deals_for_the_cap(full: Visitor) -> None:
    reply = await full.post("/api/v1/leads", {"title": "One more", "person_id": 1})

    assert (reply.status, reply.json["code"]) == (403, "feature_capping_deals_limit")


async def test_a_closed_deal_needs_no_room(full: Visitor) -> None:
    assert (await full.post("/api/v2/deals", {"title": "D", "status": "won"})).status == 200


async def test_deleted_deals_are_listed_for_30_days(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/deals/1")
    visitor.sandbox.clock.advance(31 * 86_400)

    assert (await visitor.get("/api/v2/deals?status=deleted")).data == []


async def test_stages_of_an_unknown_pipeline_are_none(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/stages?pipeline_id=99")).data == []
