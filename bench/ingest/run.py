"""Rounds of all variants in turn, so that each has the same noise; medians; then the memory."""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.load import cpu_s, rss_mb, wrk
from bench.result import Goal, Result
from bench.sender import AUTHORIZATION, KEY
from bench.server import Server, module, new_source, web

FOLDER = Path(__file__).resolve().parent.parent
#: Name, script, connections, events a request.
SHAPES = (("single", "single.lua", 64, 1), ("batch", "batch.lua", 16, 100))
MEMORY_AFTER = 1_000_000


@dataclass(kw_only=True)
class _Rounds:
    """What one variant did, a number for each round."""

    rates: list[float] = field(default_factory=list[float])
    cpu_us: list[float] = field(default_factory=list[float])
    p99_ms: list[float] = field(default_factory=list[float])


def run(*, quick: bool) -> Result:
    """Measure acknowledged events a second, processor time an event, p99 and memory."""
    rounds, seconds = (1, 2.0) if quick else (3, 5.0)
    os.environ |= {"BENCH_FOLDER": str(FOLDER), "BENCH_AUTHORIZATION": AUTHORIZATION}
    found = {(store, shape[0]): _Rounds() for store in (False, True) for shape in SHAPES}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=_disk()) as folder:
        new_source(Path(folder), KEY)
        with module("bench.ingest.bare") as bare, web(Path(folder)) as durable:
            taken = _rounds(found, bare, durable, (rounds, seconds))
            while taken < (0 if quick else MEMORY_AFTER):
                taken += _measure(durable, FOLDER / "batch.lua", (16, 100, 99, 5.0), _Rounds())
            memory = rss_mb(durable.pid)
    return _result(found, memory, taken)


def _rounds(
    found: dict[tuple[bool, str], _Rounds],
    bare: Server,
    durable: Server,
    how_long: tuple[int, float],
) -> int:
    rounds, seconds = how_long
    taken = 0
    for seed in range(rounds):
        for store, server in ((False, bare), (True, durable)):
            for name, script, connections, events in SHAPES:
                shape = (connections, events, seed, seconds)
                taken += store * _measure(server, FOLDER / script, shape, found[store, name])
    return taken


def _disk() -> str | None:
    # In memory an fsync costs nothing: measure on the disk of the checkout where /tmp is one.
    return str(FOLDER.parent) if Path("/tmp").stat().st_dev != FOLDER.stat().st_dev else None  # noqa: S108


def _measure(
    server: Server, script: Path, shape: tuple[int, int, int, float], into: _Rounds
) -> int:
    connections, events, seed, seconds = shape
    before = cpu_s(server.pid)
    load = wrk(server.url, script, connections=connections, seconds=seconds, seed=seed)
    assert load.failed == 0, f"{load.failed} requests were not acknowledged"
    count = load.requests * events
    into.rates.append(count / load.seconds)
    into.cpu_us.append((cpu_s(server.pid) - before) / count * 1e6)
    into.p99_ms.append(load.p99_ms)
    return count


def _result(found: dict[tuple[bool, str], _Rounds], memory: float, taken: int) -> Result:
    figures: dict[str, float] = {}
    for name, *_ in SHAPES:
        bare, durable = found[False, name], found[True, name]
        figures |= {
            f"{name}_events_per_s": round(median(durable.rates)),
            f"{name}_events_per_s_without_store": round(median(bare.rates)),
            f"{name}_ratio": round(median(durable.rates) / median(bare.rates), 3),
            f"{name}_cpu_us": round(median(durable.cpu_us), 1),
            f"{name}_cpu_us_without_store": round(median(bare.cpu_us), 1),
            f"{name}_p99_ms": round(median(durable.p99_ms), 1),
        }
    figures |= {"rss_mb": round(memory), "events_taken": taken}
    goals = {
        "single_ratio": Goal(at_least=0.45),
        "batch_ratio": Goal(at_least=0.45),
        "single_cpu_us": Goal(at_most=110),
        "batch_cpu_us": Goal(at_most=20),
        "rss_mb": Goal(at_most=300),
    }
    return Result(
        name="ingest",
        figures=figures,
        goals=goals,
        notes=("Events of 1 KB, every acknowledged one on the disk. The generator runs beside.",),
    )
