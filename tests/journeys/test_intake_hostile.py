"""Hostile bodies: whatever is sent, the door answers, and never that it is its own fault."""

import json
import zlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.web.door import TRACK, open_door

from dealwright.core.event import open_event

PATHS = st.sampled_from(
    ["/v1/batch", "/v1/b", "/v1/import", "/v1/track", "/v1/i", "/v1/group", "/v1/a", "/v1/p"]
)
ENCODINGS = st.sampled_from(["", "identity", "gzip", "deflate", "br", "gzip, gzip", "\x7f"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["track", "identify", "group", "u1", "\ud83d", "\x00", "2026-11-02T10:00:00Z"]),
)
KEYS = st.sampled_from(
    [
        "type", "userId", "anonymousId", "groupId", "previousId", "event", "messageId", "sentAt",
        "writeKey", "context", "integrations", "batch", "timestamp", "x",
    ]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)
BATCHES = st.fixed_dictionaries(
    {"batch": st.lists(VALUES, max_size=5)}, optional={"sentAt": VALUES}
)


async def _status(path: str, body: bytes, encoding: str = "") -> int:
    async with open_door() as door:
        answer = await door.post(path, body, content_encoding=encoding.encode())
        assert ("success" in answer.json()) is True
        return answer.status_code


@given(path=PATHS, body=st.binary(max_size=300), encoding=ENCODINGS)
async def test_bytes_of_any_kind_are_taken_or_refused(
    path: str, body: bytes, encoding: str
) -> None:
    assert await _status(path, body, encoding) in {200, 400}


@given(path=PATHS, value=VALUES | BATCHES)
async def test_json_of_any_shape_is_taken_or_refused(path: str, value: Any) -> None:
    assert await _status(path, json.dumps(value).encode()) in {200, 400}


@given(path=PATHS, value=BATCHES, cut=st.integers(min_value=1, max_value=40))
async def test_a_packed_body_that_is_cut_off_is_refused(path: str, value: Any, cut: int) -> None:
    packed = zlib.compress(json.dumps(value).encode())

    assert await _status(path, packed[:-cut], "deflate") == 400


@given(header=st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"")))
async def test_any_authorization_is_known_or_not(header: bytes) -> None:
    async with open_door() as door:
        answer = await door.client.post(
            "/v1/track", json=TRACK, headers={b"authorization": b"Basic " + header}
        )

    assert answer.status_code == 401


@given(value=VALUES)
async def test_what_the_door_lets_in_can_be_read_behind_it(value: Any) -> None:
    async with open_door() as door:
        batch = {"batch": [value, TRACK | {"type": "track"}]}
        await door.post("/v1/batch", json.dumps(batch).encode())

    rows = door.log.events
    read = [
        open_event(
            row.payload,
            envelope=row.envelope,
            received_at_ms=row.received_at_ms,
            sent_at_ms=row.sent_at_ms,
            message_id=row.message_id,
        ).message_id
        for row in rows
    ]
    assert read == [row.message_id for row in rows]
    assert len(rows) + len(door.log.rejects) == 2
