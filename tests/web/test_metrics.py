"""Who may read `/metrics`, and what a process has counted by itself."""

import pytest
from tests.clock import ManualClock
from tests.web.door import SHOP

from dealwright.core.delivery import Call, State
from dealwright.core.errors import StoreUnavailable
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.wire import Request
from dealwright.pipeline.figures import Figures
from dealwright.pipeline.meter import DoorMeter, WorkMeter
from dealwright.pipeline.notice import Notice
from dealwright.store.append import EventRow, RejectRow
from dealwright.web.metrics import KEEP_S, Metrics, MetricsClosed, check_caller

TOKEN = Secret("scrape-me")
EVENT = EventRow(SHOP, 0, None, "m-1", b"{}", None)


def test_a_program_of_this_machine_may_read_them() -> None:
    check_caller(client="127.0.0.1", headers=[], token=None)


@pytest.mark.parametrize("client", ["10.0.0.7", "203.0.113.9", "hub.example", None])
def test_others_may_not(client: str | None) -> None:
    with pytest.raises(MetricsClosed):
        check_caller(client=client, headers=[], token=None)


def test_who_comes_through_a_proxy_is_not_of_this_machine() -> None:
    headers = [(b"x-forwarded-for", b"127.0.0.1")]
    with pytest.raises(MetricsClosed):
        check_caller(client="127.0.0.1", headers=headers, token=None)


def test_with_a_token_it_counts_who_has_it() -> None:
    check_caller(
        client="203.0.113.9", headers=[(b"authorization", b"Bearer scrape-me")], token=TOKEN
    )


@pytest.mark.parametrize("sent", [b"", b"Bearer", b"Bearer scrape", b"Basic scrape-me"])
def test_with_a_token_this_machine_needs_it_too(sent: bytes) -> None:
    with pytest.raises(MetricsClosed):
        check_caller(client="127.0.0.1", headers=[(b"authorization", sent)], token=TOKEN)


async def test_what_was_stored_is_counted_by_source() -> None:
    meter = DoorMeter(ManualClock())

    async def stored(*_: object) -> None:
        """Store it."""

    reject = RejectRow(SHOP, 0, "unknown_type", "…", b"{}")
    await meter.around(stored)([EVENT, EVENT], [reject])

    text = (await Metrics(clock=ManualClock(), counted=[meter.registry]).text()).decode()
    assert 'dealwright_events_received_total{source="7"} 2.0' in text
    assert 'dealwright_events_rejected_total{code="unknown_type",source="7"} 1.0' in text


async def test_what_was_not_stored_is_not_counted() -> None:
    meter = DoorMeter(ManualClock())

    async def broken(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with pytest.raises(StoreUnavailable):
        await meter.around(broken)([EVENT])

    text = (await Metrics(clock=ManualClock(), counted=[meter.registry]).text()).decode()
    assert "events_received_total{" not in text


async def test_a_try_is_counted_with_how_long_it_took() -> None:
    clock = ManualClock()
    meter = WorkMeter(clock)
    meter.noticed(Notice(1, (5,), State.SENDING, "", ""))
    clock.advance(2)
    meter.noticed(Notice(1, (5,), State.FAILED, "rejected", "…"))

    text = (await Metrics(clock=clock, counted=[meter.registry]).text()).decode()
    counted = 'deliveries_total{code="rejected",connection="1",outcome="failed"} 1.0'
    assert counted in text
    assert 'delivery_duration_seconds_sum{connection="1"} 2.0' in text


async def test_a_call_is_counted_by_operation_and_what_it_cost() -> None:
    clock = ManualClock()
    meter = WorkMeter(clock)
    request = Request(
        method="PATCH", path="/api/v2/persons/7", operation="PATCH /api/v2/persons/{id}", tokens=5
    )
    call = Call(method="PATCH", path=request.path, status=200, tokens=5, duration_ms=80)
    watch = meter.of(1)
    watch.waited(request, 0.5)
    watch.called(request, CallRecord(call, "events", clock.now(), None))

    text = (await Metrics(clock=clock, counted=[meter.registry]).text()).decode()
    operation = 'connection="1",operation="PATCH /api/v2/persons/{id}"'
    assert f'tokens_spent_total{{{operation},purpose="events"}} 5.0' in text
    assert f'request_duration_seconds_count{{{operation},status="200"}} 1.0' in text
    assert 'burst_wait_seconds_sum{connection="1"} 0.5' in text


async def test_the_store_is_read_once_however_often_it_is_asked() -> None:
    clock, reads = ManualClock(), list[int]()

    async def look() -> Figures:
        reads.append(1)
        return Figures(at_ms=0, end_of_log=0, sources=[], connections=[])

    metrics = Metrics(clock=clock, look=look)
    await metrics.text()
    await metrics.text()
    clock.advance(KEEP_S)
    await metrics.text()

    assert len(reads) == 2
