"""One load of changes of a few people, in batches, with the worker on; until nothing is open.

`routed_cpu_us` is what web and worker spend until every event is mapped and stands in the lanes of
its record, while the Connection rests as it does when Pipedrive is busy; `delivered_cpu_us` all
that until its Delivery is written and closed.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.load import Load, cpu_s, wrk
from bench.result import Goal, Result
from bench.sender import AUTHORIZATION, KEY
from bench.server import PATIENCE_S, ROOT, Server, new_source, sandbox, web, worker
from dealwright.core.delivery import ENDED, STUCK, State
from dealwright.parts import open_store
from dealwright.settings import load_settings
from dealwright.store.connections import connection, set_pause
from dealwright.store.deliveries import count_by_state
from dealwright.store.engine import Store
from dealwright.store.events import end_of_log

FOLDER = Path(__file__).resolve().parent.parent
TOKEN = "b" * 40
#: As many as `events.lua` knows.
PEOPLE = 10
#: Longer than this nobody waits for the worker.
_LONGEST_S = 300


def run(*, quick: bool) -> Result:
    """Measure the processor time of web and worker together, an event."""
    os.environ |= {"BENCH_FOLDER": str(FOLDER), "BENCH_AUTHORIZATION": AUTHORIZATION}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(TOKEN) as pipedrive:
        data = Path(folder)
        new_source(data, KEY)
        _connect(pipedrive, data)
        store = open_store(load_settings(data=data))
        with web(data) as door, worker(data) as drains:
            # People are found or made once, at 2.5 searches a second: that is not what we measure.
            _introduce(door)
            _until_idle(store)
            return _measured(store, door, drains, seconds=1.0 if quick else 4.0)


def _measured(store: Store, door: Server, drains: Server, *, seconds: float) -> Result:
    before = cpu_s(door.pid), cpu_s(drains.pid)
    first = _states(store)
    _rest(store, _LONGEST_S)
    load = _load(door, seconds, seed=1)
    taken_s = time.monotonic()
    _until_routed(store)
    routed = cpu_s(door.pid), cpu_s(drains.pid)
    _rest(store, 0)
    _until_idle(store)
    ended = _states(store)
    # The generator hangs up on its last answers: what the log took counts, not what it saw.
    events = sum(ended.values()) - sum(first.values())
    web_us = (routed[0] - before[0]) / events * 1e6
    route_us = (routed[1] - before[1]) / events * 1e6
    deliver_us = (cpu_s(drains.pid) - routed[1]) / events * 1e6
    store.close()
    done = {state: ended[state] - first[state] for state in State}
    assert done[State.DELIVERED] + done[State.UNCHANGED] == events, f"not all were done: {done}"
    return Result(
        name="pipeline",
        figures={
            "events": events,
            "taken_events_per_s": round(load.requests * 100 / load.seconds),
            "drained_after_s": round(time.monotonic() - taken_s, 1),
            "web_cpu_us": round(web_us, 1),
            "routed_cpu_us": round(web_us + route_us, 1),
            "delivered_cpu_us": round(web_us + route_us + deliver_us, 1),
        },
        goals={"routed_cpu_us": Goal(at_most=45)},
        notes=("Identify calls of 10 people, each messageId new; written to a sandbox.",),
    )


def _introduce(door: Server) -> None:
    """Send the first identify call of each person."""
    people = [
        {
            "type": "identify",
            "userId": f"user-{n}",
            "messageId": f"first-{n}",
            "traits": {"name": f"Person {n}", "email": f"person-{n}@shop.example"},
        }
        for n in range(PEOPLE)
    ]
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{door.url}/v1/batch",
        data=json.dumps({"batch": people}).encode(),
        headers={"authorization": AUTHORIZATION},
    )
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()  # noqa: S310


def _load(door: Server, seconds: float, *, seed: int) -> Load:
    load = wrk(
        door.url,
        FOLDER / "batch.lua",
        connections=4,
        seconds=seconds,
        seed=seed,
        BENCH_FRESH="1",
        BENCH_EVENT="identify",
    )
    assert load.failed == 0, f"{load.failed} requests were not acknowledged"
    return load


def _connect(pipedrive: Server, data: Path) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "dealwright", "connect", "--url", pipedrive.url),
            *("--token", TOKEN, "--plan", "ultimate", "--seats", "100", "--deliver"),
        ],
        check=True,
        cwd=ROOT,
        env=os.environ | {"DEALWRIGHT_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE_S,
    )


def _until_idle(store: Store) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if _behind(store) == 0 and not _open(store):
            return
    raise SystemExit(f"The worker did not come to an end: {_states(store)}")


def _open(store: Store) -> int:
    return sum(n for state, n in _states(store).items() if state not in ENDED | STUCK)


def _rest(store: Store, seconds: int) -> None:
    until_ms = round(time.time() * 1000) + seconds * 1000
    asyncio.run(store.write(lambda db: set_pause(db, 1, until_ms=until_ms, code="burst_limited")))


def _until_routed(store: Store) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while _behind(store) > 0 and time.monotonic() < deadline:
        time.sleep(0.05)


def _behind(store: Store) -> int:
    return asyncio.run(store.read(lambda db: end_of_log(db) - connection(db, 1).position))


def _states(store: Store) -> dict[State, int]:
    return asyncio.run(store.read(count_by_state))
