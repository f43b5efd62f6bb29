"""A contact card from the API of a hub that runs, beside Pipedrive's own client step by step.

Every call to Pipedrive takes 120 ms there and back. Warm: the mirror knows everything, as of a
moment ago, and each card is of somebody else. Again: the same cards within the minute in which they
are kept. Stale: the mirror knows all of it, as of hours ago. Cold: it knows nobody; the account's
lists are known. Naive: search, person, organization, deals, activities, notes, users, fields.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from bench.result import Goal, Result
from bench.server import PATIENCE_S, ROOT, Server, sandbox, web
from dealwright.core.people import Role
from dealwright.parts import open_store
from dealwright.settings import load_settings
from dealwright.store.api_keys import create_api_key, new_api_key
from dealwright.store.engine import Store
from dealwright.store.tables import mirror_records, mirror_state

TOKEN = "c" * 40
DELAY_MS = 120
PACKAGES = ROOT / "tests" / "sandbox" / "clients" / "official"
KINDS = ("person", "organization", "deal", "activity", "note")
#: Those who serve people share a fifth of Pipedrive's window: a second card waits for the next.
WINDOW_S = 2.2
_HOURS_MS = 3 * 3_600_000


class Called(msgspec.Struct):
    """A call that the sandbox has had."""

    cost: int


class Calls(msgspec.Struct):
    """The sandbox's calls; `next` is where later ones begin."""

    calls: list[Called]
    next: int


class Way(msgspec.Struct, frozen=True):
    """How one way to cards went: milliseconds of each, and calls and tokens of one."""

    ms: list[float]
    calls: float
    tokens: float

    @property
    def p50(self) -> float:
        """The time of the card in the middle."""
        return round(statistics.median(self.ms), 1)

    @property
    def p95(self) -> float:
        """The time that 19 of 20 cards keep to."""
        return round(sorted(self.ms)[min(int(len(self.ms) * 0.95), len(self.ms) - 1)], 1)


def run(*, quick: bool) -> Result:
    """Measure the five ways, all but the second look with people of their own."""
    some, many = (3, 20) if quick else (20, 300)
    warmed = range(2 * some, 2 * some + many)
    last = warmed.stop + some
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(TOKEN) as pipedrive:
        data = Path(folder)
        _people(pipedrive, last)
        connect = (
            "--url",
            pipedrive.url,
            "--token",
            TOKEN,
            "--plan",
            "ultimate",
            "--name",
            "bench",
        )
        _dealwright(data, "connect", *connect, "--seats", "100")
        store = open_store(load_settings(data=data))
        key = _key(store)
        with web(data) as door:
            card = _asking(door, key)
            card(_email(last))
            _ask(f"{pipedrive.url}/_sandbox/faults", msgspec.json.encode({"delay_ms": DELAY_MS}))
            cold = _measured(pipedrive, card, range(some), pause_s=WINDOW_S)
            naive = _naive(pipedrive, range(some, 2 * some))
            kinds = [part for kind in KINDS for part in ("--kind", kind)]
            _dealwright(data, "mirror", "crawl", "bench", "--yes", *kinds)
            warm = _measured(pipedrive, card, warmed)
            again = _measured(pipedrive, card, warmed)
            _age(store)
            stale = _measured(pipedrive, card, range(warmed.stop, last), pause_s=WINDOW_S)
        store.close()
    ways = {"warm": warm, "again": again, "cold": cold, "stale": stale, "naive": naive}
    return _result(ways)


def _result(ways: Mapping[str, Way]) -> Result:
    warm, cold, naive = ways["warm"], ways["cold"], ways["naive"]
    figures: dict[str, float] = {}
    for name, way in ways.items():
        figures[f"{name}_p50_ms"] = way.p50
        figures[f"{name}_p95_ms"] = way.p95
        figures[f"{name}_calls"] = way.calls
        figures[f"{name}_tokens"] = way.tokens
    figures["warm_times_sooner"] = round(naive.p50 / warm.p50, 1)
    figures["cold_times_sooner"] = round(naive.p50 / cold.p50, 1)
    figures["cold_round_trips"] = round(cold.p50 / DELAY_MS, 2)
    return Result(
        name="card",
        figures=figures,
        goals={
            "warm_p95_ms": Goal(at_most=60),
            "warm_tokens": Goal(at_most=0),
            "warm_times_sooner": Goal(at_least=10),
            "cold_tokens": Goal(at_most=62),
            "cold_round_trips": Goal(at_most=3),
            "cold_times_sooner": Goal(at_least=2),
        },
        notes=(f"Pipedrive answers after {DELAY_MS} ms; cards by GET /api/v1/card.",),
    )


