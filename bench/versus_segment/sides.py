"""The two sides: each is started, plays the stream against its account, and is measured."""

import asyncio
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.load import cpu_s
from bench.sender import AUTHORIZATION, KEY
from bench.server import PATIENCE_S, ROOT, Server, new_source, web, worker
from bench.versus_segment.account import TOKEN
from bench.versus_segment.mappings import MAPPINGS
from dealwright.actionbook import actions
from dealwright.core.delivery import ENDED, STUCK, State
from dealwright.parts import open_store
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.settings import load_settings
from dealwright.store.connections import connection
from dealwright.store.crawls import want_crawl
from dealwright.store.deliveries import count_by_state
from dealwright.store.engine import Store
from dealwright.store.events import end_of_log
from dealwright.store.mirror import state

HERE = Path(__file__).parent
PACKAGES = ROOT / "tests" / "sandbox" / "clients" / "segment"
#: How many events Segment's code handles at once, and how many connections it keeps.
LANES, SOCKETS = 16, 32
#: With Growth's limits more of them only wait: 5 searches a second are three lanes of 80 ms each.
PACED_LANES = 4
#: What Growth allows a token in 2 seconds.
PACED = {"all": 40, "searches": 10}
BATCH = 100
#: Longer than this no round may take.
_LONGEST_S = 3600


@dataclass(frozen=True, kw_only=True)
class Played:
    """One side's way through a stream: seconds of clock and processor, and what it said."""

    seconds: float
    cpu_s: float
    said: dict[str, Any] = field(default_factory=dict[str, Any])


def play_segment(stream: Path, account: Server, folder: Path, *, paced: bool) -> Played:
    """Let Segment's destination deliver the stream; it is measured from its first event."""
    config = folder / "segment.json"
    config.write_text(json.dumps(_segment_config(stream, account, paced=paced)))
    command = [_node(), "--max-old-space-size=1024", str(HERE / "segment.js"), str(config)]
    environment = {**os.environ, "TZ": "UTC", "NODE_ENV": "production"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == "ready"
        before = cpu_s(process.pid)
        process.stdin.write("go\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        spent = cpu_s(process.pid) - before
        process.stdin.write("end\n")
        process.stdin.close()
    return Played(seconds=said["seconds"], cpu_s=spent, said=said)


def play_ours(stream: Path, account: Server, folder: Path) -> Played:
    """Post the stream to the hub's door; it is measured from there until no Delivery is open."""
    data = folder / "data"
    new_source(data, KEY)
    connect(account, data, folder)
    store = open_store(load_settings(data=data))
    with ExitStack() as running:
        running.callback(store.close)
        door = running.enter_context(web(data))
        hub = (door, running.enter_context(worker(data)))
        _crawl(store)
        before, started = _spent(hub), time.monotonic()
        post(stream, door)
        states = until_idle(store)
        return Played(
            seconds=time.monotonic() - started,
            cpu_s=_spent(hub) - before,
            said={state.value: count for state, count in states.items() if count},
        )


def _segment_config(stream: Path, account: Server, *, paced: bool) -> dict[str, Any]:
    modules = PACKAGES / "node_modules"
    if not modules.exists():
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=PACKAGES, check=True)
    return {
        "url": account.url,
        "modules": str(modules),
        "stream": str(stream),
        "lanes": PACED_LANES if paced else LANES,
        "sockets": SOCKETS,
        "paced": PACED if paced else None,
        "settings": {"domain": "acme", "apiToken": TOKEN},
        "mappings": [
            {"trigger": one.trigger, "action": one.theirs, "fields": one.fields} for one in MAPPINGS
        ],
    }


def _node() -> str:
    node = shutil.which("node")
    assert node is not None, "this benchmark needs node: Segment's side runs in it"
    return node


def connect(account: Server, data: Path, folder: Path) -> None:
    """Make the Connection and its Mappings, delivering."""
    plan = ("--plan", "growth", "--seats", "5")
    given = ("--url", account.url, "--token", TOKEN, *plan, "--no-presets", "--deliver")
    _dealwright(data, "connect", *given)
    for number, one in enumerate(MAPPINGS):
        file = folder / f"mapping-{number}.json"
        file.write_text(json.dumps(_mapping_file(one.ours, one.trigger, one.fields)))
        _dealwright(data, "mappings", "add", str(file), "--enable")


def _mapping_file(action: str, trigger: str, fields: dict[str, Any]) -> dict[str, Any]:
    whole = {**actions()[action].default_fields(), **fields}
    return {"name": action, "action": action, "trigger": trigger, "fields": whole}


def _dealwright(data: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "dealwright", *arguments],
        check=True,
        cwd=ROOT,
        env=os.environ | {"DEALWRIGHT_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE_S * 10,
    )


def _spent(hub: tuple[Server, ...]) -> float:
    return sum(cpu_s(process.pid) for process in hub)


def post(stream: Path, door: Server) -> None:
    """Send the stream in its order, a hundred events a request."""
    address = door.url.removeprefix("http://")
    headers = {"authorization": AUTHORIZATION, "content-type": "application/json"}
    wire = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    for lines in _chunks(stream.read_text(encoding="utf-8").splitlines()):
        body = '{"batch":[' + ",".join(lines) + "]}"
        wire.request("POST", "/v1/batch", body=body.encode(), headers=headers)
        answer = wire.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    wire.close()


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]


def _crawl(store: Store) -> None:
    """Have the account read once, as a team does before it begins; its tokens are counted."""
    now_ms = round(time.time() * 1000)
    asyncio.run(store.write(lambda db: want_crawl(db, 1, kinds=USUAL_KINDS, now_ms=now_ms)))
    deadline = time.monotonic() + PATIENCE_S * 4
    while not all(
        one.complete for one in asyncio.run(store.read(lambda db: state(db, 1))).values()
    ):
        assert time.monotonic() < deadline, "the crawl did not come to an end"
        time.sleep(0.05)


def until_idle(store: Store) -> dict[State, int]:
    """Wait until no Delivery is open; how they ended."""
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if asyncio.run(store.read(lambda db: end_of_log(db) - connection(db, 1).position)):
            continue
        states = asyncio.run(store.read(count_by_state))
        if not any(count for state, count in states.items() if state not in ENDED | STUCK):
            return states
    raise SystemExit("The hub did not come to an end.")
