"""Exchanges: what a hub and its Pipedrive said to each other, held to Pipedrive's OpenAPI files."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from tests.openapi import spec_folder, validate_exchange

from dealwright.pipedrive.sender import Sender
from dealwright.pipedrive.wire import Request, Response

# Of an answer that never came only the request counts: no operation declares this status.
_NO_ANSWER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what came back."""

    request: Request
    status: int = _NO_ANSWER
    answer: bytes = field(default=b"", repr=False)

    def objections(self) -> list[str]:
        """What the files say against it. Refusals and faults are not looked at, their cause is."""
        answered = self.status < 300
        return validate_exchange(
            self.request.method,
            self.request.path,
            self.request.query_string,
            request_json=_read(self.request.body),
            status=self.status if answered else _NO_ANSWER,
            response_json=_read(self.answer) if answered else None,
        )


class RecordingSender:
    """A Sender around another one, that writes down what it passes on."""

    def __init__(self, sender: Sender, into: list[Exchange]) -> None:
        self._sender = sender
        self._into = into

    async def send(self, request: Request) -> Response:
        try:
            response = await self._sender.send(request)
        except BaseException:
            self._into.append(Exchange(request=request))
            raise
        if response.headers.get("content-type", "").startswith("application/json"):
            said = Exchange(request=request, status=response.status, answer=response.body)
        else:
            # A page of a proxy, put in its place by the test: no answer of a Pipedrive.
            said = Exchange(request=request)
        self._into.append(said)
        return response

    async def close(self) -> None:
        await self._sender.close()


def objections(exchanges: list[Exchange]) -> list[str]:
    """What the files say against any of them; nothing where there are no files."""
    if not (spec_folder() / "openapi-v2.yaml").exists():
        return []
    return [objection for exchange in exchanges for objection in exchange.objections()]


def _read(body: bytes | None) -> Any:
    return msgspec.json.decode(body) if body else None
