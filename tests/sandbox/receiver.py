"""Somebody whom the sandbox tells of changes, and somebody who makes them."""

import json
from typing import TYPE_CHECKING, Any

from dealwright.sandbox.courier import Outgoing

if TYPE_CHECKING:
    from tests.sandbox.conftest import Visitor

URL = "https://hub.example/hooks"


class Receiver:
    """Somebody else's server; `status` None is one that does not answer."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.requests: list[Outgoing] = []

    async def __call__(self, outgoing: Outgoing) -> int:
        self.requests.append(outgoing)
        if self.status is None:
            raise TimeoutError
        return self.status

    @property
    def told(self) -> list[Any]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def names(self) -> list[str]:
        return [f"{t['meta']['action']}.{t['meta']['entity']}" for t in self.told]

    @property
    def last(self) -> Any:
        return self.told[-1]


class Subscriber:
    """A visitor who has webhooks, and waits until they are delivered."""

    def __init__(self, visitor: "Visitor") -> None:
        self.visitor = visitor
        self.sandbox = visitor.sandbox

    async def subscribe(self, event: str = "*.*", **more: Any) -> int:
        action, _, entity = event.partition(".")
        made = await self.visitor.post("/api/v1/webhooks", wish(action, entity, **more))
        return made.data["id"]

    async def patch_person(self, **values: Any) -> None:
        await self.visitor.patch("/api/v2/persons/1", values)
        await self.sandbox.courier.deliver()

    async def rename(self, *names: str) -> None:
        for name in names:
            await self.patch_person(name=name)

    async def wait(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)
        await self.sandbox.courier.deliver()

    @property
    def fates(self) -> list[str]:
        return [attempt.fate for attempt in self.sandbox.deliveries.attempts()]


def wish(action: str = "*", entity: str = "*", **more: Any) -> dict[str, Any]:
    return {"subscription_url": URL, "event_action": action, "event_object": entity,
            "name": "Hub", **more}  # fmt: skip
