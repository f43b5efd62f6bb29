"""The management API: what it does, and what it refuses."""

from typing import Any

import httpx2
import msgspec
import pytest
from tests.web.api.hub import ApiHub, add_event, delivery

from dealwright.core.people import Role
from dealwright.store.audit import Entry, entries
from dealwright.store.deliveries import add_deliveries

MAPPING = {
    "name": "Deals",
    "action": "upsert_person",
    "trigger": 'type = "track"',
    "fields": {
        "match_value": {"@path": "$.traits.email"},
        "name": {"@path": "$.traits.name"},
    },
}


async def changes(hub: ApiHub) -> list[Entry]:
    return await hub.store.read(lambda db: entries(db, limit=50))


async def test_health_is_told(hub: ApiHub) -> None:
    async with hub.client() as client:
        told = (await client.get("/health")).json()

    assert (told["ok"], told["newest_event"], told["deliveries"]["failed"]) == (False, 1, 1)


# -- problems


async def test_a_problem_says_what_to_do(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.get("/mappings/99", headers={"x-request-id": "r-7"})

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "r-7"
    assert answer.json() == {
        "type": "urn:dealwright:problem:not_found",
        "title": "Not found",
        "status": 404,
        "code": "not_found",
        "detail": "There is no mapping 99.",
        "fix": "Look at the list that it should be in; it may have been removed.",
        "request_id": "r-7",
        "faults": [],
    }


async def test_an_unknown_path_is_a_problem_too(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.get("/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_path")


async def test_another_method_is_a_problem_too(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.put("/health")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


async def test_what_a_body_lacks_is_named(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.post("/sources", json={"nam": "website"})

    assert answer.json()["code"] == "invalid_request"
    assert {fault["path"] for fault in answer.json()["faults"]} == {"/name", "/nam"}


async def test_a_body_that_is_no_json_is_refused(hub: ApiHub) -> None:
    async with hub.client(content_type="application/json") as client:
        answer = await client.post("/sources", content=b"{")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_body_that_is_too_large_is_refused(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.post("/sources", content=b" " * 1_100_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_request_id_that_could_break_a_log_is_not_used(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.get("/health", headers={"x-request-id": "a b;c"})

    assert answer.headers["x-request-id"] != "a b;c"


# -- done once


async def test_a_repeated_request_is_done_once(hub: ApiHub) -> None:
    async with hub.client(idempotency_key="k-1") as client:
        first = await client.post("/sources", json={"name": "shop"})
        second = await client.post("/sources", json={"name": "shop"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_key_that_is_shown_once_is_repeated_to_who_asked(hub: ApiHub) -> None:
    async with hub.client(idempotency_key="k-1") as client:
        first = await client.post("/sources/1/write-keys")
        second = await client.post("/sources/1/write-keys")

    assert first.json()["key"] == second.json()["key"]


async def test_a_kept_answer_is_sealed(hub: ApiHub) -> None:
    async with hub.client(idempotency_key="k-1") as client:
        made = (await client.post("/keys", json={"name": "ci"})).json()

    stored = hub.store.path
    assert stored is not None
    files = [path.read_bytes() for path in stored.parent.iterdir()]
    assert not any(made["key"].encode() in data for data in files)


async def test_another_request_with_the_same_key_is_refused(hub: ApiHub) -> None:
    async with hub.client(idempotency_key="k-1") as client:
        await client.post("/sources", json={"name": "shop"})
        answer = await client.post("/sources", json={"name": "app"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_key_of_somebody_else_is_another(hub: ApiHub) -> None:
    async with hub.client(Role.OWNER, idempotency_key="k-1") as client:
        await client.post("/sources", json={"name": "shop"})
    async with hub.client(Role.ADMIN, idempotency_key="k-1") as client:
        answer = await client.post("/sources", json={"name": "app"})

    assert answer.status_code == 201


async def test_after_a_day_a_key_may_come_again(hub: ApiHub) -> None:
    async with hub.client(idempotency_key="k-1") as client:
        await client.post("/sources", json={"name": "shop"})
        hub.clock.advance(86_401)
        answer = await client.post("/sources", json={"name": "app"})

    assert answer.status_code == 201


# -- changed meanwhile


async def test_a_change_needs_what_was_read(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.patch("/mappings/1", json={"enabled": False})

    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_missing")


async def test_a_change_of_what_was_changed_meanwhile_is_refused(hub: ApiHub) -> None:
    async with hub.client() as client:
        read = (await client.get("/mappings/1")).headers["etag"]
        first = await client.patch(
            "/mappings/1", json={"enabled": False}, headers={"if-match": read}
        )
        second = await client.patch(
            "/mappings/1", json={"priority": "low"}, headers={"if-match": read}
        )

    assert first.json()["enabled"] is False
    assert (second.status_code, second.json()["code"]) == (412, "changed_meanwhile")


async def test_what_passes_by_itself_changes_no_etag(hub: ApiHub) -> None:
    async with hub.client() as client:
        before = (await client.get("/connections/1")).headers["etag"]
        await hub.store.write(lambda db: add_event(db, b"{}", now_ms=hub.now_ms()))
        after = (await client.get("/connections/1")).headers["etag"]

    assert before == after


# -- pages


async def test_pages_stand_still_while_more_comes(hub: ApiHub) -> None:
    now_ms = hub.now_ms()
    rows = [delivery(state="queued", at_ms=now_ms) for _ in range(4)]
    await hub.store.write(lambda db: add_deliveries(db, rows))
    async with hub.client() as client:
        first = (await client.get("/deliveries", params={"limit": 3})).json()
        await hub.store.write(lambda db: add_deliveries(db, rows))
        cursor = first["next_cursor"]
        second = (await client.get("/deliveries", params={"limit": 3, "cursor": cursor})).json()

    assert [one["id"] for one in first["items"]] == [5, 4, 3]
    assert [one["id"] for one in second["items"]] == [2, 1]
    assert second["next_cursor"] is None


async def test_a_cursor_of_another_list_is_refused(hub: ApiHub) -> None:
    async with hub.client() as client:
        cursor = (await client.get("/events", params={"limit": 1})).json()["next_cursor"]
        answer = await client.get("/deliveries", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "failed"}, 1),
        ({"state": "held"}, 0),
        ({"code": "rejected"}, 1),
        ({"event": 1}, 1),
    ],
)
async def test_deliveries_are_found_by_what_is_asked(
    hub: ApiHub, wanted: dict[str, Any], found: int
) -> None:
    async with hub.client() as client:
        told = (await client.get("/deliveries", params=wanted)).json()

    assert len(told["items"]) == found


# -- what is done


async def test_a_failed_delivery_is_queued_anew(hub: ApiHub) -> None:
    async with hub.client(Role.MEMBER) as client:
        answer = await client.post("/deliveries/1/retry")

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    assert [(one.action, one.target) for one in await changes(hub)] == [
        ("delivery.retry", "delivery:1")
    ]


async def test_all_deliveries_of_a_code_are_queued_anew(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.post("/deliveries/retry", json={"code": "rejected"})

    assert answer.json() == {"count": 1}


async def test_everything_is_not_retried_by_mistake(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.post("/deliveries/retry", json={})

    assert answer.status_code == 422


async def test_a_delivery_is_put_aside(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.post("/deliveries/1/drop")

    assert (answer.json()["state"], answer.json()["message"]) == ("dropped", "Put aside by owner.")


async def test_a_mapping_is_made_and_written_down(hub: ApiHub) -> None:
    async with hub.client(Role.MEMBER) as client:
        answer = await client.post("/connections/1/mappings", json=MAPPING)

    (entry,) = await changes(hub)
    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert (entry.action, entry.principal_name, entry.after["name"]) == (
        "mapping.create",
        "member",
        "Deals",
    )


async def test_every_fault_of_a_mapping_is_told_with_its_path(hub: ApiHub) -> None:
    wrong = MAPPING | {"trigger": "type ==", "fields": {"nam": "Ada"}}
    async with hub.client() as client:
        answer = await client.post("/connections/1/mappings", json=wrong)

    assert answer.status_code == 422
    paths = {fault["path"] for fault in answer.json()["faults"]}
    assert paths == {"/trigger", "/nam", "/match_value"}


async def test_a_new_version_leaves_the_old_one(hub: ApiHub) -> None:
    new = {"trigger": MAPPING["trigger"], "fields": MAPPING["fields"]}
    async with hub.client() as client:
        made = await client.post("/mappings/1/versions", json=new, headers={"if-match": "*"})
        listed = (await client.get("/mappings/1/versions")).json()["items"]
        old = (await client.get("/mappings/1/versions/1")).json()

    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert [one["version"] for one in listed] == [2, 1]
    assert old["trigger"] == 'type = "identify"'


async def test_a_mapping_is_tried_on_an_event_of_the_log(hub: ApiHub) -> None:
    async with hub.client() as client:
        told = (await client.post("/mappings/1/test", json={"number": 1})).json()

    assert (told["fires"], told["fields"]["name"]) == (True, "Ada Keller")


async def test_a_draft_is_tried_before_it_is_made(hub: ApiHub) -> None:
    event = {"type": "track", "traits": {"name": "Ben", "email": "ben@x.example"}}
    body = {"mapping": MAPPING, "sample": {"event": event}}
    async with hub.client() as client:
        told = (await client.post("/mappings/test", json=body)).json()

    assert (told["fires"], told["values"]["name"]) == (True, "Ben")


async def test_an_event_is_shown_as_triggers_see_it(hub: ApiHub) -> None:
    async with hub.client() as client:
        told = (await client.get("/events/1")).json()

    assert (told["user_id"], told["body"]["traits"]) == ("u-1", {"name": "Ada Keller"})


async def test_a_write_key_is_shown_once(hub: ApiHub) -> None:
    async with hub.client() as client:
        made = (await client.post("/sources/1/write-keys")).json()
        listed = (await client.get("/sources/1/write-keys")).json()["items"]

    assert listed == [{name: made[name] for name in ("id", "prefix", "created_at", "used_at")}]


async def test_a_revoked_write_key_is_gone(hub: ApiHub) -> None:
    async with hub.client() as client:
        made = (await client.post("/sources/1/write-keys")).json()
        await client.delete(f"/sources/1/write-keys/{made['id']}")
        listed = (await client.get("/sources/1/write-keys")).json()["items"]

    assert listed == []


async def test_nobody_makes_a_key_that_may_more_than_they(hub: ApiHub) -> None:
    async with hub.client(Role.ADMIN) as client:
        answer = await client.post("/keys", json={"name": "ci", "role": "owner"})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_high")


async def test_the_use_of_a_key_is_noted(hub: ApiHub) -> None:
    async with hub.client(Role.ADMIN) as client:
        listed = (await client.get("/keys")).json()["items"]

    assert [one["name"] for one in listed if one["used_at"]] == ["admin"]


async def test_a_connection_is_switched_on_and_off(hub: ApiHub) -> None:
    async with hub.client() as client:
        on = (await client.post("/connections/1/on", json={"start": "beginning"})).json()
        counts = (await client.get("/connections/1/counts")).json()
        off = (await client.post("/connections/1/off")).json()

    assert (on["delivering"], on["position"], off["delivering"]) == (True, 0, False)
    assert counts["events_waiting"] == 1


async def test_a_connection_is_given_another_name_and_sources(hub: ApiHub) -> None:
    async with hub.client() as client:
        etag = (await client.get("/connections/1")).headers["etag"]
        told = await client.patch(
            "/connections/1",
            json={"name": "Acme", "listens_to": [1]},
            headers={"if-match": etag},
        )

    assert (told.json()["name"], told.json()["listens_to"]) == ("Acme", [1])
    assert told.headers["etag"] != etag


async def test_the_budget_is_told_and_changed(hub: ApiHub) -> None:
    async with hub.client() as client:
        before = await client.get("/connections/1/budget")
        after = await client.patch(
            "/connections/1/budget",
            json={"reserve_percent": 30},
            headers={"if-match": before.headers["etag"]},
        )

    assert (before.json()["limit"], after.json()["reserve_percent"]) == (300_000, 30)


async def test_a_replay_tells_its_price_and_is_cancelled(hub: ApiHub) -> None:
    body = {"mapping_id": 1, "from_event": 1}
    async with hub.client() as client:
        price = (await client.post("/replays/price", json=body)).json()
        begun = await client.post("/replays", json=body)
        paused = (await client.post("/replays/1/pause")).json()
        ended = (await client.post("/replays/1/cancel")).json()
        again = await client.post("/replays/1/resume")

    assert (price["matching"], begun.status_code, begun.json()["total"]) == (1, 201, 1)
    assert (paused["state"], ended["state"]) == ("paused", "cancelled")
    assert (again.status_code, again.json()["code"]) == (409, "replay_over")


async def test_a_crawl_is_asked_for_and_ended(hub: ApiHub) -> None:
    async with hub.client() as client:
        begun = (await client.post("/connections/1/crawl", json={"kinds": ["person"]})).json()
        ended = (await client.delete("/connections/1/crawl")).json()

    assert [one["kind"] for one in begun["kinds"] if one["crawling"]] == ["person"]
    assert not any(one["crawling"] for one in ended["kinds"])


async def test_the_catalogue_is_read_from_pipedrive_when_asked(hub: ApiHub) -> None:
    async with hub.client() as client:
        before = (await client.get("/connections/1/catalogue/pipelines")).json()
        after = (await client.post("/connections/1/catalogue/pipelines/refresh")).json()

    assert (before["choices"], before["read_at"]) == ([], None)
    assert after["choices"]


async def test_an_action_declares_itself_as_a_schema(hub: ApiHub) -> None:
    async with hub.client() as client:
        told = (await client.get("/actions/upsert_person")).json()

    assert told["fields"]["properties"]["name"]["type"] == "string"


async def test_the_mirror_is_looked_up_by_key(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.get(
            "/connections/1/mirror/person", params={"key": "ada@love.example"}
        )

    assert answer.json() == {"items": [], "next_cursor": None}


# -- the description of itself


async def test_the_schema_is_told_to_everybody(hub: ApiHub) -> None:
    async with hub.client(None) as client:
        told: Any = msgspec.json.decode((await client.get("/openapi.json")).content)

    assert told["openapi"].startswith("3.1")
    assert told["paths"]["/mappings/{mapping_id}"]["patch"]["x-role"] == "member"


async def test_answers_are_not_cached(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer: httpx2.Response = await client.get("/health")

    assert answer.headers["cache-control"] == "no-store"
