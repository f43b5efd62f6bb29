"""Tracking: what senders may send, and what they are told."""

import json

import pytest
from tests.web.door import AUTHORIZATION, KEY, SHOP, TRACK, Door, open_door

from dealwright.core.errors import StoreUnavailable
from dealwright.web.app import WebOptions
from dealwright.web.tracking import Bounds

OF_EACH_TYPE = {
    "identify": {"userId": "u1"},
    "track": {"userId": "u1", "event": "Order Completed"},
    "page": {"anonymousId": "a1"},
    "screen": {"anonymousId": "a1"},
    "group": {"userId": "u1", "groupId": "g1"},
    "alias": {"userId": "u1", "previousId": "a1"},
}


@pytest.mark.parametrize("kind", OF_EACH_TYPE)
@pytest.mark.parametrize("length", [1, None], ids=["one letter", "whole word"])
async def test_each_type_has_its_paths(door: Door, kind: str, length: int | None) -> None:
    answer = await door.send(f"/v1/{kind[:length]}", OF_EACH_TYPE[kind])

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert json.loads(door.log.events[0].envelope or b"") == {"type": kind}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/batch",
        "/v1/b",
        "/v1/import",
        "/beacon/v1/batch",
        "/v1/batch/",
        "http://hub.example//v1/batch",
        "/v1//batch",
    ],
)
async def test_batches_are_taken_under_every_spelling(door: Door, path: str) -> None:
    answer = await door.send(path, {"batch": [TRACK | {"type": "track"}]})

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [row.message_id for row in door.log.events] == ["m1"]


async def test_the_log_keeps_the_bytes_of_the_sender(door: Door) -> None:
    body = b'{ "userId":"u1",\t"event":"\\u00e9 \xc3\xa9", "n":1e2 }'

    await door.post("/v1/track", body)

    assert door.log.events[0].payload == body


async def test_an_item_of_a_batch_keeps_its_own_bytes(door: Door) -> None:
    item = b'{"type":"track", "userId":1, "event":"a",  "x":[1.50]}'

    await door.post("/v1/batch", b'{"batch":[  ' + item + b"  ]}")

    assert door.log.events[0].payload == item


async def test_what_counts_for_a_batch_goes_beside_each_event(door: Door) -> None:
    shared = {"context": {"ip": "192.0.2.1"}, "integrations": {"All": False}}

    await door.send("/v1/batch", {"batch": [TRACK | {"type": "track"}], **shared})

    assert json.loads(door.log.events[0].envelope or b"") == shared


async def test_the_clock_of_the_sender_is_kept(door: Door) -> None:
    await door.send(
        "/v1/batch",
        {"batch": [TRACK | {"type": "track"}], "sentAt": "2026-11-02T10:00:00.250+01:00"},
    )

    row = door.log.events[0]
    assert (row.received_at_ms, row.sent_at_ms) == (1793610000000, 1793610000250)


@pytest.mark.parametrize(
    ("header", "body_key"),
    [(AUTHORIZATION, None), ("", KEY), ("Bearer token", KEY), ("Basic ", KEY), ("Basic !", KEY)],
    ids=["basic", "body", "bearer and body", "empty basic and body", "broken basic and body"],
)
async def test_the_write_key_may_stand_in_each_place(
    door: Door, header: str, body_key: str | None
) -> None:
    answer = await door.send("/v1/track", TRACK | {"writeKey": body_key}, authorization=header)

    assert answer.status_code == 200
    assert door.log.events[0].source_id == SHOP


async def test_a_wrong_write_key_is_refused_with_a_reason(door: Door) -> None:
    answer = await door.send("/v1/batch", {"batch": [], "writeKey": "wrong"}, authorization="")

    assert answer.status_code == 401
    assert answer.json() == {
        "success": False,
        "code": "unknown_write_key",
        "message": "This write key belongs to no Source: see “dealwright sources”, or add one.",
    }


async def test_no_write_key_at_all_is_refused(door: Door) -> None:
    answer = await door.send("/v1/track", TRACK, accept="*/*")

    assert (answer.status_code, answer.json()["code"]) == (401, "missing_write_key")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/track", b"", "invalid_json"),
        ("/v1/track", b"{", "invalid_json"),
        ("/v1/track", b"[]", "not_an_object"),
        ("/v1/track", b'{"userId":"u1"}', "missing_event_name"),
        ("/v1/track", b'{"event":"e"}', "missing_id"),
        ("/v1/track", b'{"event":"e","userId":{}}', "wrong_type"),
        ("/v1/track", b'{"event":"e","userId":"\xff"}', "invalid_utf8"),
        (
            "/v1/track",
            b'{"userId":"u","event":"e","x":"' + b"x" * 33_000 + b'"}',
            "event_too_large",
        ),
        ("/v1/track", b'{"x":' + b"[" * 30_000, "too_deep"),
        ("/v1/track", b'{"userId":"u","event":"e","messageId":"' + b"m" * 101 + b'"}', None),
        ("/v1/group", b'{"userId":"u1"}', "missing_group_id"),
        ("/v1/alias", b'{"userId":"u1"}', "missing_previous_id"),
        ("/v1/batch", b'{"batch":{}}', "wrong_type"),
        ("/v1/batch", b'{"events":[]}', "missing_field"),
        ("/v1/batch", b'{"batch":[1,]}', "invalid_json"),
        ("/v1/batch", b'{"x":' + b"[" * 30_000, "too_deep"),
        ("/v1/batch", b'{"batch":[' + b"[" * 300_000, "too_deep"),
    ],
)
async def test_a_faulty_body_is_400_with_a_code_and_a_sentence(
    door: Door, path: str, body: bytes, code: str | None
) -> None:
    answer = await door.post(path, body)

    told = answer.json()
    assert (answer.status_code, told["success"]) == (400, False)
    assert told["code"] == (code or "message_id_too_long")
    assert len(told["message"]) > 15
    assert door.log.events == []


