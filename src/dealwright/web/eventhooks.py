"""Event hooks: Sources that speak Standard Webhooks or CloudEvents, as a plain ASGI callable.

What comes is verified, made a track event of the Segment spec, and goes through the same door into
the log as every other event. Segment's own webhook sends such events one by one.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from dealwright.core import cloudevents, standardwebhook
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import InvalidEvent
from dealwright.core.event import dedupe_key, moment_ms
from dealwright.core.intake import check_event
from dealwright.core.standardwebhook import NotSigned
from dealwright.store.append import EventRow, RejectRow
from dealwright.web import answers, bodies
from dealwright.web.answers import Answer, NoSuchPath, Send
from dealwright.web.limits import Limits
from dealwright.web.tracking import Accept, Bounds
from dealwright.web.write_keys import WriteKeys, key_in_query

Scope = Mapping[str, Any]

SecretsOf = Callable[[int], Awaitable[Sequence[str]]]
"""The secrets of a Source that speaks Standard Webhooks, none for any other; StoreUnavailable."""

#: Every path that begins so is answered here.
PREFIX: Final = "/hooks/events/"
CLOUDEVENTS: Final = f"{PREFIX}cloudevents"
SEGMENT: Final = f"{PREFIX}segment"
STANDARD: Final = f"{PREFIX}standard-webhooks/"

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
#: Of what could not be read, this much goes to the rejects.
_REJECT_BYTES: Final = 4096


class EventHooks:
    """Answers what is below `/hooks/events/`."""

    def __init__(
        self,
        *,
        accept: Accept,
        keys: WriteKeys,
        secrets_of: SecretsOf,
        clock: Clock,
        bounds: Bounds,
        limits: Limits,
    ) -> None:
        self._accept = accept
        self._keys = keys
        self._secrets_of = secrets_of
        self._clock = clock
        self._bounds = bounds
        self._limits = limits

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Answer one request."""
        await answers.respond(self._answer(scope, receive), send, path=scope["path"])

    async def _answer(self, scope: Scope, receive: bodies.Receive) -> Answer:
        path: str = scope["path"].rstrip("/")
        headers = _headers(scope)
        if path == CLOUDEVENTS:
            if scope["method"] == "OPTIONS":
                return _handshake(headers)
            answers.only_post(scope["method"])
            body = await self._body(receive, headers)
            await self._take_cloudevents(scope, headers, body)
            return answers.ACCEPTED
        if path == SEGMENT:
            answers.only_post(scope["method"])
            body = await self._body(receive, headers)
            await self._take_event(await self._source(scope, headers), body)
            return answers.ACCEPTED
        number = path.removeprefix(STANDARD)
        if not (path.startswith(STANDARD) and _NUMBER.fullmatch(number)):
            raise NoSuchPath("There is nothing here.")
        answers.only_post(scope["method"])
        body = await self._body(receive, headers)
        await self._take_webhook(int(number), headers, body)
        return answers.ACCEPTED

    async def _body(self, receive: bodies.Receive, headers: Mapping[str, str]) -> bytes:
        limit = self._bounds.max_batch_bytes
        body = await bodies.receive_body(receive, limit=limit)
        encoding = headers.get("content-encoding", "").encode("latin-1")
        return bodies.unpacked(body, encoding=encoding, limit=limit) if encoding else body

    # -- Standard Webhooks

    async def _take_webhook(self, source_id: int, headers: Mapping[str, str], body: bytes) -> None:
        secrets = await self._secrets_of(source_id)
        if not secrets:
            # Whether there is such a Source is nobody's business who cannot sign.
            raise NotSigned("The signature is not of this Source's secret.")
        now = self._clock.now()
        message_id = standardwebhook.verify(body, headers, secrets=secrets, now=now)
        self._limits.sources.take(source_id)
        try:
            payload = standardwebhook.track_of(body, message_id=message_id, source_id=source_id)
            rows = [self._row(source_id, payload)]
        except InvalidEvent as error:
            await self._accept([], [self._reject(source_id, error, body)])
            raise
        await self._accept(rows, [])

    # -- Segment's own webhook

    async def _take_event(self, source_id: int, body: bytes) -> None:
        """Take one whole event, of any type: what Segment's webhook destination posts."""
        # https://segment.com/docs/connections/destinations/catalog/webhooks/
        try:
            row = self._row(source_id, body)
        except InvalidEvent as error:
            await self._accept([], [self._reject(source_id, error, body)])
            raise
        await self._accept([row], [])

    # -- CloudEvents

    async def _take_cloudevents(
        self, scope: Scope, headers: Mapping[str, str], body: bytes
    ) -> None:
        source_id = await self._source(scope, headers)
        content_type = headers.get("content-type", "")
        try:
            if not cloudevents.is_batch(content_type):
                payload = cloudevents.track_of(cloudevents.read_one(headers, body))
                rows, rejects = [self._row(source_id, payload)], list[RejectRow]()
            else:
                rows, rejects = self._batch(source_id, body)
        except InvalidEvent as error:
            await self._accept([], [self._reject(source_id, error, body)])
            raise
        await self._accept(rows, rejects)

    def _batch(self, source_id: int, body: bytes) -> tuple[list[EventRow], list[RejectRow]]:
        items = cloudevents.read_items(body)
        if len(items) > self._bounds.max_batch_events:
            raise InvalidEvent(
                f"The batch has {len(items):,} events; at most "
                f"{self._bounds.max_batch_events:,} are taken at once.",
                code="too_many_events",
            )
        rows: list[EventRow] = []
        rejects: list[RejectRow] = []
        for item in items:
            try:
                payload = cloudevents.track_of(cloudevents.read_item(item))
                rows.append(self._row(source_id, payload))
            except InvalidEvent as error:
                rejects.append(self._reject(source_id, error, item))
        return rows, rejects

    async def _source(self, scope: Scope, headers: Mapping[str, str]) -> int:
        """Whose write key came: as Bearer token or user of Basic, or in the address."""
        # https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#3-authorization
        authorization = headers.get("authorization", "")
        scheme, _, token = authorization.partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else None
        if not authorization:
            key = key_in_query(scope["query_string"], names=("access_token", "writeKey"))
        raw = authorization.encode("latin-1")
        knock = partial(self._limits.knock, scope)
        source_id = await self._keys.source_of(authorization=raw, key=key, knock=knock)
        self._limits.sources.take(source_id)
        return source_id

    # -- rows

    def _row(self, source_id: int, payload: bytes) -> EventRow:
        if len(payload) > self._bounds.max_event_bytes:
            raise InvalidEvent(
                f"The event is larger than {self._bounds.max_event_bytes:,} bytes: send less.",
                code="event_too_large",
            )
        head = check_event(payload)
        now_ms = to_ms(self._clock.now())
        message_id = dedupe_key(head.message_id, payload)
        sent_at_ms = moment_ms(head.sent_at)
        return EventRow(source_id, now_ms, sent_at_ms, message_id, payload, None)

    def _reject(self, source_id: int, error: InvalidEvent, payload: bytes) -> RejectRow:
        now_ms = to_ms(self._clock.now())
        return RejectRow(source_id, now_ms, error.code, str(error), payload[:_REJECT_BYTES])


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _handshake(headers: Mapping[str, str]) -> Answer:
    """Agree to be sent events: a sender of CloudEvents may ask first whether it is welcome."""
    origin = headers.get("webhook-request-origin", "*")
    allowed = (
        (b"webhook-allowed-origin", origin.encode("latin-1")),
        (b"webhook-allowed-rate", b"*"),
        (b"allow", b"POST, OPTIONS"),
    )
    return answers.answer(200, b"", allowed)
