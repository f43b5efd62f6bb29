"""Smaller rules: wrong verbs, pipelines, the feed of changes, switches."""

from dataclasses import replace

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import Switches


async def test_a_wrong_verb_is_405_in_v2(visitor: Visitor) -> None:
    assert (await visitor.put("/api/v2/persons/1", {})).status == 405


async def test_users_in_v2_are_a_scope_mismatch(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/users/1")

    assert (reply.status, reply.error) == (403, "Scope and URL mismatch")


async def test_nobody_has_a_picture(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons/1/picture")).status == 404


async def test_a_new_stage_goes_to_the_end_of_its_pipeline(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/stages", {"name": "Signed", "pipeline_id": 1})

    assert reply.data["order_nr"] == 5


async def test_the_feed_shows_what_has_changed_since(visitor: Visitor) -> None:
    visitor.sandbox.clock.advance(60)
    await visitor.patch("/api/v2/persons/4", {"name": "Changed"})

    reply = await visitor.get("/api/v1/recents?since_timestamp=2026-11-22 09:00:30")

    assert [(row["item"], row["id"]) for row in reply.data] == [("person", 4)]


async def test_an_empty_object_of_custom_fields_changes_nothing(visitor: Visitor) -> None:
    before = (await visitor.get("/api/v2/organizations/1")).data["custom_fields"]

    reply = await visitor.patch("/api/v2/organizations/1", {"custom_fields": {}})

    assert reply.data["custom_fields"] == before


async def test_an_empty_object_of_custom_fields_clears_them_by_switch() -> None:
    switches = Switches(empty_custom_fields="clear")
    visitor = Visitor(create_app(replace(QUIET, switches=switches)))

    reply = await visitor.patch("/api/v2/organizations/1", {"custom_fields": {}})

    assert set(reply.data["custom_fields"].values()) == {None}


async def test_a_deleted_record_is_missing_by_switch() -> None:
    visitor = Visitor(create_app(replace(QUIET, switches=Switches(deleted_by_id="missing"))))
    await visitor.delete("/api/v2/persons/1")

    assert (await visitor.get("/api/v2/persons/1")).status == 404


async def test_an_address_without_an_at_sign_is_taken(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"name": "A", "emails": [{"value": "none"}]})

    assert reply.status == 200


async def test_an_address_without_an_at_sign_is_refused_by_switch() -> None:
    visitor = Visitor(create_app(replace(QUIET, switches=Switches(email_syntax="checked"))))

    reply = await visitor.post("/api/v2/persons", {"name": "A", "emails": [{"value": "none"}]})

    assert reply.status == 400


async def test_a_fault_of_the_sandbox_itself_is_pipedrives_500(visitor: Visitor) -> None:
    visitor.sandbox.world.default_company.pipelines.clear()

    reply = await visitor.post("/api/v2/deals", {"title": "D"})

    assert (reply.status, reply.json["code"]) == (500, "ERR_UNKNOWN")


@pytest.mark.parametrize("path", ["persons", "organizations", "deals"])
async def test_a_label_that_there_is_not_is_refused(visitor: Visitor, path: str) -> None:
    reply = await visitor.patch(f"/api/v2/{path}/1", {"label_ids": [4711]})

    assert (reply.status, reply.error) == (
        400,
        "Validation failed: label_ids.0: Option 4711 does not exist in field 'label_ids'",
    )


async def test_a_label_that_there_is_not_is_taken_by_switch() -> None:
    switches = Switches(unknown_labels="accept")
    visitor = Visitor(create_app(replace(QUIET, switches=switches)))

    reply = await visitor.patch("/api/v2/persons/1", {"label_ids": [4711]})

    assert reply.data["label_ids"] == [4711]


async def test_the_101st_activity_type_is_refused_without_a_code(visitor: Visitor) -> None:
    types = [{"name": f"Type {i}"} for i in range(93)]
    visitor.sandbox.put_state({"activity_types": types})

    reply = await visitor.post("/api/v1/activityTypes", {"name": "More", "icon_key": "call"})

    assert (reply.status, reply.error, "code" in reply.json) == (
        403,
        "Couldn't add activity type. You've reached the activity type per company limit.",
        False,
    )