def _measured(
    pipedrive: Server, card: Callable[[str], None], people: Iterable[int], *, pause_s: float = 0
) -> Way:
    before, took = _calls(pipedrive, since=0).next, list[float]()
    for number in people:
        time.sleep(pause_s)
        began = time.perf_counter()
        card(_email(number))
        took.append((time.perf_counter() - began) * 1000)
    return _way(pipedrive, before, took)


def _naive(pipedrive: Server, people: Iterable[int]) -> Way:
    modules = PACKAGES / "node_modules"
    if not modules.exists():
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=PACKAGES, check=True)
    node = shutil.which("node")
    assert node is not None, "this benchmark needs node: Pipedrive's client runs in it"
    before = _calls(pipedrive, since=0).next
    done = subprocess.run(
        [node, str(Path(__file__).with_name("naive.js")), str(modules)],
        check=True,
        text=True,
        input="".join(f"{_email(number)}\n" for number in people),
        stdout=subprocess.PIPE,
        env=os.environ | {"PIPEDRIVE_URL": pipedrive.url, "PIPEDRIVE_TOKEN": TOKEN},
    )
    return _way(pipedrive, before, [float(line) for line in done.stdout.split()])


def _way(pipedrive: Server, before: int, took: list[float]) -> Way:
    calls = _calls(pipedrive, since=before).calls
    tokens = sum(one.cost for one in calls)
    return Way(took, round(len(calls) / len(took), 2), round(tokens / len(took), 2))


def _people(pipedrive: Server, count: int) -> None:
    """People of one organization each, with a few deals, activities and notes."""
    numbers = range(1, count + 2)
    state: dict[str, Any] = {
        "organizations": [{"id": n, "name": f"Company {n}"} for n in numbers],
        "persons": [
            {"id": n, "name": f"Person {n}", "emails": [_email(n - 1)], "org_id": n}
            for n in numbers
        ],
        "deals": [
            {"title": f"Deal {n}.{i}", "person_id": n, "org_id": n}
            for n in numbers
            for i in range(4)
        ],
        "activities": [
            {"subject": f"Call {n}.{i}", "type": "call", "person_id": n, "due_date": "2026-12-01"}
            for n in numbers
            for i in range(5)
        ],
        "notes": [
            {"content": f"<p>Note {n}.{i}</p>", "person_id": n} for n in numbers for i in range(3)
        ],
    }
    _ask(f"{pipedrive.url}/_sandbox/state", msgspec.json.encode(state), method="PUT")


def _email(number: int) -> str:
    return f"person-{number}@shop.example"


def _asking(door: Server, key: str) -> Callable[[str], None]:
    def card(email: str) -> None:
        url = f"{door.url}/api/v1/card?email={email}"
        told = msgspec.json.decode(_ask(url, headers={"authorization": f"Bearer {key}"}))
        assert told["finding"] == "match", told

    return card


def _key(store: Store) -> str:
    key = new_api_key()
    with store.transaction() as db:
        create_api_key(db, "bench", role=Role.VIEWER, key=key, made_by="bench", now_ms=0)
    return key


def _age(store: Store) -> None:
    """Let hours pass since the mirror was told anything."""
    with store.transaction() as db:
        checked, fresh = mirror_records.c.checked_at_ms, mirror_state.c.fresh_at_ms
        db.execute(sa.update(mirror_records).values(checked_at_ms=checked - _HOURS_MS))
        db.execute(sa.update(mirror_state).values(fresh_at_ms=fresh - _HOURS_MS))


def _dealwright(data: Path, *command: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "dealwright", *command],
        check=True,
        cwd=ROOT,
        env=os.environ | {"DEALWRIGHT_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE_S * 4,
    )


def _calls(pipedrive: Server, *, since: int) -> Calls:
    return msgspec.json.decode(_ask(f"{pipedrive.url}/_sandbox/calls?since={since}"), type=Calls)


def _ask(
    url: str, body: bytes | None = None, *, method: str = "", headers: dict[str, str] | None = None
) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - its own servers
        url,
        data=body,
        method=method or ("POST" if body else "GET"),
        headers={"content-type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        return answer.read()
