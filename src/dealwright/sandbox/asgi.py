"""Between the ASGI server and the sandbox: reading requests, sending answers, losing them."""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dealwright.sandbox.admin import answer_admin
from dealwright.sandbox.answers import Answer
from dealwright.sandbox.calllog import LoggedCall
from dealwright.sandbox.clock import rfc3339_ms
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.faults import FaultRule
from dealwright.sandbox.front import answer_front, foreign

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

MAX_BODY = 10_000_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})


async def serve_scope(sandbox: "Sandbox", scope: Any, receive: Any, send: Any) -> None:
    """Handle one ASGI scope."""
    if scope["type"] == "lifespan":
        await _lifespan(sandbox, receive, send)
        return
    if scope["type"] != "http":
        return
    body = await _read(receive)
    path: str = scope["path"]
    exchange = Exchange(
        scope["method"],
        path,
        query_string=scope["query_string"].decode("latin-1"),
        headers=dict(scope["headers"]),
        body=body,
    )
    if path.startswith("/_sandbox/"):
        await _admin(sandbox, scope, exchange, send)
    elif path == "/" or path.startswith(("/oauth/", "/_page/")):
        await _front(sandbox, scope, exchange, send)
    else:
        await _api(sandbox, exchange, receive=receive, send=send)


async def _lifespan(sandbox: "Sandbox", receive: Any, send: Any) -> None:
    courier: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            courier = asyncio.create_task(sandbox.courier.run())
            await send({"type": "lifespan.startup.complete"})
        else:
            sandbox.close()
            if courier is not None:
                courier.cancel()
                await asyncio.wait({courier})
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _read(receive: Any) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body") and size <= MAX_BODY:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    return b"".join(parts)


async def _admin(sandbox: "Sandbox", scope: Any, exchange: Exchange, send: Any) -> None:
    if not _from_here(scope) or foreign(exchange):
        await _send(send, Answer(403, b'{"error":"Only from this machine."}'))
        return
    await _send(send, answer_admin(sandbox, exchange))


async def _front(sandbox: "Sandbox", scope: Any, exchange: Exchange, send: Any) -> None:
    if not exchange.path.startswith("/oauth/") and not _from_here(scope):
        await _send(send, Answer(403, b"Only from this machine.", content_type=b"text/plain"))
        return
    await _send(send, answer_front(sandbox, exchange, scheme=scope.get("scheme", "http")))


def _from_here(scope: Any) -> bool:
    client = scope.get("client")
    return client is None or client[0] in _LOOPBACK


async def _api(sandbox: "Sandbox", exchange: Exchange, *, receive: Any, send: Any) -> None:
    rule = sandbox.faults.strike(exchange.method, exchange.path)
    if rule is None:
        answer = sandbox.handle(exchange)
        _note(sandbox, exchange, answer.status)
        await _send(send, _correlated(answer))
        return
    answer = None
    if rule.after_commit or not rule.replaces_answer():
        answer = sandbox.handle(exchange)
    if rule.replaces_answer() and rule.status is not None:
        answer = rule.answer()
    silent = rule.reset or rule.hang_ms > 0
    _note(sandbox, exchange, 0 if silent or answer is None else answer.status, fault=True)
    if rule.delay_ms or rule.hang_ms:
        await _wait(receive, send, (rule.delay_ms or rule.hang_ms) / 1000)
    if silent or answer is None:
        await _cut(receive, send)
        return
    await _send_spoiled(send, _correlated(answer), rule)


def _note(sandbox: "Sandbox", exchange: Exchange, status: int, *, fault: bool = False) -> None:
    log = sandbox.log
    log.add(
        LoggedCall(
            index=log.count,
            at=rfc3339_ms(sandbox.clock.now_ms()) or "",
            method=exchange.method,
            path=exchange.path,
            query=exchange.query_string,
            template=exchange.template,
            status=status,
            cost=exchange.cost,
            fault=fault,
            query_token=exchange.token_in_query,
        )
    )


def _correlated(answer: Answer) -> Answer:
    answer.headers = (*answer.headers, (b"x-correlation-id", str(uuid4()).encode()))
    return answer


async def _wait(receive: Any, send: Any, seconds: float) -> None:
    # Waiting for the caller to give up is the wait: a caller with a shorter patience ends it.
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({gone}, timeout=seconds)
    except asyncio.CancelledError:
        # A server that ends ends the wait; in process it is the caller who gives up.
        if _transport(send) is None:
            raise
    finally:
        gone.cancel()


def _transport(send: Any) -> Any:
    # uvicorn's request cycle knows its transport; in process there is none.
    return getattr(getattr(send, "__self__", None), "transport", None)


async def _cut(receive: Any, send: Any) -> None:
    transport = _transport(send)
    if transport is None:
        # The caller's own transport raises what a broken connection would.
        raise ConnectionResetError("The sandbox lost the answer, as a fault rule told it to.")
    transport.abort()
    # Until uvicorn has noticed, it would complain that nothing was answered.
    await receive()


async def _send(send: Any, answer: Answer) -> None:
    body = answer.body
    await send({
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            (b"content-type", answer.content_type),
            (b"content-length", str(len(body)).encode()),
            *answer.headers,
        ],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body})


async def _send_spoiled(send: Any, answer: Answer, rule: FaultRule) -> None:
    prefixes = tuple(prefix.lower().encode() for prefix in rule.without_headers)
    if prefixes:
        answer.headers = tuple(h for h in answer.headers if not h[0].startswith(prefixes))
    if rule.truncate:
        answer.body = answer.body[: len(answer.body) // 2]
    await _send(send, answer)
