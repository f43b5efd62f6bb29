"""Standard Webhooks and CloudEvents at the door."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook
from tests.clock import ManualClock
from tests.web.door import AUTHORIZATION, KEY, SHOP, Door, Log, client_of, doors_of

from dealwright.web.app import web_app

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
NEXT = "whsec_" + base64.b64encode(b"n" * 32).decode()
PAID = {"type": "invoice.paid", "timestamp": "2026-11-01T10:00:00Z", "data": {"userId": "u-1"}}
CE = {
    "specversion": "1.0",
    "id": "a-1",
    "source": "/orders",
    "type": "com.shop.order.paid",
    "subject": "u-1",
    "time": "2026-11-01T10:00:00Z",
    "data": {"total": 12},
}
BEARER = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """The web side, with a Source that signs with either of two secrets."""
    log, clock = Log(), ManualClock()

    async def secrets_of(source_id: int) -> Sequence[str]:
        return (NEXT, SECRET) if source_id == SHOP else ()

    doors = replace(doors_of(log), secrets_of=secrets_of)
    async with client_of(web_app(doors, clock=clock)) as client:
        yield Door(client=client, log=log, clock=clock)


def signed(
    door: Door, body: bytes, *, secret: str = SECRET, message_id: str = "msg_1", late_s: int = 0
) -> dict[str, str]:
    sent = int(door.clock.now().timestamp()) - late_s
    at = door.clock.now().fromtimestamp(sent, tz=door.clock.now().tzinfo)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


async def post_signed(door: Door, body: bytes, **how: Any) -> Any:
    return await door.client.post(
        f"/hooks/events/standard-webhooks/{SHOP}", content=body, headers=signed(door, body, **how)
    )


def payload(door: Door) -> dict[str, Any]:
    (row,) = door.log.events
    return json.loads(row.payload)


# -- Standard Webhooks


async def test_a_signed_message_becomes_a_track_event(door: Door) -> None:
    told = await post_signed(door, json.dumps(PAID).encode())

    assert (told.status_code, payload(door)) == (
        200,
        {
            "type": "track",
            "event": "invoice.paid",
            "messageId": "msg_1",
            "properties": {"userId": "u-1"},
            "context": {"webhook": {"id": "msg_1"}},
            "userId": "u-1",
            "timestamp": "2026-11-01T10:00:00Z",
        },
    )


async def test_it_is_of_the_source_that_the_path_names(door: Door) -> None:
    await post_signed(door, json.dumps(PAID).encode())

    assert [(row.source_id, row.message_id) for row in door.log.events] == [(SHOP, "msg_1")]


async def test_while_a_secret_is_changed_both_count(door: Door) -> None:
    told = await post_signed(door, json.dumps(PAID).encode(), secret=NEXT)

    assert told.status_code == 200


async def test_another_secret_does_not(door: Door) -> None:
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()
    told = await post_signed(door, json.dumps(PAID).encode(), secret=other)

    assert (told.status_code, told.json()["code"], door.log.events) == (401, "not_signed", [])


async def test_a_changed_body_is_refused(door: Door) -> None:
    headers = signed(door, json.dumps(PAID).encode())
    told = await door.client.post(
        f"/hooks/events/standard-webhooks/{SHOP}", content=b'{"type":"x"}', headers=headers
    )

    assert told.status_code == 401


@pytest.mark.parametrize("late_s", [301, -301])
async def test_a_message_of_another_time_is_refused(door: Door, late_s: int) -> None:
    told = await post_signed(door, json.dumps(PAID).encode(), late_s=late_s)

    assert (told.status_code, told.json()["code"]) == (401, "message_too_old")


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_without_a_part_of_the_signature_it_is_refused(door: Door, missing: str) -> None:
    body = json.dumps(PAID).encode()
    headers = {name: value for name, value in signed(door, body).items() if name != missing}
    told = await door.client.post(
        f"/hooks/events/standard-webhooks/{SHOP}", content=body, headers=headers
    )

    assert told.status_code == 401


async def test_a_source_that_does_not_sign_is_as_one_that_there_is_not(door: Door) -> None:
    body = json.dumps(PAID).encode()
    told = await door.client.post(
        "/hooks/events/standard-webhooks/8", content=body, headers=signed(door, body)
    )

    assert told.json()["message"] == "The signature is not of this Source's secret."


async def test_a_signed_message_that_is_no_object_is_kept_as_a_reject(door: Door) -> None:
    told = await post_signed(door, b"[1]")

    assert (told.status_code, [row.code for row in door.log.rejects]) == (400, ["not_an_object"])


async def test_a_message_of_nobody_is_of_the_webhook(door: Door) -> None:
    await post_signed(door, b'{"type": "ping", "data": {}}')

    assert payload(door)["anonymousId"] == f"webhook-{SHOP}"


# -- Segment's own webhook


async def test_segments_webhook_needs_nothing_but_a_write_key(door: Door) -> None:
    # As Segment's webhook destination posts it: one event, with all that Segment has added.
    event = {
        "type": "identify",
        "userId": "u-1",
        "traits": {"email": "ada@love.example"},
        "messageId": "m-1",
        "sentAt": "2026-11-01T10:00:01.000Z",
        "originalTimestamp": "2026-11-01T10:00:00.000Z",
        "projectId": "p",
        "version": 2,
    }
    told = await door.client.post(f"/hooks/events/segment?writeKey={KEY}", json=event)

    (row,) = door.log.events
    assert (told.status_code, row.message_id, json.loads(row.payload)) == (200, "m-1", event)


async def test_segments_webhook_may_have_the_key_in_a_header(door: Door) -> None:
    event = {"type": "track", "userId": "u-1", "event": "Signed Up"}
    headers = {"authorization": AUTHORIZATION}
    told = await door.client.post("/hooks/events/segment", json=event, headers=headers)

    assert told.status_code == 200


async def test_what_segments_webhook_sends_without_a_type_is_kept_as_a_reject(door: Door) -> None:
    told = await door.client.post(f"/hooks/events/segment?writeKey={KEY}", json={"userId": "u-1"})

    assert (told.status_code, [row.code for row in door.log.rejects]) == (400, ["missing_type"])


# -- CloudEvents


async def test_a_structured_event_becomes_a_track_event(door: Door) -> None:
    headers = {**BEARER, "content-type": "application/cloudevents+json; charset=utf-8"}
    told = await door.client.post(
        "/hooks/events/cloudevents", content=json.dumps(CE).encode(), headers=headers
    )

    found = payload(door)
    assert told.status_code == 200
    assert (found["event"], found["userId"]) == ("com.shop.order.paid", "u-1")
    assert (found["properties"], found["messageId"]) == ({"total": 12}, "/orders#a-1")


async def test_a_binary_event_says_the_same(door: Door) -> None:
    headers = {
        **BEARER,
        "content-type": "application/json",
        **{f"ce-{name}": str(value) for name, value in CE.items() if name != "data"},
    }
    await door.client.post("/hooks/events/cloudevents", content=b'{"total":12}', headers=headers)

    found = payload(door)
    assert (found["event"], found["userId"]) == ("com.shop.order.paid", "u-1")
    assert (found["properties"], found["messageId"]) == ({"total": 12}, "/orders#a-1")


async def test_headers_of_a_binary_event_are_unescaped(door: Door) -> None:
    headers = {
        **BEARER,
        **{f"ce-{name}": str(value) for name, value in CE.items() if name != "data"},
        "ce-subject": "M%C3%BCller",
    }
    await door.client.post("/hooks/events/cloudevents", content=b"", headers=headers)

    assert payload(door)["userId"] == "Müller"


async def test_of_a_batch_the_good_are_taken_and_the_bad_are_kept(door: Door) -> None:
    batch = [CE, {"id": "broken"}, {**CE, "id": "a-2"}]
    headers = {**BEARER, "content-type": "application/cloudevents-batch+json"}
    told = await door.client.post(
        "/hooks/events/cloudevents", content=json.dumps(batch).encode(), headers=headers
    )

    taken = [row.message_id for row in door.log.events]
    kept = [row.code for row in door.log.rejects]
    assert (told.status_code, taken, kept) == (
        200,
        ["/orders#a-1", "/orders#a-2"],
        ["no_cloudevent"],
    )


async def test_data_in_base64_is_read(door: Door) -> None:
    event = {name: value for name, value in CE.items() if name != "data"}
    event |= {
        "datacontenttype": "application/json",
        "data_base64": base64.b64encode(b'{"total":12}').decode(),
    }
    headers = {**BEARER, "content-type": "application/cloudevents+json"}
    await door.client.post(
        "/hooks/events/cloudevents", content=json.dumps(event).encode(), headers=headers
    )

    assert payload(door)["properties"] == {"total": 12}


@pytest.mark.parametrize(
    "change", [{"specversion": "0.3"}, {"id": ""}, {"source": 7}, {"type": None}]
)
async def test_what_is_no_cloudevent_is_refused(door: Door, change: dict[str, Any]) -> None:
    headers = {**BEARER, "content-type": "application/cloudevents+json"}
    told = await door.client.post(
        "/hooks/events/cloudevents", content=json.dumps(CE | change).encode(), headers=headers
    )

    assert (told.status_code, told.json()["code"]) == (400, "no_cloudevent")


@pytest.mark.parametrize("query", ["", "?access_token=wrong"])
async def test_without_a_write_key_nothing_is_taken(door: Door, query: str) -> None:
    headers = {"content-type": "application/cloudevents+json"}
    told = await door.client.post(
        f"/hooks/events/cloudevents{query}", content=json.dumps(CE).encode(), headers=headers
    )

    assert (told.status_code, door.log.events) == (401, [])


async def test_a_key_may_stand_in_the_address(door: Door) -> None:
    headers = {"content-type": "application/cloudevents+json"}
    told = await door.client.post(
        f"/hooks/events/cloudevents?access_token={KEY}",
        content=json.dumps(CE).encode(),
        headers=headers,
    )

    assert told.status_code == 200


async def test_a_sender_that_asks_whether_it_is_welcome_is(door: Door) -> None:
    headers = {"webhook-request-origin": "events.shop.example"}
    told = await door.client.options("/hooks/events/cloudevents", headers=headers)

    assert told.headers["webhook-allowed-origin"] == "events.shop.example"


@pytest.mark.parametrize("path", ["", "standard-webhooks/", "standard-webhooks/x", "other"])
async def test_there_is_nothing_else(door: Door, path: str) -> None:
    assert (await door.client.post(f"/hooks/events/{path}")).status_code == 404
