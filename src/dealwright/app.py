"""The composition root: puts the two processes together, of concretes that it alone names."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from random import Random
from typing import Protocol

from dealwright.actionbook import actions
from dealwright.cardside import Surroundings, card_side, google_keys
from dealwright.core.clock import Clock, to_ms
from dealwright.core.record import Member
from dealwright.core.ssrf import allow_list
from dealwright.core.webhook import Told
from dealwright.core.zone import zones
from dealwright.mcpside import McpSide, mcp_routes
from dealwright.mediaside import meeting_pages
from dealwright.meetings.meeting import Summary
from dealwright.meetings.summary.templates import Template
from dealwright.parts import language_model, open_keyring, open_vault, own_address
from dealwright.pipedrive.sender import AiohttpSender
from dealwright.pipeline.accept import Acceptor
from dealwright.pipeline.card import Cards
from dealwright.pipeline.caretaker import Caretaker
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.drain import Engine
from dealwright.pipeline.eventhooks import SignedBy
from dealwright.pipeline.figures import Figures, figures
from dealwright.pipeline.hearing import Hearing
from dealwright.pipeline.importing import Importer
from dealwright.pipeline.meetinganew import Anew
from dealwright.pipeline.meetingbench import Bench, Summarise
from dealwright.pipeline.meetingdesk import Desk
from dealwright.pipeline.meetingdoor import MeetingDoor
from dealwright.pipeline.meetingintake import UPLOADS, MeetingIntake
from dealwright.pipeline.meetingmedia import media_folder
from dealwright.pipeline.meter import DoorMeter
from dealwright.pipeline.outside import Outside
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.parting import uninstalled
from dealwright.pipeline.privacyscreen import Screen
from dealwright.pipeline.providers import AskProvider, Providers
from dealwright.pipeline.scheduler import Worker
from dealwright.pipeline.signin import Arrival, SignIns
from dealwright.pipeline.sole import Sole
from dealwright.pipeline.tidy import Keep
from dealwright.pipeline.tracing import open_tracing
from dealwright.pipeline.visit import visits
from dealwright.pipeline.wake import SocketWaker, Waker, socket_path
from dealwright.pipeline.watching import Watching
from dealwright.pipeline.webhooks import Registrar
from dealwright.recorders import recorders
from dealwright.settings import Settings
from dealwright.store import sources
from dealwright.store.append import Appender
from dealwright.store.engine import Dialect, Store
from dealwright.store.meetings import StoredMeeting
from dealwright.web.api.app import Staff, api_app
from dealwright.web.api.office import Office
from dealwright.web.api.reference import reference_routes
from dealwright.web.app import Doors, WebApp, web_app
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.pages import routes as auth_routes
from dealwright.web.auth.passwords import Passwords
from dealwright.web.auth.people import Address, People
from dealwright.web.auth.site import Site
from dealwright.web.hooks import Ear
from dealwright.web.metrics import Metrics, metrics_route
from dealwright.web.oauth import Callback, cookie_name
from dealwright.web.oauth import routes as oauth_routes
from dealwright.webparts import allowed, arrivals, checking, noting_keys, web_options

DAY_S = 86_400.0


class AnyWorker(Protocol):
    """A worker: alone on its machine (`Worker`), or one of a `Crew`."""

    async def run(self) -> None:
        """Work until `stop` is called or the task is cancelled; then end what was begun."""
        ...

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent has ended."""
        ...


