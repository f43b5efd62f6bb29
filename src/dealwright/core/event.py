"""Event: a fact as a sender put it. Its dedupe key, and the value that Triggers see.

The log keeps the sender's own bytes; `open_event` reads them, once for each Connection.
Source: the Segment spec (https://segment.com/docs/connections/spec/common/).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, cast

import msgspec

from dealwright.core.clock import EPOCH, from_ms, to_ms
from dealwright.core.ecmascript import number_text
from dealwright.core.errors import InvalidEvent
from dealwright.core.payload import taken_apart

#: What senders call us in `integrations`; the second is Segment's name for the same thing.
DESTINATION_NAMES: Final = ("Dealwright", "Actions Pipedrive")

#: In place of an event of somebody who was erased; its number in the log stays.
TOMBSTONE: Final = b'{"erased":true}'


class EventType(StrEnum):
    """The six calls of the spec."""

    IDENTIFY = "identify"
    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came around an event and not in it: the path's type, the batch's objects."""

    type: str | None = None
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What Triggers and directives see.

    `body` is the whole event with `type` filled in, the batch's `context` and `integrations` under
    the event's own, ids as text, and `timestamp` corrected for the sender's clock; what was sent
    stays in `originalTimestamp`. Times also as milliseconds since 1970.
    """

    body: dict[str, Any]
    type: str
    message_id: str
    timestamp_ms: int
    received_at_ms: int


_body_of = msgspec.json.Decoder(dict[str, Any]).decode
_envelope_of = msgspec.json.Decoder(Envelope).decode
_EARLIEST_MS: Final = to_ms(datetime(1900, 1, 1, tzinfo=UTC))
_LATEST_MS: Final = to_ms(datetime(9999, 1, 1, tzinfo=UTC))
#: A smaller number is seconds: as milliseconds it would be before 3 March 1973.
_LEAST_MS: Final = 100_000_000_000

_ID_KEYS: Final = ("userId", "anonymousId", "groupId", "previousId")
_NO_ENVELOPE: Final = Envelope()
_encode = msgspec.json.Encoder().encode


def seal_envelope(
    *,
    path_type: EventType | None = None,
    context: object = None,
    integrations: object = None,
) -> bytes | None:
    """Write down what came around an event, for the log; None when there was nothing of use."""
    around = Envelope(
        type=path_type, context=_entries(context), integrations=_entries(integrations)
    )
    return None if around == _NO_ENVELOPE else _encode(around)


def dedupe_key(message_id: str | int | None, payload: bytes) -> str:
    """By what a repeat is recognised: the `messageId`, else a hash of the sender's bytes.

    An id with a NUL counts as none, since not every store can keep it.
    """
    if message_id is not None and message_id != "":
        text = str(message_id)
        if "\0" not in text:
            return text
    return f"hash-{blake2b(payload, digest_size=16).hexdigest()}"


def moment_ms(written: object) -> int | None:
    """The moment that a sender wrote, in milliseconds since 1970; None if it is none.

    ISO 8601, without a zone UTC; or a number: seconds, or milliseconds when it is that large.
    """
    if isinstance(written, str):
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH
        return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    if isinstance(written, int | float) and not isinstance(written, bool):
        return _number_ms(written)
    return None


def open_event(
    payload: bytes,
    *,
    envelope: bytes | None,
    received_at_ms: int,
    sent_at_ms: int | None = None,
    message_id: str | None = None,
) -> Event:
    """Make the Event of one row of the log.

    `sent_at_ms` and `message_id` as they were stored at the door. Raises InvalidEvent for bytes
    that the door let through and nobody can read (a number beyond all doubles, for one); such an
    event is a reject, never a reason to stop. Code `event_erased` for one that was erased.
    """
    if payload == TOMBSTONE:
        raise InvalidEvent("The event was erased: nobody can read it.", code="event_erased")
    # The door has looked how deep it is.
    body = taken_apart(_body_of, payload)
    if envelope is not None:
        _put_around(body, _envelope_of(envelope))
    body.pop("writeKey", None)
    if body.get("type") == EventType.IDENTIFY and not body.get("traits"):
        _take_traits_from_context(body)
    for key in _ID_KEYS:
        value = body.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            body[key] = number_text(value)
    message_id = message_id or dedupe_key(_as_message_id(body.get("messageId")), payload)
    body["messageId"] = message_id
    kind = body.get("type")
    return Event(
        body=body,
        type=kind if isinstance(kind, str) else "",
        message_id=message_id,
        timestamp_ms=_set_times(body, received_at_ms, sent_at_ms),
        received_at_ms=received_at_ms,
    )


def switched_off(event: Event, names: Sequence[str] = DESTINATION_NAMES) -> bool:
    """Whether the event's `integrations` object keeps it from this destination.

    `names`, most telling first (the Connection's own, then DESTINATION_NAMES): the first that is
    named decides, `All` decides when none is. Only `false` switches off; an object is on. Case
    counts.
    """
    switches = event.body.get("integrations")
    if not isinstance(switches, dict) or not switches:
        return False
    named = cast("dict[str, Any]", switches)
    for name in (*names, "All"):
        switch = named.get(name)
        if switch is not None:
            return switch is False
    return False


def _take_traits_from_context(body: dict[str, Any]) -> None:
    """Have an identify's traits where Segment's mappings look; RudderStack's SDKs put them there.

    https://www.rudderstack.com/docs/event-spec/standard-events/identify/
    """
    context = _entries(body.get("context")) or {}
    library = _entries(context.get("library")) or {}
    traits = _entries(context.get("traits"))
    if traits is not None and "rudder" in str(library.get("name")).lower():
        body["traits"] = traits


def _entries(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) and value else None


def _number_ms(number: float) -> int | None:
    if not abs(number) < _LATEST_MS:
        return None
    found = int(number) if abs(number) >= _LEAST_MS else int(number * 1000)
    return found if found >= _EARLIEST_MS else None


def _put_around(body: dict[str, Any], around: Envelope) -> None:
    if around.type is not None:
        body["type"] = around.type
    if around.context:
        _put_under(body, "context", around.context)
    if around.integrations:
        _put_under(body, "integrations", around.integrations)


def _put_under(body: dict[str, Any], key: str, below: dict[str, Any]) -> None:
    own = body.get(key)
    if own is None:
        body[key] = below
    elif isinstance(own, dict):
        body[key] = below | cast("dict[str, Any]", own)


def _as_message_id(value: object) -> str | int | None:
    return value if isinstance(value, str | int) else None


def _set_times(body: dict[str, Any], received_at_ms: int, sent_at_ms: int | None) -> int:
    written = body.get("originalTimestamp") or body.get("timestamp")
    original_ms = moment_ms(written)
    corrected_ms = received_at_ms
    if original_ms is not None:
        corrected_ms = original_ms
        if sent_at_ms is not None:
            corrected_ms = received_at_ms - (sent_at_ms - original_ms)
    if not _EARLIEST_MS <= corrected_ms < _LATEST_MS:
        corrected_ms = received_at_ms
    if written is not None:
        body["originalTimestamp"] = written
    if sent_at_ms is not None and "sentAt" not in body:
        body["sentAt"] = _iso(sent_at_ms)
    body["timestamp"] = _iso(corrected_ms)
    body["receivedAt"] = _iso(received_at_ms)
    return corrected_ms


# A batch is received, and was sent, in one moment.
@lru_cache(maxsize=1024)
def _iso(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_iso_second(seconds)}.{rest:03}Z"


# Events of one batch share nearly all of their seconds, and formatting one costs a microsecond.
@lru_cache(maxsize=4096)
def _iso_second(seconds: int) -> str:
    return from_ms(seconds * 1000).isoformat()[:-6]
