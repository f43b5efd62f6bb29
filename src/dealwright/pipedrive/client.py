"""Client: the one way to ask Pipedrive. Claim, gate, send, account for, decipher."""

from collections.abc import Callable
from copy import copy
from datetime import datetime
from typing import NamedTuple, TypeVar

from dealwright.core.clock import Clock
from dealwright.core.delivery import Call
from dealwright.core.errors import RateLimited, UpstreamError
from dealwright.core.priority import Priority
from dealwright.pipedrive.allowance import UNLIMITED, Allowance, Capped, Cause
from dealwright.pipedrive.gate import WINDOW_S, Gate
from dealwright.pipedrive.sender import Sender
from dealwright.pipedrive.watch import UNWATCHED, Spared, Watch
from dealwright.pipedrive.wire import Answer, Limits, Request, Response, decipher, limits

T = TypeVar("T")

#: How often one call is sent in all when Pipedrive says “too many requests just now”.
BURST_TRIES = 3

# Whether refused calls are charged is not documented; these two never reach what is charged for.
_FREE = frozenset({401, 429})


class CallRecord(NamedTuple):
    """One call for Ledger and Attempt: what it was, for what, when it started, what was told.

    `call.tokens` is what it cost: nothing for 401 and 429, else the price. No query, no body.
    """

    call: Call
    purpose: str
    at: datetime
    limits: Limits | None
    mapping_id: int = 0


class _Sent(NamedTuple):
    at: datetime
    start_s: float
    mark: int


class Client:
    """Asks Pipedrive for one Connection and one purpose.

    `gate` and `allowance` are shared by all Clients of a token; `on_call` hears of every call,
    also of failed ones, before its result is known to the caller, and must not block.
    """

    def __init__(
        self,
        *,
        sender: Sender,
        clock: Clock,
        gate: Gate,
        purpose: str,
        on_call: Callable[[CallRecord], None],
        allowance: Allowance = UNLIMITED,
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._gate = gate
        self._cause = Cause(purpose)
        self._on_call = on_call
        self._allowance = allowance
        self._watch: Watch = UNWATCHED
        self._only_reads = False

    @property
    def gate(self) -> Gate:
        """The gate of the token."""
        return self._gate

    def for_purpose(
        self,
        purpose: str,
        on_call: Callable[[CallRecord], None],
        *,
        priority: Priority = Priority.NORMAL,
        mapping_id: int = 0,
    ) -> "Client":
        """A Client with the same connections, gate and allowance, for other work."""
        other = copy(self)
        other._cause = Cause(purpose, priority, mapping_id)  # noqa: SLF001 - its own class
        other._on_call = on_call  # noqa: SLF001
        return other

    def within(self, allowance: Allowance) -> "Client":
        """The same Client, which asks an Allowance before each call."""
        other = copy(self)
        other._allowance = allowance  # noqa: SLF001 - its own class
        return other

    def reading(self, *, at_most: int) -> "Client":
        """The same Client, which sends nothing that writes, and spends so many tokens at most."""
        other = copy(self)
        other._allowance = Capped(self._allowance, at_most=at_most)  # noqa: SLF001 - its own class
        other._only_reads = True  # noqa: SLF001
        return other

    def watched(self, watch: Watch) -> "Client":
        """The same Client, of whose calls a Watch hears too."""
        other = copy(self)
        other._watch = watch  # noqa: SLF001 - its own class
        return other

    async def perform(self, request: Request, data_type: type[T]) -> Answer[T]:
        """Send when the gate lets it and make the answer typed.

        A burst 429 (nothing was done) closes the gate for a moment and is tried again, at most
        BURST_TRIES times in all; one that asks for more than a window is raised at once, for nobody
        sleeps here for longer. Raises the UpstreamError tree; of it RateLimited with a code of our
        own when nothing may be sent.
        """
        for _ in range(BURST_TRIES - 1):
            try:
                return await self._once(request, data_type)
            except RateLimited as error:
                if error.code != "burst_limited" or error.retry_after_s > WINDOW_S:
                    raise
        return await self._once(request, data_type)

    def spare(self, why: Spared) -> None:
        """Say that a call was not needed."""
        self._watch.spared(why)

    async def close(self) -> None:
        """Close the sender, for all Clients that share it."""
        await self._sender.close()

    async def _once(self, request: Request, data_type: type[T]) -> Answer[T]:
        if self._only_reads and request.method != "GET":
            raise RuntimeError("a Client that only reads was asked to write")
        await self._allowance.claim(request.tokens, self._cause)
        begun_s = self._clock.monotonic_s()
        try:
            await self._gate.enter(request)
        except BaseException:
            self._allowance.unclaim(request.tokens, self._cause)
            raise
        self._watch.waited(request, self._clock.monotonic_s() - begun_s)
        try:
            answer = decipher(request, await self._sent(request), data_type)
        except UpstreamError as error:
            if isinstance(error, RateLimited):
                self._gate.pause(error.retry_after_s)
            await self._allowance.failed(error)
            raise
        self._allowance.answered()
        return answer

    async def _sent(self, request: Request) -> Response:
        sent = _Sent(self._clock.now(), self._clock.monotonic_s(), self._allowance.mark())
        told: Response | None = None
        try:
            told = response = await self._sender.send(request)
            return response
        finally:
            # Also when cancelled: it may have arrived, and then it was charged.
            self._account(request, told, sent)

    def _account(self, request: Request, response: Response | None, sent: "_Sent") -> None:
        status = None if response is None else response.status
        told = None if response is None else limits(response.headers)
        if told is not None:
            self._gate.follow(request, told)
        call = Call(
            method=request.method,
            path=request.path,
            status=status,
            tokens=0 if status in _FREE else request.tokens,
            duration_ms=round((self._clock.monotonic_s() - sent.start_s) * 1000),
        )
        purpose, _, mapping_id = self._cause
        record = CallRecord(call, purpose, sent.at, told, mapping_id)
        self._allowance.charge(record, claimed=request.tokens, mark=sent.mark)
        self._on_call(record)
        self._watch.called(request, record)
