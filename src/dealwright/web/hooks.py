"""Hooks: where Pipedrive tells what has happened, as a plain ASGI callable.

Pipedrive signs nothing: who calls has to know the secret path and, by Basic authentication, the
password. It takes any 2xx within 10 s for “taken”, tries thrice more within three minutes, and lets
a webhook rest for half an hour after ten failures; so what cannot be used is answered 200 all the
same, and a refusal means that the caller is somebody else, or that it shall come again.
Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2.
"""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from dealwright.core.errors import DealwrightError, InvalidEvent, StoreUnavailable
from dealwright.core.webhook import Told, read_told
from dealwright.pipeline.hookpath import PATH, hash_credentials, hash_path
from dealwright.store.webhooks import HookDoor
from dealwright.web import answers, bodies
from dealwright.web.answers import HeaderPair, Message, MethodNotAllowed, NoSuchPath
from dealwright.web.basic import credentials_of

Scope = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: Every path that begins so is answered here.
PREFIX: Final = "/hooks/"

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
#: A record with 500 custom texts of 64 KB would be larger; Pipedrive sends none such.
_MAX_BYTES: Final = 8 * 1024 * 1024
#: Pipedrive waits for 10 s; what is late is stored all the same, and dropped when it is repeated.
_PATIENCE_S: Final = 8.0

_log = structlog.get_logger("dealwright.hooks")


class NotPipedrive(DealwrightError):
    """Somebody who does not know the password of this path."""

    code = "hook_not_authorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What the door needs of the rest of the house; all of it raises StoreUnavailable.

    `open` says that it was closed until now; `whose` tells whose messages come in under the hash of
    a path, None for nobody's; `hear` returns once a message is durable, with what became of it.
    """

    open: Callable[[], Awaitable[None]]
    whose: Callable[[str], Awaitable[HookDoor | None]]
    hear: Callable[[int, Told], Awaitable[str]]


class Hooks:
    """Answers `/hooks/pipedrive/<secret path>`, and what else is below `/hooks/`: nothing."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Answer one request. Neither path nor headers are ever logged: they are the secret."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                status, body = 200, await self._answer(scope, receive)
        except answers.SenderGone:
            return
        except TimeoutError:
            status, body = _refusal(StoreUnavailable("The store takes too long. Come again."))
        except DealwrightError as error:
            status, body = _refusal(error)
            if status != 404:
                _log.warning("hook.refused", status=status, code=error.code)
        except Exception:  # noqa: BLE001 - whatever it is, Pipedrive shall come again
            _log.exception("hook.failed")
            status, body = _refusal(_DEFECT)
        await _send(send, status, body)

    async def _answer(self, scope: Scope, receive: bodies.Receive) -> bytes:
        door = await self._door(scope)
        body = await bodies.receive_body(receive, limit=_MAX_BYTES)
        fate = await self._ear.hear(door.connection_id, read_told(body))
        return msgspec.json.encode({"success": True, "outcome": fate})

    async def _door(self, scope: Scope) -> HookDoor:
        path: str = scope["path"]
        secret = path.removeprefix(PATH).rstrip("/")
        door = None
        if path.startswith(PATH) and _SECRET.fullmatch(secret):
            door = await self._ear.whose(hash_path(secret))
        if door is None:
            raise NoSuchPath("There is nothing here.")
        if scope["method"] != "POST":
            raise MethodNotAllowed("Messages come with POST.")
        told = hash_credentials(credentials_of(scope["headers"]))
        if not hmac.compare_digest(told, door.auth_hash):
            raise NotPipedrive("Sign in with the user and password that the webhook was made with.")
        return door


_STATUS: Final[dict[type[DealwrightError], int]] = {
    InvalidEvent: 400,
    NotPipedrive: 401,
    NoSuchPath: 404,
    MethodNotAllowed: 405,
    StoreUnavailable: 503,
}
_DEFECT: Final = DealwrightError("The hub failed at this; its log says why.", code="internal_error")


def _refusal(error: DealwrightError) -> tuple[int, bytes]:
    body = {"success": False, "code": error.code, "message": str(error)}
    return _STATUS.get(type(error), 500), msgspec.json.encode(body)


async def _send(send: Send, status: int, body: bytes) -> None:
    headers: list[HeaderPair] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Dealwright"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
