"""Two ways into a hub for the events of a file: its own log, or the HTTP door of another."""

import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import msgspec
import sqlalchemy as sa

from dealwright.cli.hub import Hub
from dealwright.core.errors import ConfigError, Unauthorized, Unavailable
from dealwright.pipeline.accept import Acceptor
from dealwright.pipeline.importing import checked_rows
from dealwright.pipeline.privacyscreen import Screen
from dealwright.store.append import Appender
from dealwright.store.sources import Source, list_sources, source_by_name

#: How long another hub may take for one batch.
TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How many events were taken, and how many refused."""

    accepted: int = 0
    rejected: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            accepted=self.accepted + other.accepted, rejected=self.rejected + other.rejected
        )


Door = Callable[[list[bytes]], Awaitable[Sent]]
"""Takes a batch of events, each as JSON; returns once they are durable."""


@asynccontextmanager
async def door_to_hub(hub: Hub, source: str | None) -> AsyncGenerator[Door]:
    """The log of this hub, whose worker is woken."""
    chosen = await hub.read(lambda db: _source(db, source))
    appender = Appender(hub.store)
    screen = Screen(hub.store, hub.clock, hub.vault)
    accept = screen.around(Acceptor(appender.append, hub.wake).accept)

    async def take(batch: list[bytes]) -> Sent:
        events, rejects = checked_rows(
            batch,
            chosen.id,
            now_ms=hub.now_ms(),
            max_event_bytes=hub.settings.max_event_bytes,
        )
        await accept(events, rejects)
        return Sent(accepted=len(events), rejected=len(rejects))

    try:
        yield take
    finally:
        await appender.close()


@asynccontextmanager
async def door_to_url(url: str, write_key: str | None) -> AsyncGenerator[Door]:
    """The HTTP door of a hub elsewhere, which refuses single events without telling how many."""
    if not write_key:
        raise ConfigError("--url needs --write-key, which `dealwright sources add` printed.")
    address = f"{url.rstrip('/')}/v1/batch"
    credentials = base64.b64encode(f"{write_key}:".encode()).decode()
    async with aiohttp.ClientSession(
        headers={"authorization": f"Basic {credentials}", "content-type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
    ) as session:

        async def take(batch: list[bytes]) -> Sent:
            good = [line for line in batch if _is_json(line)]
            body = b'{"batch":[' + b",".join(good) + b"]}"
            await _post(session, address, body)
            return Sent(accepted=len(good), rejected=len(batch) - len(good))

        yield take


async def _post(session: aiohttp.ClientSession, address: str, body: bytes) -> None:
    try:
        async with session.post(address, data=body) as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"{address} did not answer: {error or 'time-out'}.") from error
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorized("The hub does not know this write key.", code="unknown_write_key")
    if answer.status != HTTPStatus.OK:
        raise Unavailable(f"{address} answered {answer.status}: {text[:200]}", status=answer.status)


def _source(db: sa.Connection, name: str | None) -> Source:
    if name is not None:
        return source_by_name(db, name)
    sources = list_sources(db)
    if len(sources) == 1:
        return sources[0]
    if not sources:
        raise ConfigError("There is no Source yet: make one with dealwright sources add NAME.")
    names = ", ".join(source.name for source in sources)
    raise ConfigError(f"There are several Sources: choose with --source, of {names}.")


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
