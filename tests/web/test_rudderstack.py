"""RudderStack's SDKs, and PostHog's RudderStack destination: what they send is taken and mapped."""

import gzip
import json
from typing import Any

import pytest
from tests.web.door import AUTHORIZATION, KEY, Door

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.directives import compile_directives
from dealwright.core.event import open_event
from dealwright.core.registry import discover

PERSON = discover(dealwright.actions, "ACTION", Action)["upsert_person"]
# The shapes are those of rudder-sdk-js 3 (XHR and beacon), rudder-sdk-python 2 and 4, and of
# PostHog's template-rudderstack; the values are ours.
BROWSER_IDENTIFY: dict[str, Any] = {
    "type": "identify",
    "channel": "web",
    "context": {
        "traits": {"name": "Ada Lind", "email": "ada@x.example"},
        "sessionId": 1710408413589,
        "sessionStart": True,
        "app": {"name": "RudderLabs JavaScript SDK", "namespace": "com.rudderlabs.javascript"},
        "library": {"name": "RudderLabs JavaScript SDK", "version": "3.20.1"},
        "userAgent": "Mozilla/5.0",
        "locale": "sv-SE",
        "page": {"path": "/", "url": "https://shop.example/", "initial_referrer": "$direct"},
    },
    "originalTimestamp": "2026-03-14T09:26:53.589Z",
    "sentAt": "2026-03-14T09:26:54.000Z",
    "messageId": "6b2f1c1e-6f61-4d0e-8f86-0a3a1c9a54c1",
    "userId": "u-77",
    "anonymousId": "a-1",
    "event": None,
    "properties": None,
    "integrations": {"All": True},
}
BROWSER_TRACK: dict[str, Any] = {
    **BROWSER_IDENTIFY,
    "type": "track",
    "event": "Order Completed",
    "properties": {"total": 20},
    "userId": "",
    "messageId": "6b2f1c1e-6f61-4d0e-8f86-0a3a1c9a54c2",
}
PYTHON_IDENTIFY: dict[str, Any] = {
    "integrations": {},
    "anonymousId": None,
    "timestamp": "2026-03-14T09:26:53.589000+00:00",
    "context": {"traits": {"name": "Ada Lind"}, "library": {"name": "rudderstack-python"}},
    "type": "identify",
    "userId": "u-77",
    "traits": {"name": "Ada Lind"},
    "messageId": "m-9",
    "channel": "server",
}
POSTHOG: dict[str, Any] = {
    "context": {
        "app": {"name": "PostHogPlugin"},
        "os": {"name": "Mac OS X"},
        "page": {"url": "https://shop.example/"},
        "screen": {},
        "library": {"name": "web"},
        "trait": {"email": "ada@x.example"},
    },
    "channel": "s2s",
    "type": "identify",
    "properties": {"distinct_id": "u-77"},
    "messageId": "0195c1b4-6f0e-7a3f-8f3e-2d6c1f5a9b10",
    "originalTimestamp": "2026-03-14T09:26:53.589000+00:00",
    "userId": "u-77",
    "anonymousId": "d-1",
    "traits": {"email": "ada@x.example"},
}
RUDDER_HEADERS = {
    "authorization": AUTHORIZATION,
    "anonymousid": "YS0x",
    "content-type": "application/json;charset=UTF-8",
}


def person(door: Door) -> Any:
    """What the usual Mapping makes of the first event of the log."""
    row = door.log.events[0]
    event = open_event(
        row.payload,
        envelope=row.envelope,
        received_at_ms=row.received_at_ms,
        sent_at_ms=row.sent_at_ms,
    )
    return compile_directives(PERSON.default_fields())(event.body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/identify", BROWSER_IDENTIFY),
        ("/v1/track", BROWSER_TRACK),
        ("/v1/page", {**BROWSER_TRACK, "type": "page", "name": "", "event": None}),
        ("/v1/group", {**BROWSER_TRACK, "type": "group", "groupId": "g-1", "traits": None}),
        ("/v1/alias", {**BROWSER_TRACK, "type": "alias", "userId": "u", "previousId": "a-1"}),
        ("/v1/batch", {"batch": [BROWSER_IDENTIFY], "sentAt": "2026-03-14T09:26:54.000Z"}),
    ],
)
async def test_the_browser_sdks_paths_take_its_events(
    door: Door, path: str, body: dict[str, Any]
) -> None:
    answer = await door.send(path, body, **RUDDER_HEADERS)

    assert (answer.status_code, len(door.log.events), door.log.rejects) == (200, 1, [])


