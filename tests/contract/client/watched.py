"""WatchedSender: passes on, and keeps what Pipedrive's OpenAPI files object to."""

from typing import Any

import msgspec
from tests.openapi import spec_folder, validate_exchange

from dealwright.pipedrive.sender import Sender
from dealwright.pipedrive.wire import Request, Response

# The answers are the sandbox's affair (and often faults on purpose): no operation declares this.
_ANSWER_NOT_LOOKED_AT = 0


def objections(request: Request) -> list[str]:
    """What the OpenAPI files say against a request, as sentences."""
    body: Any = None if request.body is None else msgspec.json.decode(request.body)
    return validate_exchange(
        request.method,
        request.path,
        request.query_string,
        request_json=body,
        status=_ANSWER_NOT_LOOKED_AT,
        response_json=None,
    )


class WatchedSender:
    """A Sender around another one; without the files it only passes on."""

    def __init__(self, sender: Sender) -> None:
        self.objections: list[str] = []
        self._sender = sender
        self._watches = (spec_folder() / "openapi-v2.yaml").exists()

    async def send(self, request: Request) -> Response:
        if self._watches:
            self.objections += objections(request)
        return await self._sender.send(request)

    async def close(self) -> None:
        await self._sender.close()
