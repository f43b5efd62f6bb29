"""Recorders as tests need them: signed deliveries, bodies as events, and answers of their APIs."""

import base64
import hmac
import json
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import dealwright.meetings.sources as family
from dealwright.core.registry import discover
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.source import (
    Access,
    Answer,
    Arrival,
    Received,
    Request,
    Scheme,
    Secret,
    Source,
    Told,
    receive,
)

T = TypeVar("T")

SOURCES = discover(family, "SOURCE", Source)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW_S = str(int(NOW.timestamp()))
WHSEC = "whsec_bm9ydGh3aW5kLXRlc3Qtc2lnbmluZy1rZXktMDAwMDAx"
TEXT = "a text that both sides know"
#: The credentials of every recorder, as tests set them.
KEYS = ("api_key", "api_id", "api_token", "account_id", "client_id", "client_secret")
ACCESS = Access(credentials=dict.fromkeys(KEYS, "TEST"))


def encoded(body: object) -> bytes:
    """A body as a recorder sends it."""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def hexed(key: bytes, message: bytes) -> str:
    """HMAC-SHA256, made without our code."""
    return hmac.new(key, message, sha256).hexdigest()


def standard(
    body: bytes, *, secret: str = WHSEC, message_id: str = "msg_1", at: str = NOW_S
) -> dict[str, str]:
    """Headers of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{at}.".encode() + body, sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def zoom_headers(body: bytes, *, secret: str = TEXT, at: str = NOW_S) -> dict[str, str]:
    """Headers of Zoom."""
    message = f"v0:{at}:".encode() + body
    return {"x-zm-request-timestamp": at, "x-zm-signature": f"v0={hexed(secret.encode(), message)}"}


def delivered(
    key: str,
    body: object,
    headers: Mapping[str, str],
    *,
    secrets: Sequence[str] = (WHSEC, TEXT),
    scheme: Scheme = Scheme.SIGNATURE,
) -> Received:
    """What becomes of one delivery to a Source."""
    arrival = Arrival(path=SOURCES[key].path, headers=headers, body=encoded(body), now=NOW)
    held = [Secret(value=value, scheme=scheme) for value in secrets]
    return receive(SOURCES[key], arrival, held)


def told(key: str, body: object) -> Told:
    """What a body tells, of which it is clear that it tells something."""
    facts = SOURCES[key].read(encoded(body))
    assert isinstance(facts, Told)
    return facts


def meeting(key: str, body: object) -> Meeting:
    """The Meeting that a body alone makes."""
    return fold(None, told(key, body))


def answered(status: int, body: object = None) -> Answer:
    """An answer of a recorder's API."""
    return Answer(status=status, body=b"" if body is None else encoded(body))


def played(asking: Generator[Request, Answer, T], *answers: Answer) -> tuple[T, list[Request]]:
    """Run to its end what asks a recorder; every answer must be asked for, and no more."""
    asked: list[Request] = []
    waiting = list(answers)
    try:
        request = next(asking)
        while True:
            asked.append(request)
            request = asking.send(waiting.pop(0))
    except StopIteration as end:
        assert not waiting
        return end.value, asked


def fetched(
    key: str, known: Meeting, facts: Told | None, *answers: Answer, access: Access = ACCESS
) -> tuple[Meeting, list[Request]]:
    """A Meeting after its Source was asked for the rest."""
    fetch = SOURCES[key].fetch
    assert fetch is not None
    return played(fetch(known, facts, access), *answers)


def json_of(request: Request) -> dict[str, Any]:
    """The body of a request, decoded."""
    return json.loads(request.body or b"null")
