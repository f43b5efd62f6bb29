"""Spans of what a hub does, where an operator wants them."""

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub

from dealwright.core.errors import StoreUnavailable
from dealwright.pipeline.tracing import Tracing, open_tracing, tracing_wanted
from dealwright.pipeline.watching import Watching
from dealwright.sandbox.app import Sandbox
from dealwright.store.append import EventRow


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter, clock: ManualClock) -> Tracing:
    """Spans that are kept in memory."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Tracing(provider, clock)


def _named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in exporter.get_finished_spans() if span.name == name)


async def test_the_calls_of_a_try_belong_to_it(
    hub: Hub, exporter: InMemorySpanExporter, tracing: Tracing
) -> None:
    hub.watching = Watching(tracing=tracing)
    hub.restart()
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    tried, made = _named(exporter, "deliver"), _named(exporter, "POST /api/v2/persons")
    assert made.parent is not None
    assert made.parent.span_id == tried.context.span_id
    assert (made.attributes or {})["http.response.status_code"] == 200


async def test_no_span_says_what_a_sender_wrote(
    hub: Hub, exporter: InMemorySpanExporter, tracing: Tracing, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(path="/api/v2/persons", status=400)
    hub.watching = Watching(tracing=tracing)
    hub.restart()
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert ("deliver" in told, "love.example" in told, "u-ada" in told) == (True, False, False)


async def test_a_request_at_the_door_is_a_span(
    exporter: InMemorySpanExporter, tracing: Tracing
) -> None:
    async def stored(*_: object) -> None:
        """Store it."""

    await tracing.around(stored)([EventRow(1, 0, None, "m-1", b"{}", None)])

    said = _named(exporter, "accept").attributes or {}
    assert said["messaging.batch.message_count"] == 1


async def test_an_error_is_noted_by_its_class(
    exporter: InMemorySpanExporter, tracing: Tracing
) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with pytest.raises(StoreUnavailable):
        await tracing.around(broken)([])

    assert (_named(exporter, "accept").attributes or {})["error.type"] == "StoreUnavailable"


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c.example", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_it_is_off_unless_an_exporter_is_named(
    environment: dict[str, str], *, wanted: bool
) -> None:
    assert tracing_wanted(environment) is wanted


def test_off_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)

    assert open_tracing("web", ManualClock()) is None
