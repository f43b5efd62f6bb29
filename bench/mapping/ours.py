"""Our side: the same requests as segment.js, a line each."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from dealwright.core.directives import compile_directives
from dealwright.core.trigger import Condition, compile_trigger

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Mapping, compiled once as the hub does, and the events that it is given."""

    text: str
    trigger: Condition
    resolve: Callable[[Any], Any]
    events: list[dict[str, Any]]


def workloads(folder: Path) -> dict[str, Workload]:
    """Everything that triggers.json lists; the events are parsed before any clock starts."""
    listed = json.loads((DATA / "triggers.json").read_text())
    return {
        name: Workload(
            text=one["trigger"],
            trigger=compile_trigger(one["trigger"]),
            resolve=compile_directives(json.loads((DATA / one["mapping"]).read_text())),
            events=[
                # As the hub parses its log.
                msgspec.json.decode(line)
                for line in (folder / one["events"]).read_bytes().splitlines()
            ],
        )
        for name, one in listed.items()
    }


def parsed_each_time(work: Workload) -> int:
    """The trigger compiled for every event: not what we do, but what can be compared."""
    text, resolve, fired = work.text, work.resolve, 0
    for event in work.events:
        if compile_trigger(text)(event) and resolve(event):
            fired += 1
    return fired


def parsed_once(work: Workload) -> int:
    """What the hub does."""
    trigger, resolve, fired = work.trigger, work.resolve, 0
    for event in work.events:
        if trigger(event) and resolve(event):
            fired += 1
    return fired


def trigger_alone(work: Workload) -> int:
    """The trigger, compiled once, and no fields."""
    trigger, fired = work.trigger, 0
    for event in work.events:
        if trigger(event):
            fired += 1
    return fired


WAYS = {way.__name__: way for way in (parsed_each_time, parsed_once, trigger_alone)}


def measured(work: Workload, way: str, cpu_s: float) -> dict[str, float]:
    """Go through the events again and again for that much of this process's own time."""
    run, start, count, fired = WAYS[way], time.process_time(), 0, 0
    while True:
        fired += run(work)
        count += len(work.events)
        spent = time.process_time() - start
        if spent >= cpu_s:
            return {"events": count, "fired": fired, "cpu_us": spent * 1e6}


def main() -> None:
    """Answer until the input ends."""
    known = workloads(Path(sys.argv[1]))
    for line in sys.stdin:
        asked = json.loads(line)
        work, way = known[asked["workload"]], asked["way"]
        answer = (
            [work.resolve(event) if work.trigger(event) else None for event in work.events]
            if way == "results"
            else measured(work, way, asked["cpu_s"])
        )
        print(json.dumps(answer), flush=True)


main()
