"""DryAsking: Records that answer from what is known here, and Pipedrive asked only to verify."""

from collections.abc import Awaitable, Callable
from typing import Final

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.wire import Request, Response
from dealwright.pipeline.estimate import read_price

#: Nobody stands before it: what is not sent needs no gate.
_WIDE: Final = 1_000_000_000


class NotAsked(DealwrightError):
    """A look into Pipedrive would be needed, and was not asked for; the answer is not known."""

    code = "not_asked"


class MuteSender:
    """Sends nothing to anybody."""

    async def send(self, request: Request) -> Response:
        """Refuse."""
        raise NotAsked(_sentence(request))

    async def close(self) -> None:
        """Nothing is open."""


def mute_client(clock: Clock) -> Client:
    """A Client that has no way out."""
    return Client(
        sender=MuteSender(),
        clock=clock,
        gate=Gate(clock, burst=_WIDE),
        purpose="dry_run",
        on_call=lambda _: None,
    )


class DryRecords(Records):
    """Records of an account; its Client is mute, or one that only reads.

    `known` answers for what is known here (None: nothing is), `tokens` are what a delivery would
    have spent on reading meanwhile.
    """

    def __init__(
        self,
        client: Client,
        *,
        known: Callable[[RecordKind, RecordId], Awaitable["Record | Gone | None"]],
    ) -> None:
        super().__init__(client)
        self._known = known
        self.tokens = 0

    async def get(self, kind: RecordKind, record_id: RecordId) -> Record | None:
        """One record as it would be; raises NotAsked where only Pipedrive can tell."""
        self.tokens += read_price(kind)
        found = await self._known(kind, record_id)
        if isinstance(found, Gone):
            return None
        return await super().get(kind, record_id) if found is None else found


class Gone:
    """A record that is no more."""


GONE: Final = Gone()


def _sentence(request: Request) -> str:
    return (
        "This cannot be known without a look into Pipedrive "
        f"({request.method} {request.path}, {request.tokens} tokens): let the dry run verify, or "
        "complete the mirror first."
    )
