"""`dealwright serve`: the hub itself."""

import asyncio
import signal
import socket
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Annotated

import structlog
import typer
import uvloop

from dealwright import app, parts
from dealwright.alertside import build_sentinel
from dealwright.cli import logs
from dealwright.cli.examples import examples
from dealwright.cli.first_owner import first_owners_link, tell_link
from dealwright.cli.hub import Hub, opened
from dealwright.cli.output import Output
from dealwright.cli.playground import Playground, playground
from dealwright.cli.sockets import free_port, listening
from dealwright.cli.supervisor import Child, supervise, when_parent_is_gone
from dealwright.core.clock import to_ms
from dealwright.mediaside import build_fetcher
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.meter import WorkMeter
from dealwright.pipeline.presence import present
from dealwright.pipeline.tracing import open_tracing
from dealwright.pipeline.watching import Watching
from dealwright.settings import Settings, load_settings
from dealwright.store.engine import Store
from dealwright.store.sources import list_sources
from dealwright.web.metrics import Metrics
from dealwright.web.metrics_server import serving_metrics
from dealwright.web.server import serve_web

_log = structlog.get_logger("dealwright.serve")


class Role(StrEnum):
    """What a process does: take events in, write them to Pipedrive, or both."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


EXAMPLES = examples(
    "dealwright serve",
    "dealwright serve --sandbox  # without an account",
    "dealwright serve --role web --host 0.0.0.0",
)


def serve(
    *,
    role: Annotated[Role, typer.Option(help="web takes events in, worker writes them.")] = Role.ALL,
    host: Annotated[str | None, typer.Option(help="Where it listens; else the setting.")] = None,
    port: Annotated[int | None, typer.Option(help="Its port; else the setting.")] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="With a Pipedrive to try, connected already.")
    ] = False,
    sandbox_port: Annotated[int, typer.Option(help="Where that one listens.")] = 8900,
    tied: Annotated[bool, typer.Option("--tied", hidden=True)] = False,
) -> None:
    """Run the hub: take events in, and write them to Pipedrive.

    Runs two processes and starts anew what ends by itself. On several machines, with PostgreSQL,
    start each role where it is wanted.
    """
    settings = load_settings(host=host, port=port)
    logs.configure(level=settings.log_level, form=settings.log_format)
    match role:
        case Role.WEB:
            with _at_home(settings):
                uvloop.run(_web(settings, tied=tied))
        case Role.WORKER:
            with _at_home(settings):
                uvloop.run(_worker(settings, tied=tied))
        case Role.ALL:
            beside = playground(settings, sandbox_port) if sandbox else None
            _both(settings, beside, tied=tied)


def _at_home(settings: Settings) -> AbstractContextManager[None]:
    parts.make_folder(settings.data)
    return present(settings.data)


def _both(settings: Settings, sandbox: Playground | None, *, tied: bool) -> None:
    # The ports first, and the store once, before there are two who would set it up: what is wrong
    # is said here, and no process starts beside a hub that runs.
    port = free_port(settings.host, settings.port)
    if sandbox is not None:
        free_port(port=sandbox.port, option="--sandbox-port")
    with opened(settings) as hub:
        sources = asyncio.run(hub.read(list_sources))
        link = asyncio.run(first_owners_link(hub, parts.own_address(settings, port)))
    environment = {} if sandbox is None else sandbox.environment(port)
    children = [
        Child(
            name="web",
            arguments=(
                *("serve", "--role", "web", "--tied"),
                *("--host", settings.host, "--port", str(port)),
            ),
            environment=environment,
        ),
        Child(
            name="worker",
            arguments=("serve", "--role", "worker", "--tied"),
            environment=environment,
        ),
    ]
    out = Output()
    out.say(f"Starting the hub at [bold]{_url(settings.host, port)}[/bold]; Ctrl-C ends it.")
    tell_link(out, link)
    if not sources:
        out.hint("It takes events once there is a Source: dealwright sources add NAME")
    if sandbox is not None:
        asyncio.run(_beside(sandbox, children, port=port, tied=tied))
    else:
        asyncio.run(supervise(children, SystemClock(), tied=tied))


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _beside(pipedrive: Playground, children: list[Child], *, port: int, tied: bool) -> None:
    clock = SystemClock()
    connecting = asyncio.create_task(pipedrive.connect(clock, port))
    try:
        await supervise([pipedrive.child(), *children], clock, tied=tied)
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)


async def _web(settings: Settings, *, tied: bool) -> None:
    listener = listening(settings.host, settings.port)
    store = parts.open_store(settings)
    try:
        _check_keys(settings, store)
        if not tied:
            await _offer_first_owner(settings, store, listener)
        web = app.build_web(settings, store, SystemClock())
        # The server raises the signal that ended it once more; here that is no reason to die of it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_ending)
        if tied:
            when_parent_is_gone(lambda: signal.raise_signal(signal.SIGTERM))
        await serve_web(web, sockets=[listener], on_ready=_ready, on_end=web.stop)
    finally:
        store.close()


def _check_keys(settings: Settings, store: Store) -> None:
    now_ms = to_ms(SystemClock().now())
    parts.check_vault(store, parts.open_vault(settings), now_ms=now_ms)


async def _offer_first_owner(settings: Settings, store: Store, listener: socket.socket) -> None:
    clock = SystemClock()
    hub = Hub(settings=settings, store=store, vault=parts.open_vault(settings), clock=clock)
    address = parts.own_address(settings, listener.getsockname()[1])
    tell_link(Output(), await first_owners_link(hub, address))


async def _worker(settings: Settings, *, tied: bool) -> None:
    meter = WorkMeter(SystemClock()) if settings.metrics_port else None
    counting = _counting(settings, meter)
    tracing = open_tracing("worker", SystemClock())
    store = parts.open_store(settings)
    try:
        _check_keys(settings, store)
        worker = app.build_worker(
            settings, store, SystemClock(), watching=Watching(meter=meter, tracing=tracing)
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        if tied:
            when_parent_is_gone(worker.stop)
        _log.info("worker.ready")
        registrar = app.build_registrar(settings, store, SystemClock())
        caretaker = app.build_caretaker(settings, store, SystemClock())
        desk = app.build_desk(settings, store, SystemClock())
        fetcher = build_fetcher(settings, store, SystemClock())
        sentinel = build_sentinel(settings, store, SystemClock())
        parties = (registrar, caretaker, desk, fetcher, sentinel)
        beside = [asyncio.create_task(one.run()) for one in parties]
        try:
            async with counting:
                await worker.run()
        finally:
            for one in beside:
                one.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            if tracing is not None:
                await asyncio.to_thread(tracing.close)
    finally:
        store.close()


def _counting(settings: Settings, meter: WorkMeter | None) -> AbstractAsyncContextManager[None]:
    """Where the worker's figures are shown, if anywhere; raises ConfigError."""
    if meter is None:
        return nullcontext()
    port = settings.metrics_port
    listener = listening(settings.host, port, option="DEALWRIGHT_METRICS_PORT")
    metrics = Metrics(clock=SystemClock(), counted=[meter.registry])
    return serving_metrics(metrics, listener=listener, token=settings.metrics_token)


def _ready() -> None:
    _log.info("web.ready")


def _already_ending(_number: int, _frame: object) -> None:
    """Do nothing: the server has heard it."""
