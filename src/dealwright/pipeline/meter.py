"""Meter: what a process itself has counted since it started, for Prometheus.

What the store knows is read from there when it is asked for (`pipeline.figures`); here is what
passes by and leaves no row: how many, how long, how often. Labels are ids and fixed words, never
a name, an address or anything a sender wrote.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from dealwright.core.clock import Clock
from dealwright.core.delivery import State
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.watch import Spared
from dealwright.pipedrive.wire import Request
from dealwright.pipeline.accept import Accepting
from dealwright.pipeline.notice import Notice
from dealwright.store.append import EventRow, RejectRow

PREFIX: Final = "dealwright"

#: Seconds. An append takes a millisecond, a Delivery two calls, a wait up to two windows.
_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_CALLS: Final = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 30)

#: What a search and an update cost. Source: API.md's token-costs, v2.
SEARCH_TOKENS: Final = 20
WRITE_TOKENS: Final = 5

#: However long Deliveries stand under way, no more are remembered than this.
_MOST_UNDER_WAY: Final = 10_000


class DoorMeter:
    """What comes in at the doors of this process."""

    def __init__(self, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._clock = clock
        self._received = Counter(
            "events_received",
            "Events that were stored.",
            ["source"],
            namespace=PREFIX,
            registry=self.registry,
        )
        self._rejected = Counter(
            "events_rejected",
            "Events that cannot be used, by the code of the reason.",
            ["source", "code"],
            namespace=PREFIX,
            registry=self.registry,
        )
        self._took = Histogram(
            "accept_duration_seconds",
            "From the moment that a request was understood until its events were durable.",
            buckets=_FAST,
            namespace=PREFIX,
            registry=self.registry,
        )

    def around(self, accept: Accepting) -> Accepting:
        """The same door, counted: only what was stored, and how long that took."""
        clock, took = self._clock, self._took

        async def counted(events: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
            begun_s = clock.monotonic_s()
            await accept(events, rejects)
            took.observe(clock.monotonic_s() - begun_s)
            if events:
                # A request speaks for one Source.
                self._received.labels(events[0].source_id).inc(len(events))
            for row in rejects:
                self._rejected.labels(row.source_id, row.code).inc()

        return counted


class WorkMeter:
    """What a worker does: Deliveries, and every call to Pipedrive."""

    def __init__(self, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._clock = clock
        self._begun_s: dict[int, float] = {}
        self._deliveries = self._counter(
            "deliveries",
            "Tries that are over, by what came of them.",
            ["connection", "outcome", "code"],
        )
        self._took = self._histogram(
            "delivery_duration_seconds",
            "How long a try took, its calls included.",
            ["connection"],
        )
        self._requests = self._histogram(
            "pipedrive_request_duration_seconds",
            "How long Pipedrive took to answer; status 0 is no answer.",
            ["connection", "operation", "status"],
        )
        self._tokens = self._counter(
            "pipedrive_tokens_spent",
            "API tokens that this process has spent.",
            ["connection", "operation", "purpose"],
        )
        self._waits = self._histogram(
            "pipedrive_burst_wait_seconds",
            "How long a call stood before the gate of the 2 second window.",
            ["connection"],
            buckets=_FAST,
        )
        self._lookups = self._counter(
            "mirror_lookups",
            "Times that it was asked who has a key: hit, miss, or polled before it was certain.",
            ["connection", "result"],
        )
        self._avoided = self._counter(
            "writes_avoided",
            "Deliveries that needed no write of their own, by why.",
            ["connection", "reason"],
        )
        self._duplicates = self._counter(
            "duplicates_prevented",
            "Records whose creation was not answered, and which were found instead of made again.",
            ["connection"],
        )
        self._saved = self._counter(
            "pipedrive_tokens_saved",
            "API tokens of the searches and writes that were not needed, at their prices.",
            ["connection", "by"],
        )

    def _counter(self, name: str, text: str, labels: Sequence[str]) -> Counter:
        return Counter(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: Sequence[str], *, buckets: Sequence[float] = _CALLS
    ) -> Histogram:
        return Histogram(
            name, text, labels, buckets=buckets, namespace=PREFIX, registry=self.registry
        )

    def noticed(self, notice: Notice) -> None:
        """Count a try that begins or is over; a `Listener`."""
        now_s = self._clock.monotonic_s()
        if notice.state is State.SENDING:
            if len(self._begun_s) < _MOST_UNDER_WAY:
                self._begun_s.update(dict.fromkeys(notice.delivery_ids, now_s))
            return
        labels = (notice.connection_id, notice.state.value, notice.code)
        self._deliveries.labels(*labels).inc(len(notice.delivery_ids))
        self._count_avoided(notice)
        for delivery_id in notice.delivery_ids:
            begun_s = self._begun_s.pop(delivery_id, None)
            if begun_s is not None:
                self._took.labels(notice.connection_id).observe(now_s - begun_s)

    def _count_avoided(self, notice: Notice) -> None:
        """What was merged into one write, and what stood there already, was not written."""
        if notice.state not in {State.DELIVERED, State.UNCHANGED}:
            return
        every = len(notice.delivery_ids)
        merged = every - 1
        reasons = {"merged": merged, notice.code: int(notice.state is State.UNCHANGED)}
        for reason, number in reasons.items():
            if number:
                self._avoided.labels(notice.connection_id, reason).inc(number)
                saved = self._saved.labels(notice.connection_id, reason)
                saved.inc(number * WRITE_TOKENS)

    def count_spared(self, connection_id: int, why: Spared) -> None:
        """Count a call that was not needed."""
        if why is Spared.DUPLICATE:
            self._duplicates.labels(connection_id).inc()
            return
        self._lookups.labels(connection_id, why.value).inc()
        # What the poll cost stands in the Ledger; it is not told from the others here.
        self._saved.labels(connection_id, "mirror").inc(SEARCH_TOKENS)

    def of(self, connection_id: int) -> "CallMeter":
        """The Watch of a Connection's calls."""
        return CallMeter(self, connection_id)

    def count_wait(self, connection_id: int, seconds: float) -> None:
        """Count how long a call waited for its turn."""
        self._waits.labels(connection_id).observe(seconds)

    def count_call(self, connection_id: int, operation: str, record: CallRecord) -> None:
        """Count a call that is over."""
        call = record.call
        labels = (connection_id, operation, call.status or 0)
        self._requests.labels(*labels).observe(call.duration_ms / 1000)
        if call.tokens:
            spent = self._tokens.labels(connection_id, operation, record.purpose)
            spent.inc(call.tokens)


class CallMeter:
    """Counts the calls of one Connection."""

    def __init__(self, meter: WorkMeter, connection_id: int) -> None:
        self._meter = meter
        self._connection_id = connection_id

    def waited(self, request: Request, seconds: float) -> None:  # noqa: ARG002 - of Watch
        """Count how long a call waited for its turn."""
        self._meter.count_wait(self._connection_id, seconds)

    def spared(self, why: Spared) -> None:
        """Count a call that was not needed."""
        self._meter.count_spared(self._connection_id, why)

    def called(self, request: Request, record: CallRecord) -> None:
        """Count a call that is over."""
        self._meter.count_call(self._connection_id, request.operation, record)
