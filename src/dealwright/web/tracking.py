"""Tracking: the HTTP API of Segment's senders, as a plain ASGI callable.

Plain, because here each microsecond counts: measured, a framework's route costs as much again as
the whole of this. Sources: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
and what the SDKs were seen to send.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import InvalidEvent
from dealwright.core.event import EventType, dedupe_key, moment_ms, seal_envelope
from dealwright.core.intake import (
    Batch,
    check_event,
    read_batch,
    reject_without_key,
    without_key,
)
from dealwright.store.append import EventRow, RejectRow
from dealwright.web import answers, bodies
from dealwright.web.answers import Answer, Send
from dealwright.web.browser import BrowserSettings
from dealwright.web.deep import ASIDE, set_aside
from dealwright.web.limits import Limits
from dealwright.web.write_keys import WriteKeys, authorization_of_query

Scope = Mapping[str, Any]
Accept = Callable[[list[EventRow], list[RejectRow]], Awaitable[None]]
"""Returns once the rows are durable; raises StoreUnavailable when they are not."""

T = TypeVar("T")

#: Where RudderStack's browser SDK sends what is left when a page is closed.
_BEACON: Final = "/beacon/v1/batch"
#: What a path takes: one event, of this type whatever it says itself, or (None) a batch.
PATHS: Final[dict[str, EventType | None]] = {
    **{f"/v1/{name}": kind for kind in EventType for name in (kind.value, kind.value[0])},
    **dict.fromkeys(("/v1/batch", "/v1/import", "/v1/b", _BEACON)),
}
_ENVELOPES: Final = {kind: seal_envelope(path_type=kind) for kind in EventType}
#: Of a body that could not be read, this much goes to the rejects.
_REJECT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a sender may send at once; Segment's own limits by default."""

    max_event_bytes: int = 32_768
    max_batch_bytes: int = 512_000
    max_batch_events: int = 2_500


class _Sent(NamedTuple):
    """What a request brought."""

    body: bytes
    encoding: bytes
    authorization: bytes
    scope: Scope


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: str | None = None


_keyed = msgspec.json.Decoder(_Keyed).decode


