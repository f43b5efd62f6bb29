"""`dealwright doctor`: is everything well, and if not, what to do."""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import typer
from rich.markup import escape

from dealwright.cli import vitals
from dealwright.cli.account import account_of
from dealwright.cli.finding import Finding
from dealwright.cli.hub import Hub, opened
from dealwright.cli.knobs import knobs
from dealwright.cli.output import Json, Output, counted
from dealwright.core.delivery import State
from dealwright.core.errors import DealwrightError, RateLimited, Unavailable
from dealwright.core.record import RecordKind
from dealwright.pipeline.breaker import why_open
from dealwright.pipeline.figures import ConnectionFigures, figures
from dealwright.pipeline.reach import reach
from dealwright.pipeline.standing import standing
from dealwright.pipeline.wake import socket_path
from dealwright.settings import PREFIX, Settings, load_settings
from dealwright.store.breaker import breaker
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    list_connections,
)
from dealwright.store.drift import DriftState, list_drifts
from dealwright.store.events import count_events, count_rejects
from dealwright.store.sources import list_sources

#: Below this, an SQLite file cannot be trusted to grow for long.
LEAST_FREE_BYTES = 500_000_000

#: Read by `dealwright send`.
KEY_VARIABLE = f"{PREFIX}WRITE_KEY"

RECONNECT = "Once that is mended: dealwright connections reconnect NAME"

MARKS = {"ok": "[green]✓[/green]", "note": "[yellow]•[/yellow]", "fault": "[red]✗[/red]"}


def doctor(*, json: Json = False) -> None:
    """Look at settings, store, clocks, Connections and waiting work, and say what to do.

    Leaves with 1 when something must be mended, so that scripts can ask.
    """
    out = Output(json=json)
    findings = list(looked_at(os.environ))
    for one in findings:
        facts = {"level": one.level, "what": one.what, "advice": one.advice}
        out.say(f"{MARKS[one.level]} {escape(one.what)}", **facts)
        if one.advice:
            out.hint(f"  {one.advice}")
    if any(one.level == "fault" for one in findings):
        raise typer.Exit(1)


