"""Intake: what the door looks at before an event is stored, and nothing more.

A head of the JSON is read and the rest left alone: what is stored are the sender's own bytes.
Source: the Segment spec (https://segment.com/docs/connections/spec/) and its HTTP API.
"""

import re
from typing import Any, Final

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.core.event import EventType
from dealwright.core.payload import check_utf8, decoded, taken_apart

#: Longer ones are refused, as Segment does.
MAX_MESSAGE_ID: Final = 100


_TYPES: Final = {kind.value: kind for kind in EventType}
_Id = str | int | float | None


class Head(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """The part of an event that the door looks at; ids may be numbers, as some senders make them.

    `sent_at` and `write_key` stand in the event itself only when it came alone.
    """

    type: str | None = None
    user_id: _Id = None
    anonymous_id: _Id = None
    group_id: _Id = None
    previous_id: _Id = None
    event: str | None = None
    message_id: str | int | None = None
    sent_at: Any = None
    write_key: str | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A batch body: its items untouched, and what counts for all of them.

    Nothing but `batch` can fail the whole: a `context` that is no object is only of no use.
    """

    batch: tuple[msgspec.Raw, ...]
    context: Any = None
    integrations: Any = None
    sent_at: Any = None
    write_key: str | None = None


_NOTHING: Final = (None, "")

_KEY: Final = re.compile(rb'("writeKey"\s*:\s*")[^"]*')

_parts_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_head_of = msgspec.json.Decoder(Head).decode
_batch_of = msgspec.json.Decoder(Batch).decode


def check_event(payload: bytes, *, path_type: EventType | None = None) -> Head:
    """Read the head of one event and see that it can be used.

    `path_type` is what the request's path says; it wins over the body. Raises InvalidEvent with
    one of the codes `invalid_json`, `invalid_utf8`, `too_deep`, `not_an_object`, `wrong_type`,
    `missing_type`, `unknown_type`, `missing_id`, `missing_event_name`, `missing_group_id`,
    `missing_previous_id`, `missing_user_id`, `message_id_too_long`.
    """
    check_utf8(payload)
    head = decoded(_head_of, payload)
    message_id = head.message_id
    if message_id is not None and len(str(message_id)) > MAX_MESSAGE_ID:
        raise InvalidEvent(
            f"messageId has more than {MAX_MESSAGE_ID} characters: send a shorter one.",
            code="message_id_too_long",
        )
    _RULES[path_type or _type_of(head)](head)
    return head


def read_batch(body: bytes) -> Batch:
    """Take a batch body apart; its items are not looked into.

    Raises InvalidEvent when it is no JSON object with a list `batch`: the codes are those of
    `payload.decoded`.
    """
    check_utf8(body)
    # Depth is looked at item by item: that of the whole body costs ten times as much.
    return taken_apart(_batch_of, body)


def without_key(payload: bytes, head: Head) -> bytes:
    """An event as it is stored: a write key that stands in it goes, all else stays byte for byte.

    Browsers put it into every event, and whoever may read events need not be able to send some.
    """
    if head.write_key is None:
        return payload
    parts = _parts_of(payload)
    del parts["writeKey"]
    return msgspec.json.encode(parts)


def reject_without_key(payload: bytes) -> bytes:
    """The same for what could not be read: whatever looks like the key is blotted out."""
    return _KEY.sub(rb"\1***", payload)


def _type_of(head: Head) -> EventType:
    if not head.type:
        raise InvalidEvent(
            f"The event has no type: say which it is of {', '.join(_TYPES)}.", code="missing_type"
        )
    kind = _TYPES.get(head.type)
    if kind is None:
        raise InvalidEvent(
            f"type: {head.type[:40]!r} is not known: use one of {', '.join(_TYPES)}.",
            code="unknown_type",
        )
    return kind


def _need_id(head: Head) -> None:
    if head.user_id in _NOTHING and head.anonymous_id in _NOTHING:
        raise InvalidEvent("Nobody is named: send userId or anonymousId.", code="missing_id")


def _need_event(head: Head) -> None:
    _need_id(head)
    if not head.event:
        raise InvalidEvent(
            "A track call needs the name of what happened: send event.", code="missing_event_name"
        )


def _need_group(head: Head) -> None:
    if head.group_id in _NOTHING:
        raise InvalidEvent("A group call needs groupId: send it.", code="missing_group_id")
    _need_id(head)


def _need_both(head: Head) -> None:
    if head.previous_id in _NOTHING:
        raise InvalidEvent("An alias call needs previousId: send it.", code="missing_previous_id")
    if head.user_id in _NOTHING:
        raise InvalidEvent("An alias call needs userId: send it.", code="missing_user_id")


_RULES: Final = {
    EventType.IDENTIFY: _need_id,
    EventType.TRACK: _need_event,
    EventType.PAGE: _need_id,
    EventType.SCREEN: _need_id,
    EventType.GROUP: _need_group,
    EventType.ALIAS: _need_both,
}