async def test_a_refused_body_is_kept_for_people_to_look_at(door: Door) -> None:
    await door.post("/v1/track", b'{"event":"e"}')

    assert [(row.code, row.payload) for row in door.log.rejects] == [
        ("missing_id", b'{"event":"e"}')
    ]


async def test_a_refused_body_is_kept_when_only_the_body_tells_whose_it_is(door: Door) -> None:
    await door.send("/v1/track", {"event": "e", "writeKey": KEY}, accept="*/*")

    assert [row.source_id for row in door.log.rejects] == [SHOP]


async def test_a_faulty_item_does_not_fail_its_batch(door: Door) -> None:
    items = [
        TRACK | {"type": "track"},
        {"type": "track", "userId": "u2"},
        "text",
        {"type": "purchase", "userId": "u3"},
        TRACK | {"type": "track", "x": "x" * 33_000},
        TRACK | {"type": "track", "messageId": "m2"},
    ]

    answer = await door.send("/v1/batch", {"batch": items})

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [row.message_id for row in door.log.events] == ["m1", "m2"]
    assert [row.code for row in door.log.rejects] == [
        "missing_event_name",
        "not_an_object",
        "unknown_type",
        "event_too_large",
    ]


async def test_an_item_that_is_nested_too_deep_does_not_fail_its_batch(door: Door) -> None:
    deep = b'{"type":"track","x":' + b"[" * 5_000 + b'"]"' + b"]" * 5_000 + b"}"
    good = json.dumps(TRACK | {"type": "track", "x": "[]}{\\"}).encode()

    answer = await door.post(
        "/v1/batch", b'{"x":{},"batch":[' + b",".join([good, deep, good]) + b"]}"
    )

    assert answer.status_code == 200
    assert [row.payload for row in door.log.events] == [good, good]
    assert [(row.code, row.payload[:18]) for row in door.log.rejects] == [("too_deep", deep[:18])]


async def test_more_events_than_the_bound_are_refused() -> None:
    async with open_door(WebOptions(bounds=Bounds(max_batch_events=2))) as door:
        answer = await door.send("/v1/batch", {"batch": [TRACK | {"type": "track"}] * 3})

    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_events")


async def test_a_body_larger_than_the_bound_is_400_and_never_413(door: Door) -> None:
    answer = await door.post("/v1/batch", b" " * 512_001)

    assert (answer.status_code, answer.json()["code"]) == (400, "body_too_large")


async def test_an_emoji_that_a_browser_cut_in_two_is_mended(door: Door) -> None:
    item = rb'{"type":"track","userId":"u1","event":"\ud83d\ude00 \\ud83d \ud83d"}'

    answer = await door.post("/v1/batch", b'{"batch":[' + item + b"]}")

    assert answer.status_code == 200
    assert json.loads(door.log.events[0].payload)["event"] == "😀 \\ud83d �"


async def test_an_event_without_message_id_gets_the_same_one_when_it_is_repeated(
    door: Door,
) -> None:
    await door.send("/v1/track", {"userId": "u1", "event": "e"})
    await door.send("/v1/track", {"userId": "u1", "event": "e"})

    first, second = (row.message_id for row in door.log.events)
    assert first == second


async def test_nothing_is_acknowledged_that_is_not_stored(door: Door) -> None:
    door.log.fault = StoreUnavailable("The disk is full.")

    answer = await door.send("/v1/track", TRACK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["code"] == "store_unavailable"


async def test_a_full_queue_sends_senders_away_for_a_moment(door: Door) -> None:
    door.log.fault = StoreUnavailable("Too much waits.", code="overloaded")

    answer = await door.send("/v1/track", TRACK)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")


async def test_a_defect_of_ours_makes_the_sender_come_again(door: Door) -> None:
    door.log.fault = ZeroDivisionError("a defect")

    answer = await door.send("/v1/track", TRACK)

    assert (answer.status_code, answer.headers["retry-after"]) == (500, "5")
    assert answer.json()["code"] == "internal_error"


async def test_a_page_of_another_origin_may_send(door: Door) -> None:
    answer = await door.client.options(
        "/v1/t",
        headers={"origin": "https://shop.example", "access-control-request-method": "POST"},
    )

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" in answer.headers["access-control-allow-headers"]


async def test_an_error_can_be_read_by_the_page_too(door: Door) -> None:
    answer = await door.post("/v1/track", b"{")

    assert answer.headers["access-control-allow-origin"] == "*"


async def test_reading_from_a_tracking_path_is_not_allowed(door: Door) -> None:
    answer = await door.client.get("/v1/track")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_a_path_that_takes_no_events_is_404(door: Door) -> None:
    answer = await door.send("/v1/purchase", TRACK)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_path")


async def test_a_body_in_plain_text_is_read_as_json(door: Door) -> None:
    answer = await door.post("/v1/t", json.dumps(TRACK).encode(), content_type="text/plain")

    assert answer.status_code == 200
