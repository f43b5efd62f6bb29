"""What every endpoint has: problems, keys done once, ETags, and pages."""

from typing import Any

import pytest
from tests.web.api.hub import ApiHub, add_event, delivery

from dealwright.core.people import Role
from dealwright.store.deliveries import add_deliveries

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


#: What is asked without a change (POST has a body), and what is about the asker's own session.
WITHOUT_A_KEY = {
    "check_suppressed",
    "find_person",
    "preview_source_rules",
    "price_replay",
    "suggest_mapping",
    "test_draft",
    "test_mapping",
    "verify_proof",
}


def headers_of(operation: Any) -> set[str]:
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}


def operations(hub: ApiHub, method: str) -> dict[str, set[str]]:
    """The headers of every operation with this method, by its name."""
    return {
        methods[method]["operationId"]: headers_of(methods[method])
        for path, methods in hub.api.openapi()["paths"].items()
        if method in methods and not path.startswith("/session")
    }


def test_every_post_that_changes_something_can_be_repeated_with_a_key(hub: ApiHub) -> None:
    told = operations(hub, "post")
    without = {name for name, headers in told.items() if "Idempotency-Key" not in headers}

    assert without == WITHOUT_A_KEY


def test_every_change_of_configuration_says_of_what_it_is_one(hub: ApiHub) -> None:
    told = operations(hub, "patch")
    without = {name for name, headers in told.items() if "If-Match" not in headers}

    assert (without, len(told) >= 5) == (set(), True)


async def test_somebody_is_invited_once_with_one_key(hub: ApiHub) -> None:
    body = {"email": "bob@hub.example", "role": "viewer"}
    async with hub.client(idempotency_key="k-1") as client:
        first = await client.post("/users", json=body)
        again = await client.post("/users", json=body)

    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_role_is_changed_only_as_it_was_read(hub: ApiHub) -> None:
    body = {"email": "bob@hub.example", "role": "viewer"}
    async with hub.client() as client:
        bob = f"/users/{(await client.post('/users', json=body)).json()['user']['id']}"
        etag = (await client.get(bob)).headers["etag"]
        without = await client.patch(bob, json={"role": "member"})
        first = await client.patch(bob, json={"role": "member"}, headers={"if-match": etag})
        late = await client.patch(bob, json={"role": "admin"}, headers={"if-match": etag})

    assert [one.status_code for one in (without, first, late)] == [428, 200, 412]
