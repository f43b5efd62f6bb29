"""What the door refuses, and with which code."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.errors import InvalidEvent
from dealwright.core.event import EventType
from dealwright.core.intake import check_event, read_batch, reject_without_key, without_key

IDENTIFY = b'{"type":"identify","userId":"u-1","traits":{"name":"Ada"}}'

REFUSED = {
    "missing_type": b'{"userId":"u-1"}',
    "unknown_type": b'{"type":"purchase","userId":"u-1"}',
    "missing_id": b'{"type":"identify","userId":"","anonymousId":null}',
    "missing_event_name": b'{"type":"track","userId":"u-1"}',
    "missing_group_id": b'{"type":"group","userId":"u-1"}',
    "missing_previous_id": b'{"type":"alias","userId":"u-1"}',
    "missing_user_id": b'{"type":"alias","previousId":"u-0"}',
    "message_id_too_long": b'{"type":"page","userId":"u-1","messageId":"%s"}' % (b"m" * 101),
    "not_an_object": b'["identify"]',
    "wrong_type": b'{"type":"identify","userId":{"id":"u-1"}}',
    "number_out_of_range": b'{"type":"identify","userId":1e999}',
    "invalid_json": b'{"type":"identify",}',
    "invalid_utf8": b'{"type":"identify","userId":"u-1","traits":{"name":"\xff"}}',
    "too_deep": b'{"type":"identify","userId":"u-1","a":' + b"[" * 150 + b"]" * 150 + b"}",
}

ACCEPTED = {
    "anonymous": b'{"type":"track","event":"Signed Up","anonymousId":"a-1"}',
    "numeric id": b'{"type":"identify","userId":0}',
    "group": b'{"type":"group","groupId":"g-1","userId":"u-1"}',
    "alias": b'{"type":"alias","previousId":"a-1","userId":"u-1"}',
    "explicit nulls": b'{"type":"page","userId":"u-1","anonymousId":null,"category":null}',
    "longest messageId": b'{"type":"screen","userId":"u","messageId":"%s"}' % (b"m" * 100),
    "brackets in text": b'{"type":"page","userId":"u","a":"%s\\\\","b":"\\"["}' % (b"[" * 200),
    "wide": b'{"type":"page","userId":"u","a":[' + b"[]," * 200 + b"{}]}",
}


@pytest.mark.parametrize(("code", "payload"), REFUSED.items(), ids=list(REFUSED))
def test_a_faulty_event_is_refused_with_a_stable_code(code: str, payload: bytes) -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(payload)
    assert caught.value.code == code


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=list(ACCEPTED))
def test_an_event_of_the_spec_is_let_in(payload: bytes) -> None:
    check_event(payload)


def test_the_path_says_the_type_when_the_body_does_not() -> None:
    check_event(b'{"userId":"u-1"}', path_type=EventType.IDENTIFY)


def test_the_path_wins_over_the_body() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(IDENTIFY, path_type=EventType.TRACK)
    assert caught.value.code == "missing_event_name"


def test_not_a_number_is_no_json() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(b'{"type":"identify","userId":"u-1","traits":{"age":NaN}}')
    assert caught.value.code == "invalid_json"


def test_a_lone_surrogate_is_refused_at_the_door() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(b'{"type":"identify","userId":"u-1","traits":{"name":"\\ud800"}}')
    assert caught.value.code == "invalid_json"


def test_an_id_that_is_not_utf8_is_refused_as_such() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(b'{"type":"identify","userId":"\xff"}')
    assert caught.value.code == "invalid_utf8"


def test_a_bottomless_event_does_not_exhaust_the_stack() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    assert caught.value.code == "too_deep"


def test_the_sentence_names_the_field_and_what_was_expected() -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_event(b'{"type":"track","userId":"u-1","event":7}')
    assert str(caught.value) == "event: expected text or nothing, got a whole number."


def test_the_head_carries_what_came_with_a_single_event() -> None:
    head = check_event(b'{"type":"page","userId":"u","sentAt":"2026-03-14","writeKey":"wk"}')
    assert (head.sent_at, head.write_key) == ("2026-03-14", "wk")


def test_a_write_key_in_an_event_is_not_stored() -> None:
    payload = b'{"type":"page", "writeKey":"wk-1", "userId":"u","n": 1.50 }'
    stored = without_key(payload, check_event(payload))
    assert stored == b'{"type":"page","userId":"u","n":1.50}'


def test_an_event_without_a_write_key_stays_byte_for_byte() -> None:
    payload = b'{"type":"page", "userId":"u" , "traits":{"writeKey":"theirs"}}'
    assert without_key(payload, check_event(payload)) == payload


def test_a_write_key_in_what_cannot_be_read_is_blotted_out() -> None:
    assert reject_without_key(b'{"writeKey" : "wk-1","userId":') == b'{"writeKey" : "***","userId":'


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.text(), st.lists)))
def test_whatever_an_event_holds_besides_its_write_key_is_kept(rest: dict[str, object]) -> None:
    event = {**rest, "type": "page", "userId": "u", "writeKey": "wk-1"}
    for part in ("messageId", "anonymousId", "groupId", "previousId", "event"):
        event.pop(part, None)
    payload = msgspec.json.encode(event)
    stored = without_key(payload, check_event(payload))
    del event["writeKey"]
    assert msgspec.json.decode(stored) == event


def test_the_items_of_a_batch_are_the_senders_own_bytes() -> None:
    batch = read_batch(b'{"batch":[ {"a" : 1},7 ],"writeKey":"wk"}')
    assert [bytes(item) for item in batch.batch] == [b'{"a" : 1}', b"7"]


def test_a_batch_with_a_useless_context_is_still_read() -> None:
    assert read_batch(b'{"batch":[],"context":"none"}').context == "none"


@pytest.mark.parametrize("body", [b"{}", b'{"batch":{}}', b"[]", b"", b"null"])
def test_a_body_without_a_list_of_events_is_no_batch(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        read_batch(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("type", "userId", "event"), JSON)))
def test_no_json_meets_anything_but_a_refusal(event: dict[str, object]) -> None:
    payload = msgspec.json.encode(event)
    with pytest.raises(InvalidEvent):
        check_event(payload, path_type=EventType.ALIAS)


@given(st.binary(max_size=200))
def test_no_bytes_meet_anything_but_a_refusal(payload: bytes) -> None:
    with pytest.raises(InvalidEvent):
        check_event(payload)
