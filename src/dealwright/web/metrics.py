"""Metrics: `/metrics` in Prometheus' text format, for those who may see how much goes on here.

Two kinds of figures: what the store knows, the same whichever process is asked, and what this
process has counted since it started. The first are read at most every few seconds.
"""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError, StoreUnavailable
from dealwright.core.priority import Priority
from dealwright.core.secret import Secret
from dealwright.pipeline.figures import ConnectionFigures, Figures
from dealwright.web.answers import HeaderPair

#: https://prometheus.io/docs/instrumenting/exposition_formats/
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

#: However often it is asked, the store is read no more often.
KEEP_S: Final = 5.0

#: A proxy says by one of these that the caller is somebody else than who connects.
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})

Look = Callable[[], Awaitable[Figures]]
"""Reads the store; raises StoreUnavailable."""


class MetricsClosed(DealwrightError):
    """Whoever asks may not see the figures."""

    code = "metrics_closed"


class Metrics:
    """Puts the text together. `look` reads the store, `counted` are registries of this process."""

    def __init__(
        self,
        *,
        clock: Clock,
        look: Look | None = None,
        counted: Sequence[CollectorRegistry] = (),
    ) -> None:
        self._clock = clock
        self._look = look
        self._counted = (_process(), *counted)
        self._known: Figures | None = None
        self._known_s = float("-inf")
        self._reading = asyncio.Lock()

    async def text(self) -> bytes:
        """The page; raises StoreUnavailable."""
        registries = list(self._counted)
        if self._look is not None:
            registries.append(_registry_of(await self._figures(self._look)))
        return await asyncio.to_thread(_written, registries)

    async def _figures(self, look: Look) -> Figures:
        async with self._reading:
            now_s = self._clock.monotonic_s()
            if self._known is None or now_s - self._known_s >= KEEP_S:
                self._known, self._known_s = await look(), now_s
            return self._known


def metrics_route(metrics: Metrics, *, token: Secret | None) -> Route:
    """`GET /metrics`, for whoever may read it."""

    async def page(request: Request) -> Response:
        client = None if request.client is None else request.client.host
        try:
            check_caller(client=client, headers=request.headers.raw, token=token)
            return Response(await metrics.text(), headers={"content-type": CONTENT_TYPE})
        except MetricsClosed as error:
            return PlainTextResponse(f"{error} ({error.code})\n", status_code=403)
        except StoreUnavailable as error:
            return PlainTextResponse(f"{error} ({error.code})\n", status_code=503)

    return Route("/metrics", page)


def check_caller(
    *, client: str | None, headers: Sequence[HeaderPair], token: Secret | None
) -> None:
    """See that a caller may read the page; raises MetricsClosed.

    With a token: whoever sends it as Bearer. Without: programs on this machine that come straight,
    not through a proxy, and so nobody from outside.
    """
    if token is not None:
        wanted = f"Bearer {token.reveal()}".encode()
        sent = next((value for name, value in headers if name == b"authorization"), b"")
        if not hmac.compare_digest(sent, wanted):
            raise MetricsClosed("Send the token of DEALWRIGHT_METRICS_TOKEN as a Bearer token.")
        return
    straight = not any(name in _FORWARDED for name, _ in headers)
    if not (straight and _is_here(client)):
        raise MetricsClosed(
            "The figures are shown to programs on this machine only. For others set "
            "DEALWRIGHT_METRICS_TOKEN and send it as a Bearer token."
        )


def _is_here(client: str | None) -> bool:
    try:
        return client is not None and ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False


def _written(registries: Sequence[CollectorRegistry]) -> bytes:
    return b"".join(generate_latest(one) for one in registries)


def _process() -> CollectorRegistry:
    registry = CollectorRegistry()
    # CPU, memory and open files of this process, by Prometheus' own names.
    ProcessCollector(registry=registry)
    return registry


def _registry_of(figures: Figures) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Shown(figures))
    return registry