async def test_a_beacon_has_its_key_in_the_address(door: Door) -> None:
    answer = await door.client.post(
        f"/beacon/v1/batch?writeKey={KEY}",
        content=json.dumps({"batch": [BROWSER_TRACK]}),
        headers={"content-type": "text/plain;charset=UTF-8"},
    )

    assert (answer.status_code, len(door.log.events)) == (200, 1)


async def test_a_beacon_with_an_unknown_key_is_refused(door: Door) -> None:
    answer = await door.client.post("/beacon/v1/batch?writeKey=wrong", json={"batch": []})

    assert answer.status_code == 401


async def test_elsewhere_a_key_in_the_address_opens_nothing(door: Door) -> None:
    answer = await door.client.post(f"/v1/batch?writeKey={KEY}", json={"batch": []})

    assert answer.status_code == 401


async def test_a_browser_may_send_the_anonymous_id_as_a_header(door: Door) -> None:
    answer = await door.client.options(
        "/v1/identify",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "anonymousid,authorization,content-type",
        },
    )

    assert "anonymousid" in answer.headers["access-control-allow-headers"].lower()


async def test_an_identify_of_the_browser_sdk_becomes_a_person(door: Door) -> None:
    await door.send("/v1/identify", BROWSER_IDENTIFY, **RUDDER_HEADERS)

    assert person(door) == {
        "match_value": "u-77",
        "name": "Ada Lind",
        "email": "ada@x.example",
    }


async def test_context_traits_of_other_senders_are_no_traits(door: Door) -> None:
    context = {**BROWSER_IDENTIFY["context"], "library": {"name": "analytics.js"}}
    await door.send("/v1/identify", {**BROWSER_IDENTIFY, "context": context})

    assert person(door) == {"match_value": "u-77"}


async def test_a_packed_batch_of_the_server_sdk_becomes_a_person(door: Door) -> None:
    body = json.dumps({"batch": [PYTHON_IDENTIFY], "sentAt": "2026-03-14T09:26:54.000000+00:00"})
    answer = await door.post("/v1/batch", gzip.compress(body.encode()), content_encoding="gzip")

    assert (answer.status_code, person(door)["name"]) == (200, "Ada Lind")


async def test_posthogs_rudderstack_destination_makes_a_person(door: Door) -> None:
    body = {"batch": [POSTHOG], "sentAt": "2026-03-14T09:26:54.000Z"}
    await door.send("/v1/batch", body)

    assert person(door) == {"match_value": "u-77", "email": "ada@x.example"}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "track", "event": "$autocapture"},
        {"type": "page"},
        {"type": "alias", "userId": "u-78", "previousId": "u-77"},
    ],
)
async def test_posthogs_other_events_are_taken(door: Door, changes: dict[str, Any]) -> None:
    await door.send("/v1/batch", {"batch": [{**POSTHOG, **changes}]})

    assert (len(door.log.events), door.log.rejects) == (1, [])


async def test_posthogs_time_is_the_events_time(door: Door) -> None:
    await door.send("/v1/batch", {"batch": [POSTHOG]})

    row = door.log.events[0]
    event = open_event(row.payload, envelope=row.envelope, received_at_ms=row.received_at_ms)
    assert event.body["timestamp"] == "2026-03-14T09:26:53.589Z"


SOURCE_CONFIG = "/sourceConfig/?p=cdn&v=3.20.1&build=modern&lockIntegrationsVersion=false&writeKey="


async def test_the_browser_sdk_gets_a_source_without_destinations(door: Door) -> None:
    answer = await door.client.get(
        f"{SOURCE_CONFIG}{KEY}", headers={"authorization": AUTHORIZATION}
    )

    source = answer.json()["source"]
    assert (source["enabled"], source["destinations"]) == (True, [])
    assert (bool(source["id"]), isinstance(source["config"], dict)) == (True, True)


async def test_a_source_is_known_by_the_key_in_the_address_alone(door: Door) -> None:
    assert (await door.client.get(f"{SOURCE_CONFIG}{KEY}")).status_code == 200


async def test_the_source_of_an_unknown_key_is_refused(door: Door) -> None:
    answer = await door.client.get(f"{SOURCE_CONFIG}wrong")

    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")


async def test_a_page_of_another_origin_may_ask_for_its_source(door: Door) -> None:
    answer = await door.client.options(
        SOURCE_CONFIG,
        headers={"origin": "https://shop.example", "access-control-request-method": "GET"},
    )

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