def looked_at(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Everything that was found, in the order in which one would set things up.

    What cannot be opened is a finding, and what does not need it is looked at all the same.
    """
    yield from _settings(environment)
    try:
        settings = load_settings()
    except DealwrightError as error:
        yield _fault(error)
        return
    try:
        with opened(settings) as hub:
            yield _store(hub)
            yield from _room(settings)
            yield _worker(settings)
            yield from asyncio.run(_examined(hub))
    except DealwrightError as error:
        yield _fault(error)
        yield from _room(settings)
        yield _worker(settings)


def _fault(error: DealwrightError) -> Finding:
    return Finding(level="fault", what=f"{error} ({error.code})")


async def _examined(hub: Hub) -> list[Finding]:
    found = [*await _log(hub), await vitals.address(hub.settings.public_url)]
    told = await hub.read(lambda db: figures(db, now_ms=hub.now_ms()))
    asked = [one.connection.base_url for one in told.connections if not one.breaker_open]
    for server in dict.fromkeys(asked):
        clock = await vitals.clocks(server, hub.clock)
        if clock is not None:
            found.append(clock)
            break
    for one in told.connections:
        found += await _connection(hub, one)
    return found


def _settings(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {name for knob in knobs() for name in (knob.variable, knob.file_variable)}
    known.add(KEY_VARIABLE)
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            meant = get_close_matches(name, known - {""}, n=1)
            yield Finding(
                level="note",
                what=f"{name} is no setting, and does nothing.",
                advice=f"Perhaps {meant[0]} was meant." if meant else "",
            )


def _store(hub: Hub) -> Finding:
    where = "PostgreSQL" if hub.store.path is None else str(hub.store.path)
    return Finding(level="ok", what=f"The store is {where}, and up to date.")


def _room(settings: Settings) -> Iterator[Finding]:
    folder = settings.data.expanduser()
    if not folder.is_dir():
        return
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < LEAST_FREE_BYTES:
        yield Finding(
            level="fault",
            what=f"Only {free // 1_000_000:,} MB are free in {folder}.",
            advice="Make room: without it senders are told to come back later.",
        )


def _worker(settings: Settings) -> Finding:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(str(socket_path(settings.data)))
        except OSError:
            advice = "To run it: dealwright serve"
            return Finding(level="note", what="No worker runs on this machine.", advice=advice)
    return Finding(level="ok", what="The worker runs.")


async def _log(hub: Hub) -> list[Finding]:
    sources = await hub.read(list_sources)
    taken, refused = await hub.read(count_events), await hub.read(count_rejects)
    found = [
        Finding(
            level="ok", what=f"{counted(taken, 'event')} from {counted(len(sources), 'Source')}."
        )
    ]
    if not sources:
        advice = "Make one: dealwright sources add NAME"
        found = [Finding(level="note", what="There is no Source yet.", advice=advice)]
    if refused:
        advice = "See why: dealwright events --rejected"
        what = f"Refused: {counted(refused, 'event')}."
        found.append(Finding(level="note", what=what, advice=advice))
    if not await hub.read(list_connections):
        advice = "Make one: dealwright connect --domain yourcompany"
        found.append(Finding(level="note", what="There is no Connection yet.", advice=advice))
    return found


async def _connection(hub: Hub, told: ConnectionFigures) -> list[Finding]:
    one = told.connection
    return [
        await _signs_in(hub, one),
        *_switch(told),
        *await _drifted(hub, one),
        await _told(hub, one),
        vitals.copy_of(told),
        *await _people(hub, told),
        vitals.tokens(told),
        *_work(one, told.by_state),
    ]


async def _drifted(hub: Hub, one: Connection) -> list[Finding]:
    """What was renamed or deleted over there that somebody here depends on."""
    states = [DriftState.OPEN]
    found = await hub.read(lambda db: list_drifts(db, connection_id=one.id, states=states))
    advice = "See what is proposed: dealwright drift list"
    return [
        Finding(
            level="note",
            what=f"{one.name}: {drift.subject.value} {drift.subject_id}: {drift.sentence}",
            advice=advice,
        )
        for drift in found
        if drift.breaks
    ]


async def _people(hub: Hub, told: ConnectionFigures) -> list[Finding]:
    """Whom meetings can find, once everybody is known."""
    known = told.mirror.get(RecordKind.PERSON)
    if known is None or not known.complete:
        return []
    return [vitals.people_of(told, await hub.read(lambda db: reach(db, told.connection.id)))]


async def _signs_in(hub: Hub, one: Connection) -> Finding:
    found = await hub.read(lambda db: breaker(db, one.id))
    if found.open_until_ms > hub.now_ms():
        # Asking now would only prolong it.
        advice = f"What it is like today: dealwright budget {one.name}"
        return Finding(level="fault", what=f"{one.name}: {why_open(found)}", advice=advice)
    try:
        async with account_of(hub, one) as pipedrive:
            user = await pipedrive.who()
    except DealwrightError as error:
        what = f"{one.name}: {error} ({error.code})"
        advice = "" if isinstance(error, Unavailable | RateLimited) else RECONNECT
        return Finding(level="fault", what=what, advice=advice)
    return Finding(level="ok", what=f"{one.name}: signs in as {user.name} of {user.company_name}.")


def _switch(told: ConnectionFigures) -> Iterator[Finding]:
    one, found = told.connection, told.condition
    if found.state is ConnectionState.LIMITED:
        yield Finding(level="note", what=f"{one.name} is limited: {found.sentence}")
    elif found.state is not ConnectionState.OK:
        yield Finding(
            level="fault",
            what=f"{one.name} is {found.state}: {found.sentence}",
            advice=f"Once that is mended: dealwright connections reconnect {one.name}",
        )
    if not one.delivering:
        yield Finding(
            level="note",
            what=f"{one.name}: events are not written.",
            advice=f"To begin: dealwright connections on {one.name}",
        )


async def _told(hub: Hub, one: Connection) -> Finding:
    address, now_ms = hub.settings.public_url, hub.now_ms()
    found = await hub.read(lambda db: standing(db, one, public_url=address, now_ms=now_ms))
    return Finding(
        level="ok" if found.state == "on" else "note",
        what=f"{one.name}: webhooks: {found.sentence}",
        advice="Once that is mended: dealwright webhooks on" if found.state == "failed" else "",
    )


def _work(one: Connection, counts: Mapping[State, int]) -> Iterator[Finding]:
    stuck = counts[State.FAILED] + counts[State.HELD]
    if stuck:
        yield Finding(
            level="note",
            what=f"{one.name}: {counted(stuck, 'Delivery', 'Deliveries')} for a person to look at.",
            advice="dealwright deliveries --state failed --state held",
        )
    if counts[State.WAITING]:
        yield Finding(
            level="note",
            what=f"{one.name}: waiting for their time: {counts[State.WAITING]:,}.",
            advice="dealwright deliveries --state waiting",
        )
