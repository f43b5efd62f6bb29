"""CloudEvents over HTTP, in all three modes, and what becomes of them: track events.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
and …/formats/json-format.md.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, cast
from urllib.parse import unquote

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.core.event import EventType
from dealwright.core.intake import MAX_MESSAGE_ID
from dealwright.core.payload import check_utf8, taken_apart

STRUCTURED: Final = "application/cloudevents"
BATCH: Final = "application/cloudevents-batch"

_JSON_TYPE: Final = re.compile(r"[a-z0-9.+-]+/(?:[a-z0-9.+-]+\+)?json", re.IGNORECASE)
_HEADER: Final = "ce-"
#: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes
_REQUIRED: Final = ("id", "source", "specversion", "type")
_DATA: Final = frozenset({"data", "data_base64"})

_one = msgspec.json.Decoder(dict[str, Any]).decode
_many = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any = msgspec.json.Decoder(Any).decode
_encode = msgspec.json.Encoder().encode

Event = Mapping[str, Any]
"""The attributes of one CloudEvent, with `data`, as JSON has them."""


def is_batch(content_type: str) -> bool:
    """Whether a body holds many."""
    return content_type.strip().lower().startswith(BATCH)


def read_one(headers: Mapping[str, str], body: bytes) -> Event:
    """Read a CloudEvent in structured or binary mode; names of headers in small letters.

    Raises InvalidEvent: `no_cloudevent`, and those of `payload.taken_apart`.
    """
    content_type = headers.get("content-type", "")
    if content_type.strip().lower().startswith(STRUCTURED):
        return read_item(body)
    found: dict[str, Any] = {
        name.removeprefix(_HEADER): unquote(value.strip().strip('"'))
        for name, value in headers.items()
        if name.startswith(_HEADER)
    }
    if content_type:
        found["datacontenttype"] = content_type
    _check(found)
    if body:
        found |= _data(body, content_type)
    return found


def read_item(item: bytes) -> Event:
    """Read one CloudEvent in JSON; raises as `read_one`."""
    check_utf8(item)
    found = taken_apart(_one, item)
    if "data_base64" in found and "data" not in found:
        found |= _unpacked(found.pop("data_base64"), str(found.get("datacontenttype", "")))
    _check(found)
    return found


def read_items(body: bytes) -> list[bytes]:
    """Take a batch apart; its items are not looked into. Raises InvalidEvent."""
    check_utf8(body)
    return [bytes(item) for item in taken_apart(_many, body)]


def message_id(event: Event) -> str:
    """By what a repeat is known: producers promise that `source` and `id` together are unique."""
    whole = f"{event['source']}#{event['id']}"
    if len(whole) <= MAX_MESSAGE_ID and "\0" not in whole:
        return whole
    return f"cloudevent-{blake2b(whole.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def track_of(event: Event) -> bytes:
    """The track event that a CloudEvent becomes, as JSON.

    `event` is its type, `properties` its data, `timestamp` its time; what else it says stands in
    `context.cloudevent`. The person is whom the data names by `userId`, else its subject; without
    either it is nobody known: its source.
    """
    data = event.get("data")
    around = {name: value for name, value in event.items() if name not in _DATA}
    return track_bytes(
        name=str(event["type"]),
        data=data,
        message_id=message_id(event),
        timestamp=event.get("time"),
        user_id=event.get("subject"),
        nobody=str(event["source"]),
        context={"cloudevent": around},
    )


def track_bytes(
    *,
    name: str,
    data: object,
    message_id: str,
    timestamp: object,
    user_id: object,
    nobody: str,
    context: Mapping[str, Any],
) -> bytes:
    """A track event of anything that happened; `nobody` is the anonymous id where no one is named.

    Data that is no object is put under `data`.
    """
    properties = (
        cast("dict[str, Any]", data)
        if isinstance(data, dict)
        else ({} if data is None else {"data": data})
    )
    person = _first(properties.get(key) for key in ("userId", "user_id")) or _first([user_id])
    body: dict[str, Any] = {
        "type": EventType.TRACK.value,
        "event": name,
        "messageId": message_id,
        "properties": properties,
        "context": context,
    }
    body |= {"userId": person} if person is not None else {"anonymousId": nobody}
    if isinstance(timestamp, str | int | float) and not isinstance(timestamp, bool):
        body["timestamp"] = timestamp
    return _encode(body)


def _first(values: Iterable[object]) -> str | int | None:
    for value in values:
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return value
    return None


def _check(found: Mapping[str, Any]) -> None:
    for name in _REQUIRED:
        value = found.get(name)
        if not isinstance(value, str) or not value:
            raise InvalidEvent(
                f"This is no CloudEvent: its {name} is missing or no text.", code="no_cloudevent"
            )
    if found["specversion"] != "1.0":
        raise InvalidEvent(
            f"CloudEvents {str(found['specversion'])[:20]!r} is not known: send version 1.0.",
            code="no_cloudevent",
        )


def _data(body: bytes, content_type: str) -> dict[str, Any]:
    # Without a content type the data is JSON.
    kind = content_type.partition(";")[0].strip()
    if not kind or _JSON_TYPE.fullmatch(kind):
        check_utf8(body)
        return {"data": taken_apart(_any, body)}
    try:
        return {"data": body.decode()}
    except UnicodeDecodeError:
        return {"data": base64.b64encode(body).decode()}


def _unpacked(packed: object, content_type: str) -> dict[str, Any]:
    try:
        body = base64.b64decode(str(packed), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidEvent(
            "This is no CloudEvent: its data_base64 is no base64.", code="no_cloudevent"
        ) from None
    return _data(body, content_type or "application/octet-stream")
