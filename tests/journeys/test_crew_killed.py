"""Workers of a crew as processes of their own: one is killed, the other takes over in seconds."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub
from tests.journeys.test_process import ROOT, TOKEN, point_to, served, wait_until
from tests.postgres import PostgresServer

from dealwright.core.delivery import State
from dealwright.pipeline.clock import SystemClock
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.store.deliveries import count_by_state
from dealwright.store.tables import leases

pytestmark = [pytest.mark.postgres, pytest.mark.process]

USERS = 60

#: Heart and lease of who was killed are over after 5 s; the rest is for a busy machine.
TAKEN_OVER_S = 20.0


@pytest.fixture
def pipedrive() -> Sandbox:
    """An account that takes its time."""
    sandbox = create_app(
        Options(token=TOKEN, lag_s=0, seed="empty", plan="ultimate", limits=NO_LIMITS)
    )
    sandbox.add_fault(delay_ms=30)
    return sandbox


@pytest.fixture
async def hub(postgres: PostgresServer) -> AsyncGenerator[Hub]:
    """A store on PostgreSQL, which processes work at."""
    clock = cast("ManualClock", SystemClock())
    async with open_hub(postgres.database(), clock=clock) as hub:
        yield hub


@contextmanager
def worker(hub: Hub, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process of the hub, killed at the end."""
    url = hub.store._writers.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DEALWRIGHT_DATABASE_URL": url}
    command = [sys.executable, "-m", "tests.journeys.worker_process", str(data)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def drained_by(hub: Hub) -> str:
    """The process that has the Connection, as its lease says; "" for nobody."""
    with hub.store.snapshot() as db:
        holder = db.scalar(sa.select(leases.c.holder)) or ""
    return holder.rpartition(":")[2]


async def test_a_worker_that_is_killed_is_followed_by_another_that_makes_nothing_twice(
    hub: Hub, pipedrive: Sandbox, tmp_path: Path
) -> None:
    await hub.connect(pipedrive)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(USERS)))
    with served(pipedrive) as url:
        await point_to(hub, tmp_path, url)
        with worker(hub, tmp_path) as one, worker(hub, tmp_path) as two:
            processes = {str(process.pid): process for process in (one, two)}
            await asyncio.to_thread(wait_until, lambda: len(pipedrive.records("persons")) >= 10)
            first = drained_by(hub)
            processes[first].kill()
            killed_s = time.monotonic()
            await asyncio.to_thread(wait_until, lambda: drained_by(hub) not in {first, ""})
            followed_s = time.monotonic() - killed_s
            await asyncio.to_thread(wait_until, lambda: all_delivered(hub))

    names = Counter(person["name"] for person in pipedrive.records("persons"))
    assert names == Counter(f"Nobody {n}" for n in range(USERS))
    assert followed_s < TAKEN_OVER_S


def all_delivered(hub: Hub) -> bool:
    with hub.store.snapshot() as db:
        return count_by_state(db)[State.DELIVERED] == USERS
