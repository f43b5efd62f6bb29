"""Opening an event: its type, times, ids, and who it is meant for."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from dealwright.core.clock import to_ms
from dealwright.core.errors import InvalidEvent
from dealwright.core.event import (
    Event,
    EventType,
    dedupe_key,
    moment_ms,
    open_event,
    seal_envelope,
    switched_off,
)

NOON = to_ms(datetime(2026, 3, 14, 12, tzinfo=UTC))
MINUTE = 60_000


def opened(event: dict[str, Any], **given: Any) -> Event:
    around = {"envelope": None, "received_at_ms": NOON} | given
    return open_event(msgspec.json.encode(event), **around)


def test_a_fast_clock_of_the_sender_is_corrected() -> None:
    event = opened(
        {"type": "track", "timestamp": "2026-03-14T12:04:00Z"}, sent_at_ms=NOON + 5 * MINUTE
    )
    assert event.body["timestamp"] == "2026-03-14T11:59:00.000Z"


def test_the_moment_as_sent_stays_readable() -> None:
    event = opened({"timestamp": "2026-03-14T12:04:00+01:00"}, sent_at_ms=NOON)
    assert event.body["originalTimestamp"] == "2026-03-14T12:04:00+01:00"


def test_an_original_timestamp_wins_over_a_timestamp() -> None:
    event = opened({"originalTimestamp": "2026-03-14T10:00:00Z", "timestamp": "2020-01-01"})
    assert event.body["timestamp"] == "2026-03-14T10:00:00.000Z"


def test_without_a_sent_at_the_timestamp_is_believed() -> None:
    event = opened({"timestamp": "2019-01-01T00:00:00Z"})
    assert event.timestamp_ms == to_ms(datetime(2019, 1, 1, tzinfo=UTC))


def test_the_batchs_sent_at_is_told_to_the_mapping() -> None:
    assert opened({}, sent_at_ms=NOON).body["sentAt"] == "2026-03-14T12:00:00.000Z"


@pytest.mark.parametrize("written", [None, "soon", "2026-13-01", True, {"at": 1}, 1e300])
def test_without_a_readable_timestamp_it_happened_on_arrival(written: Any) -> None:
    assert opened({"timestamp": written}, sent_at_ms=NOON).timestamp_ms == NOON


def test_a_correction_beyond_all_calendars_is_not_made() -> None:
    event = opened({"timestamp": "0001-01-01T00:00:00Z"}, sent_at_ms=NOON)
    assert event.body["timestamp"] == "2026-03-14T12:00:00.000Z"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-14T12:00:00.000Z", NOON),
        ("2026-03-14T13:00:00+01:00", NOON),
        ("2026-03-14T12:00:00", NOON),
        ("2026-03-14T12:00:00.123456+00:00", NOON + 123),
        (NOON, NOON),
        (NOON // 1000, NOON),
        (float("nan"), None),
        (-float(NOON) * 100, None),
        ("", None),
    ],
)
def test_a_moment_is_read_as_senders_write_it(written: object, expected: int | None) -> None:
    assert moment_ms(written) == expected


def test_arrival_is_told_to_the_mapping() -> None:
    assert opened({}).body["receivedAt"] == "2026-03-14T12:00:00.000Z"


def test_the_path_gives_the_type() -> None:
    envelope = seal_envelope(path_type=EventType.GROUP)
    assert opened({"type": "track"}, envelope=envelope).type == "group"


def test_an_items_own_context_lies_over_the_batchs() -> None:
    envelope = seal_envelope(context={"ip": "192.0.2.1", "locale": "de"})
    event = opened({"context": {"locale": "sv"}}, envelope=envelope)
    assert event.body["context"] == {"ip": "192.0.2.1", "locale": "sv"}


def test_an_item_without_context_takes_the_batchs() -> None:
    envelope = seal_envelope(context={"ip": "192.0.2.1"})
    assert opened({"context": None}, envelope=envelope).body["context"] == {"ip": "192.0.2.1"}


def test_a_context_that_is_no_object_is_left_as_it_is() -> None:
    envelope = seal_envelope(context={"ip": "192.0.2.1"})
    assert opened({"context": "none"}, envelope=envelope).body["context"] == "none"


def test_nothing_around_an_event_needs_no_envelope() -> None:
    assert seal_envelope(context={}, integrations="all") is None


@pytest.mark.parametrize(("number", "text"), [(7, "7"), (7.0, "7"), (0, "0"), (1.5, "1.5")])
def test_a_numeric_user_id_becomes_text(number: float, text: str) -> None:
    assert opened({"userId": number}).body["userId"] == text


def test_the_write_key_is_not_for_mappings() -> None:
    assert "writeKey" not in opened({"writeKey": "wk"}).body


def test_a_message_id_is_the_dedupe_key() -> None:
    assert dedupe_key("m-1", b"{}") == "m-1"


@pytest.mark.parametrize("message_id", [None, "", "m\0"])
def test_without_a_usable_message_id_the_bytes_are_the_key(message_id: str | None) -> None:
    assert dedupe_key(message_id, b"{}") == "hash-2afb9b83f9314e5d029766197f539792"


def test_an_opened_event_has_the_key_it_was_stored_under() -> None:
    assert opened({}, message_id="hash-1").body["messageId"] == "hash-1"


def test_a_number_beyond_all_doubles_is_a_reject_and_no_crash() -> None:
    with pytest.raises(InvalidEvent):
        open_event(b'{"properties":{"n":1e999}}', envelope=None, received_at_ms=NOON)


def test_bytes_that_are_not_utf8_are_a_reject_and_no_crash() -> None:
    with pytest.raises(InvalidEvent):
        open_event(b'{"name":"\xff"}', envelope=None, received_at_ms=NOON)


def test_an_integer_beyond_64_bits_is_read() -> None:
    event = open_event(b'{"n":%s}' % (b"9" * 30), envelope=None, received_at_ms=NOON)
    assert event.body["n"] == int("9" * 30)


NAMES = ("Sales EU", "Dealwright", "Actions Pipedrive")


@pytest.mark.parametrize(
    "integrations",
    [
        {"All": False},
        {"Dealwright": False},
        {"Actions Pipedrive": False},
        {"Sales EU": False, "Dealwright": True},
        {"All": False, "Salesforce": True},
    ],
)
def test_a_sender_can_switch_us_off(integrations: Any) -> None:
    assert switched_off(opened({"integrations": integrations}), NAMES)


@pytest.mark.parametrize(
    "integrations",
    [
        None,
        {},
        "none",
        {"All": True},
        {"All": False, "Dealwright": True},
        {"All": False, "Actions Pipedrive": {"sync": 1}},
        {"Sales EU": True, "Dealwright": False},
        {"dealwright": False},
        {"Salesforce": False},
    ],
)
def test_other_switches_leave_us_on(integrations: Any) -> None:
    assert not switched_off(opened({"integrations": integrations}), NAMES)


def test_the_batchs_switches_count_for_its_items() -> None:
    envelope = seal_envelope(integrations={"All": False})
    assert switched_off(opened({"integrations": {}}, envelope=envelope))
