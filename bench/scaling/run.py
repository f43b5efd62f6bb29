"""Events a second with 1, 2 and 4 workers on PostgreSQL: 8 Connections, 80 ms to Pipedrive.

Workers, database and sandbox share the machine: on few cores the curve is flat, and says so.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import sqlalchemy as sa
from tests.postgres import PostgresServer

from bench.load import cpu_s
from bench.result import Result
from bench.server import NO_LIMIT, PATIENCE_S, ROOT, Server, sandbox
from dealwright.actionbook import actions
from dealwright.parts import open_vault
from dealwright.pipeline.switch import switch_on
from dealwright.settings import load_settings
from dealwright.store.append import Appender, EventRow
from dealwright.store.connections import NewConnection, create_connection, save_credentials
from dealwright.store.engine import Store
from dealwright.store.mappings import NewMapping, create_mapping
from dealwright.store.migrate import migrate
from dealwright.store.sources import create_source
from dealwright.store.tables import deliveries

TOKEN = "b" * 40
ACCOUNTS = 8
DELAY_MS = 80
WORKERS = (1, 2, 4)
_LONGEST_S = 300


def run(*, quick: bool) -> Result:
    """Measure how long a backlog of new people takes, from the first event on."""
    people = 30 if quick else 150
    figures: dict[str, float] = {"cores": os.cpu_count() or 0, "deliveries": people * ACCOUNTS}
    server = PostgresServer().start()
    try:
        for workers in WORKERS:
            with sandbox(TOKEN) as pipedrive, tempfile.TemporaryDirectory() as folder:
                figures |= _round(server.database(), pipedrive, Path(folder), workers, people)
    finally:
        server.stop()
    return Result(
        name="scaling",
        figures=figures,
        notes=(
            f"{ACCOUNTS} Connections, {DELAY_MS} ms to the sandbox; each event makes a person in "
            "each account. Workers, PostgreSQL and sandbox on the same cores.",
        ),
    )


def _round(url: str, pipedrive: Server, data: Path, workers: int, people: int) -> dict[str, float]:
    store = Store.open(url)
    migrate(store)
    for token in _accounts(pipedrive.url):
        _connect(store, data, pipedrive.url, token)
    _ask(pipedrive.url, "/_sandbox/faults", {"delay_ms": DELAY_MS})
    with ExitStack() as stack:
        pids = [stack.enter_context(_worker(url, data)) for _ in range(workers)]
        _until_listening(store, workers)
        before = sum(map(cpu_s, pids)), cpu_s(pipedrive.pid)
        began_s = time.monotonic()
        asyncio.run(_append(store, people))
        _until_delivered(store, people * ACCOUNTS)
        took_s = time.monotonic() - began_s
        spent = sum(map(cpu_s, pids)) - before[0], cpu_s(pipedrive.pid) - before[1]
    store.close()
    done = people * ACCOUNTS
    return {
        f"events_per_s_{workers}_workers": round(done / took_s, 1),
        f"worker_cpu_us_{workers}_workers": round(spent[0] / done * 1e6),
        f"sandbox_cpu_us_{workers}_workers": round(spent[1] / done * 1e6),
    }


def _accounts(url: str) -> list[str]:
    others = [
        _ask(url, "/_sandbox/companies", {"domain": f"account{number}"})["token"]
        for number in range(1, ACCOUNTS)
    ]
    return [TOKEN, *others]


def _connect(store: Store, data: Path, url: str, token: str) -> None:
    action = actions()["upsert_person"]
    sealed = open_vault(load_settings(data=data)).seal(token.encode())
    with store.transaction() as db:
        made = create_connection(
            db,
            NewConnection(name=token, base_url=url, plan="ultimate", seats=100),
            now_ms=0,
        )
        save_credentials(db, made.id, sealed=sealed)
        mapping = NewMapping(
            connection_id=made.id,
            name="people",
            action=action.key,
            trigger='type = "identify"',
            fields=action.default_fields(),
        )
        create_mapping(db, mapping, now_ms=0)
        switch_on(db, made.id, start=0)


async def _append(store: Store, people: int) -> None:
    with store.transaction() as db:
        source_id = create_source(db, "bench", now_ms=0).id
    appender = Appender(store)
    now_ms = round(time.time() * 1000)
    # Without an address: Pipedrive lets through five searches in two seconds.
    said = [
        {"type": "identify", "userId": f"u-{n}", "traits": {"name": f"Person {n}"}}
        for n in range(people)
    ]
    await appender.append(
        [
            EventRow(source_id, now_ms, None, f"m-{n}", msgspec.json.encode(one), None)
            for n, one in enumerate(said)
        ]
    )
    await appender.close()


def _until_listening(store: Store, workers: int) -> None:
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    _until(store, query, at_least=workers)


def _until_delivered(store: Store, count: int) -> None:
    ended = deliveries.c.state.in_(("delivered", "unchanged"))
    _until(store, sa.select(sa.func.count()).where(ended), at_least=count)


def _until(store: Store, query: sa.Executable, *, at_least: int) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        with store.snapshot() as db:
            found = db.execute(query).scalar_one()
        if found >= at_least:
            return
        time.sleep(0.05)
    raise SystemExit(f"{found} of {at_least} after {_LONGEST_S} s")


@contextmanager
def _worker(url: str, data: Path) -> Generator[int]:
    stores = {"DEALWRIGHT_DATA": str(data), "DEALWRIGHT_DATABASE_URL": url}
    environment = os.environ | NO_LIMIT | stores
    with subprocess.Popen(
        (sys.executable, "-m", "dealwright", "serve", "--role", "worker"),
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _ask(url: str, path: str, body: object) -> dict[str, str]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}{path}",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        found: dict[str, str] = json.load(answer)
    return found
