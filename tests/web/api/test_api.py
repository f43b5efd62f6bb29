"""The management API: what it does, and what it refuses."""

from typing import Any

import httpx2
import msgspec
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.store.audit import Entry, entries

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


# -- Mappings that are renamed and deleted


async def test_a_mapping_is_renamed_without_a_new_version(hub: ApiHub) -> None:
    async with hub.client(if_match="*") as client:
        told = (await client.patch("/mappings/1", json={"name": " Customers "})).json()

    assert (told["name"], told["version"]) == ("Customers", 1)


async def test_a_mapping_that_is_deleted_is_gone_and_its_history_stays(hub: ApiHub) -> None:
    async with hub.client(if_match="*") as client:
        gone = await client.delete("/mappings/1")
        there = await client.get("/mappings/1")
        listed = await client.get("/connections/1/mappings")
        delivery = await client.get("/deliveries/1")

    assert (gone.status_code, there.status_code) == (200, 404)
    assert listed.json()["items"] == []
    assert delivery.json()["mapping_id"] == 1


async def test_what_a_deleted_mapping_has_not_done_is_dropped(hub: ApiHub) -> None:
    async with hub.client(if_match="*") as client:
        gone = await client.delete("/mappings/1")
        delivery = (await client.get("/deliveries/1")).json()

    assert gone.json() == {"count": 1}
    assert (delivery["state"], delivery["message"]) == (
        "dropped",
        "Its Mapping, People, was deleted.",
    )


async def test_a_replay_of_a_deleted_mapping_ends_and_none_begins(hub: ApiHub) -> None:
    async with hub.client(if_match="*") as client:
        await client.post("/replays", json={"mapping_id": 1, "from_event": 1})
        await client.delete("/mappings/1")
        told = (await client.get("/replays/1")).json()
        again = await client.post("/replays", json={"mapping_id": 1, "version": 1, "from_event": 1})

    assert (told["state"], again.json()["code"]) == ("cancelled", "not_found")


async def test_a_mapping_is_deleted_only_as_it_was_read(hub: ApiHub) -> None:
    async with hub.client() as client:
        without = await client.delete("/mappings/1")
        other = await client.delete("/mappings/1", headers={"if-match": '"0"'})

    assert (without.status_code, other.status_code) == (428, 412)
