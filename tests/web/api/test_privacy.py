"""/privacy over HTTP: who may, what is found, erased, proved and kept out."""

import asyncio
from typing import Any

import pytest
from tests.web.api.hub import ApiHub, add_event

from dealwright.core.people import Role

ADA = {"email": "ada@love.example"}
EVENT = b'{"type":"identify","userId":"u-ada","traits":{"email":"ada@love.example"}}'


@pytest.fixture
async def lived(hub: ApiHub) -> ApiHub:
    """The hub has an event of Ada."""
    await hub.store.write(lambda db: add_event(db, EVENT, now_ms=hub.now_ms()))
    return hub


async def ask(hub: ApiHub, method: str, path: str, body: Any = None, **headers: str) -> Any:
    async with hub.client(Role.ADMIN, **headers) as client:
        return await client.request(method, path, json=body)


async def until_done(hub: ApiHub) -> None:
    """Let what runs in the background end."""
    done = asyncio.ensure_future(hub.api.state.erasures.idle())
    while not done.done():
        await asyncio.wait({done}, timeout=0.02)
        if hub.clock.next_wake_s is not None:
            hub.clock.advance(hub.clock.next_wake_s)
    await done


async def test_somebody_is_found_with_what_they_are_known_by(lived: ApiHub) -> None:
    told = (await ask(lived, "POST", "/privacy/find", ADA)).json()
    assert {one["value"] for one in told["known_as"]} == {"ada@love.example", "u-ada"}
    assert [one["place"] for one in told["places"]] == ["events"]


async def test_a_member_finds_nobody(lived: ApiHub) -> None:
    async with lived.client(Role.MEMBER) as client:
        answer = await client.post("/privacy/find", json=ADA)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


async def test_an_erasure_shows_its_plan_and_ends_with_a_proof(lived: ApiHub) -> None:
    begun = await ask(lived, "POST", "/privacy/erasures", ADA)
    await until_done(lived)
    number = begun.json()["id"]
    told = (await ask(lived, "GET", f"/privacy/erasures/{number}")).json()
    proof = (await ask(lived, "GET", f"/privacy/erasures/{number}/proof")).json()
    seen = await ask(lived, "POST", "/privacy/verify", proof)
    left = (await ask(lived, "POST", "/privacy/find", ADA)).json()
    assert (begun.status_code, begun.json()["plan"]["places"][0]["theirs"]) == (201, 1)
    assert (told["state"], told["share"]) == ("done", 1.0)
    assert (seen.status_code, left["places"]) == (200, [])


async def test_a_proof_is_there_only_at_the_end(lived: ApiHub) -> None:
    number = (await ask(lived, "POST", "/privacy/erasures", ADA)).json()["id"]
    early = await ask(lived, "GET", f"/privacy/erasures/{number}/proof")
    await until_done(lived)
    assert (early.status_code, early.json()["code"]) == (422, "not_erased_yet")


async def test_a_proof_of_nobody_is_refused(lived: ApiHub) -> None:
    answer = await ask(lived, "POST", "/privacy/verify", {"document": {}})
    assert (answer.status_code, answer.json()["code"]) == (422, "proof_unreadable")


async def test_an_export_is_a_zip(lived: ApiHub) -> None:
    answer = await ask(lived, "POST", "/privacy/export", ADA)
    assert (answer.headers["content-type"], answer.content[:2]) == ("application/zip", b"PK")


async def test_the_list_tells_of_nobody_but_by_digests(hub: ApiHub) -> None:
    added = await ask(hub, "POST", "/privacy/suppressed", ADA)
    listed = (await ask(hub, "GET", "/privacy/suppressed")).json()["items"]
    there = (await ask(hub, "POST", "/privacy/suppressed/check", ADA)).json()
    gone = (await ask(hub, "POST", "/privacy/suppressed/remove", ADA)).json()
    assert (added.json(), len(listed), there) == ({"count": 1}, 1, {"suppressed": True})
    assert (gone, "ada" in str(listed)) == ({"count": 1}, False)


async def test_rules_of_a_source_need_what_was_read_of_them(hub: ApiHub) -> None:
    seen = await ask(hub, "GET", "/sources/1/privacy")
    body = {"hash": {"traits.email": "sha256"}, "mask": ["context.ip"]}
    blind = await ask(hub, "PUT", "/sources/1/privacy", body)
    changed = await ask(hub, "PUT", "/sources/1/privacy", body, if_match=seen.headers["etag"])
    assert seen.json() == {"allow": None, "hash": {}, "mask": []}
    assert (blind.status_code, changed.status_code) == (428, 200)
    assert changed.json() == {"allow": None, **body}


async def test_rules_are_tried_before_they_are_set(hub: ApiHub) -> None:
    body = {"event": {"traits": {"email": "ada@love.example"}}, "rules": {"mask": ["traits"]}}
    told = (await ask(hub, "POST", "/sources/1/privacy/preview", body)).json()
    kept = (await ask(hub, "GET", "/sources/1/privacy")).json()
    assert told["event"] == {"traits": {"email": "a***@love.example"}}
    assert kept["mask"] == []


async def test_rules_that_say_two_things_are_refused(hub: ApiHub) -> None:
    body = {"event": {}, "rules": {"mask": ["traits"], "hash": {"traits.email": "sha256"}}}
    answer = await ask(hub, "POST", "/sources/1/privacy/preview", body)
    assert answer.json()["code"] == "privacy_rule_conflict"