class Tracking:
    """Takes events over HTTP: key, bounds, heads; then `accept`, and only then `success`."""

    def __init__(
        self,
        *,
        accept: Accept,
        keys: WriteKeys,
        clock: Clock,
        bounds: Bounds,
        browser: BrowserSettings,
        limits: Limits,
    ) -> None:
        self._accept = accept
        self._keys = keys
        self._clock = clock
        self._bounds = bounds
        self._browser = browser
        self._limits = limits

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Answer one request below `/v1/` or `/beacon/`."""
        await answers.respond(self._answer(scope, receive), send, path=scope["path"])

    async def _answer(self, scope: Scope, receive: bodies.Receive) -> Answer:
        path = _tidy(scope["path"])
        if path not in PATHS:
            return await self._browser.answer(scope, path)
        if scope["method"] != "POST":
            return answers.allowed_methods(scope["method"])
        authorization = encoding = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"content-encoding":
                encoding = value
        if not authorization and path == _BEACON:
            authorization = authorization_of_query(scope["query_string"])
        body = await bodies.receive_body(receive, limit=self._bounds.max_batch_bytes)
        await self._take(_Sent(body, encoding, authorization, scope), PATHS[path])
        return answers.ACCEPTED

    async def _take(self, sent: _Sent, kind: EventType | None) -> None:
        body = sent.body
        try:
            if sent.encoding:
                body = bodies.unpacked(
                    body, encoding=sent.encoding, limit=self._bounds.max_batch_bytes
                )
            if kind is None:
                await self._take_batch(body, sent)
            else:
                await self._take_single(body, kind, sent)
        except InvalidEvent as error:
            await self._keep_reject(error, body, sent.authorization)
            raise

    async def _source(self, sent: _Sent, key: str | None) -> int:
        """Whose key came, in a header or in the body; raises TooManyRequests as well."""
        source_id = self._keys.known(sent.authorization)
        if source_id is None:
            source_id = await self._keys.source_of(
                authorization=sent.authorization,
                key=key,
                knock=partial(self._limits.knock, sent.scope),
            )
        self._limits.sources.take(source_id)
        return source_id

    async def _take_single(self, body: bytes, kind: EventType, sent: _Sent) -> None:
        if len(body) > self._bounds.max_event_bytes:
            raise self._too_large()
        body, head = _read(body, lambda text: check_event(text, path_type=kind))
        body = without_key(body, head)
        source_id = await self._source(sent, head.write_key)
        row = EventRow(
            source_id,
            to_ms(self._clock.now()),
            moment_ms(head.sent_at),
            dedupe_key(head.message_id, body),
            body,
            _ENVELOPES[kind],
        )
        await self._accept([row], [])

    async def _take_batch(self, body: bytes, sent: _Sent) -> None:
        batch, deep = _read_batch(body)
        source_id = await self._source(sent, batch.write_key)
        if len(batch.batch) > self._bounds.max_batch_events:
            raise InvalidEvent(
                f"The batch has {len(batch.batch):,} events; at most "
                f"{self._bounds.max_batch_events:,} are taken at once.",
                code="too_many_events",
            )
        await self._accept(*self._rows(batch, deep, source_id))

    def _rows(
        self, batch: Batch, deep: list[bytes], source_id: int
    ) -> tuple[list[EventRow], list[RejectRow]]:
        received_at_ms = to_ms(self._clock.now())
        sent_at_ms = moment_ms(batch.sent_at)
        envelope = None
        if batch.context or batch.integrations:
            envelope = seal_envelope(context=batch.context, integrations=batch.integrations)
        largest = self._bounds.max_event_bytes
        events: list[EventRow] = []
        rejects: list[RejectRow] = []
        for item in batch.batch:
            payload = bytes(item)
            if deep and payload == ASIDE:
                payload = deep.pop(0)
            try:
                if len(payload) > largest:
                    raise self._too_large()
                head = check_event(payload)
                payload = without_key(payload, head)
                message_id = dedupe_key(head.message_id, payload)
            except InvalidEvent as error:
                rejects.append(_reject(source_id, received_at_ms, error, payload))
            else:
                events.append(
                    EventRow(source_id, received_at_ms, sent_at_ms, message_id, payload, envelope)
                )
        return events, rejects

    async def _keep_reject(self, error: InvalidEvent, body: bytes, authorization: bytes) -> None:
        """Keep what was refused as a whole, for people to look at, if one can tell whose it is."""
        try:
            source_id = await self._keys.source_of(authorization=authorization, key=_key_in(body))
        except answers.UnknownWriteKey:
            return
        rejected = _reject(source_id, to_ms(self._clock.now()), error, body)
        await self._accept([], [rejected])

    def _too_large(self) -> InvalidEvent:
        return InvalidEvent(
            f"The event is larger than {self._bounds.max_event_bytes:,} bytes: send less.",
            code="event_too_large",
        )


def _tidy(path: str) -> str:
    if path in PATHS:
        return path
    # Hosts are configured with slashes behind them, and SDKs add their own.
    return f"/{'/'.join(part for part in path.split('/') if part)}"


def _read(body: bytes, read: Callable[[bytes], T]) -> tuple[bytes, T]:
    """Read a body; when that fails, once more with the halves of cut emojis mended."""
    try:
        return body, read(body)
    except InvalidEvent as error:
        if error.code != "invalid_json" or b"\\u" not in body:
            raise
        whole = bodies.mended(body)
        if whole == body:
            raise
        return whole, read(whole)


def _read_batch(body: bytes) -> tuple[Batch, list[bytes]]:
    """Read a batch, and the items that had to be set aside for it."""
    try:
        return _read(body, read_batch)[1], []
    except InvalidEvent as error:
        if error.code != "too_deep":
            raise
        rest, deep = set_aside(body)
        if not deep:
            raise
        return _read(rest, read_batch)[1], deep


def _key_in(body: bytes) -> str | None:
    try:
        return _keyed(body).write_key
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _reject(source_id: int, at_ms: int, error: InvalidEvent, payload: bytes) -> RejectRow:
    kept = reject_without_key(payload[:_REJECT_BYTES])
    return RejectRow(source_id, at_ms, error.code, str(error), kept)
