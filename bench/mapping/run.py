"""Rounds of both sides in turn, each in a process of its own; medians; equal results first."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.result import Goal, Result

HERE = Path(__file__).parent
#: The same pinned packages that the golden comparison uses.
PACKAGES = HERE.parents[1] / "tests" / "golden" / "mappingkit"
GOALS = {"person": 5.0, "person_rich": 2.0, "deal": 5.0}
WAYS = ("parsed_each_time", "parsed_once", "trigger_alone")

Rates = dict[tuple[str, str, str], list[float]]


@dataclass(frozen=True, kw_only=True)
class Side:
    """A process that answers a line of JSON with a line of JSON."""

    name: str
    process: "subprocess.Popen[str]"

    def ask(self, workload: str, way: str, cpu_s: float = 0.0) -> Any:
        """One request; both directions are a line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = json.dumps({"workload": workload, "way": way, "cpu_s": cpu_s})
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def rate(self, workload: str, way: str, cpu_s: float) -> float:
        """Events a second of this process's own user and system time."""
        told = self.ask(workload, way, cpu_s)
        assert told["fired"] == told["events"], f"{self.name}: {workload} did not always fire"
        return told["events"] / told["cpu_us"] * 1e6


def run(*, quick: bool) -> Result:
    """Check that both give the same for every event, then measure them in turn."""
    rounds, cpu_s = (2, 0.1) if quick else (7, 0.4)
    with tempfile.TemporaryDirectory(prefix="bench-mapping-") as folder:
        _events(folder)
        with _sides(folder) as (segment, ours):
            for workload in GOALS:
                same = segment.ask(workload, "results") == ours.ask(workload, "results")
                assert same, f"{workload}: the two sides give different fields"
            rates: Rates = {}
            for number in range(rounds + 1):
                _round((segment, ours), rates if number else {}, cpu_s)
    return _result(rates)


def _round(sides: tuple[Side, Side], rates: Rates, cpu_s: float) -> None:
    """Everything once; the first round, which warms up, goes into a dict that is dropped."""
    for workload in GOALS:
        for way in WAYS:
            for side in sides:
                found = side.rate(workload, way, cpu_s)
                rates.setdefault((side.name, workload, way), []).append(found)


def _events(folder: str) -> None:
    script = HERE / "data" / "make_events.py"
    seeded = ("--seed", "1", "--count", "5000", "--out", folder)
    subprocess.run([sys.executable, str(script), *seeded], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _sides(folder: str) -> Iterator[tuple[Side, Side]]:
    modules = PACKAGES / "node_modules"
    if not modules.exists():
        install = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(install, cwd=PACKAGES, check=True)
    node = shutil.which("node")
    assert node is not None, "this benchmark needs node: Segment's side runs in it"
    theirs = [node, str(HERE / "segment.js"), str(modules), folder]
    our_side = [sys.executable, "-m", "bench.mapping.ours", folder]
    with _side("segment", theirs) as segment, _side("ours", our_side) as ours:
        yield segment, ours


@contextmanager
def _side(name: str, command: list[str]) -> Iterator[Side]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        yield Side(name=name, process=process)
        assert process.stdin is not None
        process.stdin.close()


def _environment() -> dict[str, str]:
    return {**os.environ, "TZ": "UTC", "NODE_ENV": "production"}


def _result(rates: Rates) -> Result:
    figures: dict[str, float] = {}
    for workload in GOALS:
        found = {key: median(rates[key]) for key in rates if key[1] == workload}
        theirs = {way: found["segment", workload, way] for way in WAYS}
        ours = {way: found["ours", workload, way] for way in WAYS}
        figures |= {
            f"{workload}_ratio": round(ours["parsed_once"] / theirs["parsed_each_time"], 2),
            f"{workload}_ratio_both_once": round(ours["parsed_once"] / theirs["parsed_once"], 2),
            f"{workload}_ratio_trigger": round(ours["trigger_alone"] / theirs["trigger_alone"], 2),
            f"{workload}_per_cpu_s": round(ours["parsed_once"]),
            f"{workload}_per_cpu_s_each_time": round(ours["parsed_each_time"]),
            f"{workload}_per_cpu_s_segment": round(theirs["parsed_each_time"]),
            f"{workload}_per_cpu_s_segment_once": round(theirs["parsed_once"]),
        }
    return Result(
        name="mapping",
        figures=figures,
        goals={f"{name}_ratio": Goal(at_least=bound) for name, bound in GOALS.items()},
        notes=(
            "Events per CPU second; both sides gave the same fields for every event.",
            "ratio: each as it ships. Segment parses the trigger for every event, we compile once.",
            "ratio_both_once: the trigger parsed once on both sides.",
        ),
    )
