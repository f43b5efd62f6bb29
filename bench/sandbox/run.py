"""`dealwright sandbox` with 100,000 persons: get, patch and search by keep-alive connections."""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import cpu_s, wrk
from bench.result import Goal, Result
from bench.server import Server, sandbox

FOLDER = Path(__file__).resolve().parent
TOKEN = "5a" * 20
EXTERNAL_ID = "e" * 40
PERSONS, ORGANIZATIONS, AT_ONCE = 100_000, 1_000, 500
KINDS = ("get", "patch", "search", "search_part", "mixed")
CONNECTIONS = 16


def run(*, quick: bool) -> Result:
    """Measure requests a second of processor time, by the clock, and bytes a person."""
    rounds, seconds = (1, 1.0) if quick else (3, 3.0)
    persons = PERSONS // 10 if quick else PERSONS
    os.environ |= {"BENCH_TOKEN": TOKEN, "BENCH_PERSONS": str(persons)}
    figures: dict[str, float] = {"persons": persons}
    with sandbox(TOKEN) as server:
        figures |= _fill(server, persons)
        for kind in KINDS:
            os.environ["BENCH_KIND"] = kind
            figures |= _measure(server, kind, rounds=rounds, seconds=seconds)
    goals = {f"{kind}_per_core_s": Goal(at_least=2_000) for kind in ("get", "patch", "search")}
    return Result(
        name="sandbox",
        figures=figures,
        goals=goals | {"bytes_beyond_fields": Goal(at_most=1_024)},
        notes=(
            "per_core_s: answers a second of the server's processor time; the generator runs "
            "beside it. A person's own fields: the JSON that the API shows of it.",
        ),
    )


def _fill(server: Server, persons: int) -> dict[str, float]:
    field = {"name": "External id", "type": "varchar", "code": EXTERNAL_ID}
    organizations = [{"id": n, "name": f"Organization {n}"} for n in range(1, ORGANIZATIONS + 1)]
    _put(server, {"fields": {"person": [field]}, "organizations": organizations})
    before = _rss(server.pid)
    for rows in _rows(persons):
        _put(server, {"persons": rows})
    # One search, so that the index is there before its memory is counted.
    _get(server, "/api/v2/persons/search?term=person-77%40")
    grown = (_rss(server.pid) - before) / persons
    shown = _get(server, "/api/v2/persons?limit=500&sort_direction=desc")["data"]
    own = sum(len(json.dumps(row, separators=(",", ":"))) for row in shown) / len(shown)
    return {
        "bytes_per_person": round(grown),
        "bytes_of_its_fields": round(own),
        "bytes_beyond_fields": round(grown - own),
    }


def _rows(persons: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(1, persons + 1, AT_ONCE):
        yield [
            {
                "id": n,
                "name": f"Person {n} of Many",
                "emails": [f"person-{n}@mail.example"],
                "phones": [f"+44 20 7946 {n:06}"],
                "org_id": 1 + n % ORGANIZATIONS,
                "custom_fields": {EXTERNAL_ID: f"user-{n}"},
            }
            for n in range(start, min(start + AT_ONCE, persons + 1))
        ]


def _put(server: Server, state: dict[str, Any]) -> None:
    body = json.dumps(state).encode()
    request = urllib.request.Request(f"{server.url}/_sandbox/state", data=body, method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310


def _get(server: Server, path: str) -> Any:
    request = urllib.request.Request(server.url + path, headers={"x-api-token": TOKEN})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def _rss(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _measure(server: Server, kind: str, *, rounds: int, seconds: float) -> dict[str, float]:
    by_clock: list[float] = []
    by_core: list[float] = []
    p99: list[float] = []
    for seed in range(rounds):
        before = cpu_s(server.pid)
        script = FOLDER / "persons.lua"
        load = wrk(server.url, script, connections=CONNECTIONS, seconds=seconds, seed=seed)
        assert load.failed == 0, f"{load.failed} requests failed"
        by_clock.append(load.requests / load.seconds)
        by_core.append(load.requests / (cpu_s(server.pid) - before))
        p99.append(load.p99_ms)
    return {
        f"{kind}_per_core_s": round(median(by_core)),
        f"{kind}_per_s": round(median(by_clock)),
        f"{kind}_p99_ms": round(median(p99), 1),
    }