class _Shown:
    """Figures of the store as Prometheus' families."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        build = _gauge("build_info", "The version that runs.", "version")
        build.add_metric([version("dealwright")], 1)
        yield build
        end = _gauge("log_end_events", "The number of the newest event in the log.")
        end.add_metric([], figures.end_of_log)
        yield end
        sources = _gauge("source_info", "What a Source is called.", "source", "name")
        for source in figures.sources:
            sources.add_metric([str(source.id), source.name], 1)
        yield sources
        for family in _FAMILIES:
            yield family(figures)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dealwright_{name}", text, labels=labels)


_Row = tuple[tuple[str, ...], float]


def _family(
    name: str, text: str, *labels: str
) -> Callable[[Callable[[ConnectionFigures, int], Iterator[_Row]]], Callable[[Figures], Metric]]:
    """Make a family of what a function tells of each Connection."""

    def made(
        rows: Callable[[ConnectionFigures, int], Iterator[_Row]],
    ) -> Callable[[Figures], Metric]:
        def family(figures: Figures) -> Metric:
            gauge = _gauge(name, text, "connection", *labels)
            for one in figures.connections:
                for values, figure in rows(one, figures.at_ms):
                    gauge.add_metric([str(one.connection.id), *values], figure)
            return gauge

        return family

    return made


@_family("connection_info", "What a Connection is called, and how it is.", "name", "state")
def _connection_info(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (one.connection.name, one.condition.state.value), 1


@_family("connection_delivering", "1 while events are written to it.")
def _delivering(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (), int(one.connection.in_use)


@_family("deliveries", "Deliveries by state.", "state")
def _deliveries(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for state, count in one.by_state.items():
        yield (state.value,), count


@_family("deliveries_unfinished", "Deliveries that have not ended well, by code.", "state", "code")
def _unfinished(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for found in one.unfinished:
        yield (found.state, found.code), found.number


@_family("queue_oldest_seconds", "Age of the oldest Delivery that is still to be done.")
def _oldest(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    yield (), _age_s(now_ms, now_ms if one.oldest_open_ms is None else one.oldest_open_ms)


@_family("log_lag_events", "Events of the log that it has not read.")
def _behind(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (), one.behind_events


@_family("log_lag_seconds", "Age of the oldest event that it has not read.")
def _late(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    yield (), _age_s(now_ms, now_ms if one.behind_since_ms is None else one.behind_since_ms)


@_family(
    "pipedrive_budget_tokens",
    "The day's API tokens: limit, left, reserve, spent by this hub, and forecast: what everybody "
    "will have spent at the reset.",
    "kind",
)
def _budget(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    budget = one.budget
    yield ("limit",), budget.limit
    yield ("left",), budget.unspent
    yield ("spent",), budget.used
    yield ("reserve",), budget.floor(Priority.NORMAL)
    yield ("forecast",), one.spent_by_reset(now_ms)


@_family(
    "pipedrive_budget_ends_seconds",
    "Until work of a priority has to wait, at the present pace; absent where the day suffices.",
    "priority",
)
def _ends(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    for priority, at_ms in one.forecast.ends_at_ms.items():
        yield (priority.name.lower(),), max(0, at_ms - now_ms) / 1000


@_family("pipedrive_budget_reset_seconds", "Until the day's tokens begin anew, as far as is known.")
def _reset(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    yield (), max(0, one.budget.resets_at_ms - now_ms) / 1000


@_family(
    "deliveries_forecast_moved",
    "Deliveries of the queue that will have to wait for the next day's tokens.",
    "priority",
)
def _moved(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for priority in Priority:
        yield (priority.name.lower(),), one.forecast.moved.get(priority, 0)


@_family("pipedrive_day_tokens", "Tokens that the Ledger has of the day.", "purpose")
def _day_tokens(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for purpose, (tokens, _calls) in one.spent.items():
        yield (purpose,), tokens


@_family("pipedrive_day_calls", "Calls that the Ledger has of the day.", "purpose")
def _day_calls(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for purpose, (_tokens, calls) in one.spent.items():
        yield (purpose,), calls


@_family("pipedrive_breaker_open", "1 while nobody may ask Pipedrive.")
def _breaker(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (), int(one.breaker_open)


@_family("mirror_complete", "1 once a crawl of the kind has ended.", "kind")
def _complete(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    for kind, state in one.mirror.items():
        yield (kind.value,), int(state.complete)


@_family("mirror_lag_seconds", "How old the last complete look at the kind is.", "kind")
def _stale(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    for kind, state in one.mirror.items():
        if state.fresh_at_ms is not None:
            yield (kind.value,), _age_s(now_ms, state.fresh_at_ms)


@_family("webhook_registered", "1 while Pipedrive has our webhook.")
def _registered(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (), int(one.webhook is not None and one.webhook.remote_id is not None)


@_family("webhook_believed", "1 while what Pipedrive tells is known to be all.")
def _believed(one: ConnectionFigures, _: int) -> Iterator[_Row]:
    yield (), int(one.listening)


@_family("webhook_age_seconds", "Since Pipedrive's last message, to the minute.")
def _heard(one: ConnectionFigures, now_ms: int) -> Iterator[_Row]:
    if one.webhook is not None and one.webhook.heard_at_ms is not None:
        yield (), _age_s(now_ms, one.webhook.heard_at_ms)


_FAMILIES: Final = (
    _connection_info,
    _delivering,
    _deliveries,
    _unfinished,
    _oldest,
    _behind,
    _late,
    _budget,
    _ends,
    _reset,
    _moved,
    _day_tokens,
    _day_calls,
    _breaker,
    _complete,
    _stale,
    _registered,
    _believed,
    _heard,
)


def _age_s(now_ms: int, then_ms: int) -> float:
    return max(0, now_ms - then_ms) / 1000