def build_web(
    settings: Settings, store: Store, clock: Clock, *, around: Surroundings | None = None
) -> WebApp:
    """Put the web side together; its end closes the appender, not the store.

    `around` is what cards are made with; without it Pipedrive and Google themselves are asked.
    """
    zones()
    appender = Appender(store, max_bytes=settings.max_waiting_bytes)
    waker = SocketWaker(socket_path(settings.data))
    desk = SocketWaker(socket_path(settings.data, "desk"))
    hearing = Hearing(store, clock)
    meter = DoorMeter(clock)
    tracing = open_tracing("web", clock)
    screen = Screen(store, clock, open_vault(settings))
    accept = screen.around(meter.around(Acceptor(appender.append, waker.wake).accept))
    importer = Importer(store, accept=accept, clock=clock, max_event_bytes=settings.max_event_bytes)

    async def close() -> None:
        for part in (side, mcp, importer, api.state.erasures, api.state.dry_runs, appender):
            await part.close()
        for line in (waker, desk):
            line.close()
        if tracing is not None:
            await asyncio.to_thread(tracing.close)

    async def look_at_figures() -> Figures:
        return await store.read(lambda db: figures(db, now_ms=to_ms(clock.now())))

    door = meeting_door(settings, store, clock, desk=desk)
    staff = _staff(settings, store, clock, waker=waker, importer=importer, door=door)
    side = card_side(
        settings, around or _around(settings, store, clock, waker=waker), guard=staff.guard
    )
    metrics = Metrics(clock=clock, look=look_at_figures, counted=[meter.registry, side.counted])
    api = api_app(staff)
    api.state.cards = side.pages
    mcp = McpSide(api, clock)
    doors = Doors(
        accept=accept if tracing is None else tracing.around(accept),
        load_keys=lambda: store.read(sources.keys),
        check_store=checking(store),
        ear=Ear(open=hearing.open, whose=hearing.whose, hear=_hear(hearing, side.cards)),
        close=close,
        stop=api.state.streams.close,
        note_keys=noting_keys(store, clock),
        secrets_of=SignedBy(store, open_vault(settings)),
        take_meeting=door.take,
        more=[
            metrics_route(metrics, token=settings.metrics_token),
            *oauth_routes(_callback(keyring_of(settings, store, clock), own_address(settings))),
            *reference_routes(api),
            *auth_routes(staff.guard, arrivals(settings, staff.people, clock)),
            *meeting_pages(staff.office, staff.guard),
            *side.routes,
            *mcp_routes(mcp),
        ],
    )
    return web_app(doors, clock=clock, options=web_options(settings))


def _around(settings: Settings, store: Store, clock: Clock, *, waker: Waker) -> Surroundings:
    """What cards are made with."""
    google, keyring = Outside().fetch, keyring_of(settings, store, clock)
    return Surroundings(
        store=store,
        clock=clock,
        vault=open_vault(settings),
        dial=dialler(keyring),
        keyring=keyring,
        wake=waker.wake,
        fetch=google,
        fetch_keys=google_keys(google),
        base_url=own_address(settings),
    )


def _staff(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    waker: Waker,
    importer: Importer,
    door: MeetingDoor,
) -> Staff:
    """Who answers the management API."""
    vault, keyring = open_vault(settings), keyring_of(settings, store, clock)
    public_url = settings.public_url
    office = Office(
        store=store,
        clock=clock,
        waker=waker,
        vault=vault,
        actions=actions(),
        open_account=visits(store, clock, dial=dialler(keyring)),
        keyring=keyring,
        registrar=build_registrar(settings, store, clock),
        address=own_address(settings),
        public_url=public_url,
        allowed=allowed(settings),
        importer=importer,
        meetings=MeetingIntake(store, clock, vault=vault, door=door),
        anew=_anew(settings, store, clock),
        folder=settings.data,
        version=version("dealwright"),
        free_tokens=settings.free_tokens,
    )
    people = People(
        store,
        clock,
        vault=vault,
        passwords=Passwords(),
        site=Address(
            base_url=own_address(settings),
            provider=settings.oidc_name if settings.oidc_issuer else None,
        ),
    )
    guard = Guard(store, clock, site=Site(public_url), key_principal=office.key_principal)
    return Staff(office=office, guard=guard, people=people)


def _hear(hearing: Hearing, cards: Cards) -> Callable[[int, Told], Awaitable[str]]:
    """What takes a message of Pipedrive in, and lets no card count that shows what it tells of."""

    async def hear(connection_id: int, told: Told) -> str:
        outcome = await hearing.hear(connection_id, told)
        cards.heard(connection_id, told)
        return outcome

    return hear


def outside_of_senders(settings: Settings) -> Outside:
    """What calls the addresses that senders name."""
    return Outside(allow_list(settings.allowed_sender_addresses.split(",")))


def outside(settings: Settings) -> Outside:
    """What calls the addresses that people enter."""
    return Outside(allowed(settings))


def build_worker(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    pace: Pace | None = None,
    watching: Watching | None = None,
) -> AnyWorker:
    """Put the worker together: `run()` it, and `stop()` it from a signal.

    On PostgreSQL it is one of any number, on any machines. `watching` looks on.
    """
    zones()
    looking = watching or Watching()
    engine = Engine(
        store=store,
        actions=actions(),
        dial=looking.over(dialler(keyring_of(settings, store, clock))),
        clock=clock,
        pace=pace or Pace(),
        holder=_holder(store),
        listener=looking.listener,
        span=looking.span,
        random=Random(),  # noqa: S311 - it only spreads waits
        base_url=own_address(settings),
        recorders={key: source.title for key, source in recorders().items()},
    )
    keep = Keep(
        seen_s=settings.seen_days * DAY_S,
        events_s=settings.events_days * DAY_S,
        events_bytes=settings.max_log_bytes,
        deliveries_s=settings.deliveries_days * DAY_S,
        stuck_s=settings.stuck_days * DAY_S,
        journal_s=settings.journal_days * DAY_S,
        media=media_folder(settings.data),
        vault=open_vault(settings),
    )
    if store.path is None:
        # PgQueuer takes longer to import than most of the rest together.
        from dealwright.pipeline.crew import Crew  # noqa: PLC0415

        return Crew(engine, keep=keep)
    return Worker(
        engine,
        socket=socket_path(settings.data),
        keep=keep,
        sole=Sole(store.path.with_name("worker.lock")),
    )


