"""Tracing: spans of OpenTelemetry around what comes in, each try, and each call to Pipedrive.

Off, and nothing of it imported, unless the extra `otel` is installed and an exporter is named by
OpenTelemetry's own variables. What a span says are ids, codes and path templates: never what a
sender wrote. The names are in this one file.
"""

import importlib.util
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.watch import Spared
from dealwright.pipedrive.wire import Request
from dealwright.pipeline.accept import Accepting
from dealwright.pipeline.lanes import Group
from dealwright.store.append import EventRow, RejectRow

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

#: Any of these means that an operator wants traces.
#: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
_WANTED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_log = structlog.get_logger("dealwright.tracing")


class Span(Protocol):
    """Makes spans around pieces of work."""

    def __call__(self, name: str, **attributes: str | int) -> AbstractContextManager[object]:
        """Open a span; what is called inside it belongs to it."""
        ...


_NOTHING = nullcontext()


def no_span(name: str, **attributes: str | int) -> AbstractContextManager[object]:  # noqa: ARG001
    """Make none."""
    return _NOTHING


def about(connection_id: int, group: Group) -> dict[str, str | int]:
    """What a span says of a try at a Group."""
    return {
        "messaging.operation.type": "process",
        "messaging.batch.message_count": len(group.ids),
        "dealwright.connection": connection_id,
        "dealwright.delivery": group.leader.id,
        "dealwright.mapping": group.leader.mapping_id,
    }


class Tracing:
    """The spans of one process."""

    def __init__(self, provider: "TracerProvider", clock: Clock) -> None:
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer("dealwright")
        self._clock = clock

    @contextmanager
    def span(self, name: str, **attributes: str | int) -> Generator[object]:
        """Open a span; an error that leaves it is noted by its class alone."""
        with self._tracer.start_as_current_span(
            name,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    def around(self, accept: Accepting) -> Accepting:
        """The same door, with a span for each request that it takes."""

        async def traced(events: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
            # https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
            with self.span(
                "accept",
                **{
                    "messaging.system": "dealwright",
                    "messaging.operation.type": "send",
                    "messaging.batch.message_count": len(events),
                    "dealwright.rejects": len(rejects),
                },
            ):
                await accept(events, rejects)

        return traced

    def of(self, connection_id: int) -> "CallSpans":
        """The Watch of a Connection's calls."""
        return CallSpans(self._tracer, self._clock, connection_id)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class CallSpans:
    """Makes a span of each call once it is over; it belongs to the try that asked for it."""

    def __init__(self, tracer: "Tracer", clock: Clock, connection_id: int) -> None:
        self._tracer = tracer
        self._clock = clock
        self._connection_id = connection_id

    def waited(self, request: Request, seconds: float) -> None:
        """A wait at the gate is seen as the gap before the call."""

    def spared(self, why: Spared) -> None:
        """What was not done has no span."""

    def called(self, request: Request, record: CallRecord) -> None:
        """Make the span."""
        call = record.call
        begun_ns = to_ms(record.at) * 1_000_000
        # https://opentelemetry.io/docs/specs/semconv/http/http-spans/
        span = self._tracer.start_span(
            request.operation,
            start_time=begun_ns,
            attributes={
                "http.request.method": call.method,
                "url.template": request.operation.partition(" ")[2],
                "dealwright.connection": self._connection_id,
                "dealwright.purpose": record.purpose,
                "dealwright.tokens": call.tokens,
            },
        )
        if call.status is None:
            span.set_attribute("error.type", "unavailable")
        else:
            span.set_attribute("http.response.status_code", call.status)
        span.end(end_time=begun_ns + call.duration_ms * 1_000_000)


def tracing_wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether an operator has named an exporter, and has not switched it off."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    return any(environment.get(name) for name in _WANTED)


def open_tracing(role: str, clock: Clock) -> Tracing | None:
    """The spans of this process; None when they are not wanted, or the extra is not installed."""
    if not tracing_wanted():
        return None
    if importlib.util.find_spec("opentelemetry") is None:
        _log.warning("tracing.off", reason="pip install 'dealwright[otel]'")
        return None
    # It takes longer to import than all else that a process needs.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", f"dealwright-{role}")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider, clock)
