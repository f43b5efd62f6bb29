"""v2 persons: strictness, names, primary values, clearing, deletion."""

from tests.sandbox.conftest import Visitor

ADA = {"name": "Ada Love", "emails": [{"value": "ada@love.example"}]}


async def test_a_created_person_comes_back_with_every_key(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", ADA)

    assert reply.status == 200
    assert reply.data["emails"] == [{"value": "ada@love.example", "primary": True, "label": "work"}]


async def test_all_faults_of_a_body_are_named_at_once(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"name": 1, "org_id": "2", "nick": "A"})

    assert reply.status == 400
    assert reply.json == {
        "success": False,
        "error": "Validation failed: name: The value is not a valid 'string'; "
        "org_id: The value is not a valid 'integer'; "
        "nick: Parameter 'nick' is not allowed for this request",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
    }


async def test_a_hash_key_at_the_root_fails_the_whole_request(visitor: Visitor) -> None:
    code = "3b71d5b6cea10e23f3f433d248add2020d4aff2e"

    reply = await visitor.post("/api/v2/persons", {**ADA, code: "x"})

    assert reply.error == (
        f"Validation failed: {code}: Parameter '{code}' is not allowed for this request"
    )


async def test_a_person_needs_a_name(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"emails": [{"value": "a@b.example"}]})

    assert reply.error == "Validation failed: name: Parameter 'name' is required"


async def test_first_and_last_name_make_the_name(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"first_name": "Ada", "last_name": "Love"})

    assert reply.data["name"] == "Ada Love"


async def test_a_single_word_is_a_first_name(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"name": "Cher"})

    assert (reply.data["first_name"], reply.data["last_name"]) == ("Cher", None)


async def test_patching_the_first_name_recomputes_the_name(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/persons/1", {"first_name": "Eda"})

    assert reply.data["name"] == "Eda Kask"


async def test_two_primary_addresses_are_refused(visitor: Visitor) -> None:
    two = [{"value": "a@b.example", "primary": True}, {"value": "c@d.example", "primary": True}]

    reply = await visitor.post("/api/v2/persons", {"name": "A", "emails": two})

    assert reply.status == 400


async def test_patching_addresses_replaces_them(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/persons/6", {"emails": [{"value": "new@b.example"}]})

    assert [email["value"] for email in reply.data["emails"]] == ["new@b.example"]


async def test_the_same_person_twice_makes_two(visitor: Visitor) -> None:
    first = await visitor.post("/api/v2/persons", ADA)
    second = await visitor.post("/api/v2/persons", ADA)

    assert first.data["id"] != second.data["id"]


async def test_an_unknown_organization_is_refused(visitor: Visitor) -> None:
    reply = await visitor.post("/api/v2/persons", {"name": "A", "org_id": 999})

    assert reply.error == "Validation failed: org_id: Organization 999 was not found"


async def test_null_cannot_clear_a_built_in_text(visitor: Visitor) -> None:
    reply = await visitor.patch("/api/v2/persons/1", {"name": None})

    assert reply.error == "Validation failed: name: The value is not a valid 'string'"


async def test_a_deleted_person_is_given_by_id(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")

    assert (await visitor.get("/api/v2/persons/1")).data["is_deleted"] is True


async def test_a_deleted_person_is_not_listed(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")

    reply = await visitor.get("/api/v2/persons?limit=1")

    assert reply.data[0]["id"] == 2


async def test_a_deleted_person_is_purged_after_30_days(visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")
    visitor.sandbox.clock.advance(31 * 86_400)

    reply = await visitor.get("/api/v2/persons/1")

    assert (reply.status, reply.json) == (404, {"success": False, "error": "Person not found"})


async def test_a_contact_sync_key_is_forbidden_without_the_feature(visitor: Visitor) -> None:
    assert (await visitor.patch("/api/v2/persons/1", {"job_title": "CEO"})).status == 403


async def test_marketing_status_changes_once(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"marketing_status": "subscribed"})
    await visitor.patch("/api/v2/persons/1", {"marketing_status": "unsubscribed"})

    reply = await visitor.get("/api/v2/persons/1?include_fields=marketing_status")

    assert reply.data["marketing_status"] == "subscribed"


async def test_a_patch_that_changes_nothing_leaves_update_time(visitor: Visitor) -> None:
    visitor.sandbox.clock.advance(60)

    reply = await visitor.patch("/api/v2/persons/1", {"name": "Ada Kask"})

    assert reply.data["update_time"] == "2026-11-22T09:00:00Z"


async def test_counts_come_only_when_asked_for(visitor: Visitor) -> None:
    reply = await visitor.get(
        "/api/v2/persons/6?include_fields=open_deals_count,done_activities_count,next_activity_id"
    )

    assert reply.data["open_deals_count"] == 1
    assert reply.data["done_activities_count"] == 1
    assert reply.data["next_activity_id"] == 2