def build_registrar(settings: Settings, store: Store, clock: Clock) -> Registrar:
    """What has Pipedrive tell us of changes: `run()` it beside a worker."""
    return Registrar(
        store=store,
        vault=open_vault(settings),
        dial=dialler(keyring_of(settings, store, clock)),
        clock=clock,
        public_url=settings.public_url,
    )


def build_caretaker(settings: Settings, store: Store, clock: Clock) -> Caretaker:
    """What keeps grants of OAuth alive that nobody uses: `run()` it beside a worker."""
    return Caretaker(keyring_of(settings, store, clock))


def build_desk(
    settings: Settings, store: Store, clock: Clock, *, ask: AskProvider | None = None
) -> Desk:
    """What makes Meetings of what recorders sent: `run()` it beside a worker.

    `ask` reaches the recorders' APIs; without it they are called.
    """
    waker = SocketWaker(socket_path(settings.data))
    providers = Providers(known=outside(settings), senders=outside_of_senders(settings))
    bench = Bench(
        store=store,
        clock=clock,
        vault=open_vault(settings),
        recorders={**recorders(), UPLOADS.key: UPLOADS},
        ask=ask or providers,
        waker=waker,
        summarise=_summariser(settings, clock),
        holder=_holder(store),
    )
    if store.path is None:
        return Desk(bench, on_close=waker.close)
    sole = Sole(store.path.with_name("desk.lock"))
    socket = socket_path(settings.data, "desk")
    return Desk(bench, socket=socket, sole=sole, on_close=waker.close)


def _summariser(settings: Settings, clock: Clock) -> Summarise:
    """The local extract, or the operator's language model with the extract behind it."""
    # numpy takes longer to import than most of the rest together.
    from dealwright.pipeline.llm import ModelSummary  # noqa: PLC0415
    from dealwright.pipeline.meetingsummary import LocalSummary  # noqa: PLC0415

    model = language_model(settings)
    if model is None:
        return LocalSummary()
    return ModelSummary(model, outside=outside(settings), local=LocalSummary(), clock=clock)


def _anew(settings: Settings, store: Store, clock: Clock) -> Anew:
    """What makes summaries anew when somebody asks for it."""
    model = language_model(settings)

    async def make(
        stored: StoredMeeting, *, template: Template, users: Sequence[Member]
    ) -> Summary:
        # As in `_summariser`: most who start the web side never summarise anything.
        from dealwright.pipeline.llm import ModelSummary  # noqa: PLC0415
        from dealwright.pipeline.meetingsummary import LocalSummary  # noqa: PLC0415

        local = LocalSummary()
        if model is None or not stored.settings.language_model:
            return await local(stored.body, settings=stored.settings, users=users)
        asking = ModelSummary(model, outside=outside(settings), local=local, clock=clock)
        return await asking.ask(stored.body, template=template)

    return Anew(store, clock, make=make, has_model=model is not None)


def meeting_door(settings: Settings, store: Store, clock: Clock, *, desk: Waker) -> MeetingDoor:
    """Where recorders post to."""
    return MeetingDoor(
        store,
        clock,
        vault=open_vault(settings),
        recorders=recorders(),
        base_url=own_address(settings),
        desk=desk,
    )


def _callback(keyring: Keyring, address: str) -> Callback:
    signing_in = SignIns(keyring)

    async def come_back(state: str, code: str, error: str, cookie: str) -> Arrival:
        return await signing_in.come_back(state, code=code, error=error, browser=cookie)

    async def gone(pair: bytes, body: bytes) -> int:
        return await uninstalled(keyring, pair=pair, body=body)

    return Callback(come_back=come_back, uninstalled=gone, cookie=cookie_name(address))


def keyring_of(settings: Settings, store: Store, clock: Clock) -> Keyring:
    """What credentials are opened and renewed with."""
    return open_keyring(settings, store, clock=clock, open_sender=AiohttpSender)


def _holder(store: Store) -> str:
    # On one machine there is one worker: started again, it need not wait for its own old lease.
    if store.dialect is Dialect.SQLITE:
        return "worker"
    return f"{socket.gethostname()}:{os.getpid()}"
