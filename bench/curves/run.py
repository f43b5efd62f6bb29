"""For 1,000 to 1,000,000 persons in the mirror: look-up, memory, tokens and time of an event.

The account itself holds only the persons that the events are about: what the others weigh at
Pipedrive is not measured here. The mirror holds all, put into the store as a crawl puts them.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import cpu_s, rss_mb
from bench.result import Goal, Result
from bench.sender import KEY
from bench.server import module, new_source, web, worker
from bench.versus_segment.account import PERSON_ID, asked, person_record, seeded
from bench.versus_segment.sides import connect, post, until_idle
from dealwright.core.record import Labelled, Person, RecordKind
from dealwright.parts import open_store
from dealwright.pipeline.mirrored import row_of
from dealwright.settings import load_settings
from dealwright.store.crawls import put_page, want_crawl
from dealwright.store.engine import Store
from dealwright.store.mirror import by_keys, records, state

SIZES, QUICK = (1_000, 10_000, 100_000, 1_000_000), (1_000, 10_000)
#: Persons that events are about; half of the events change one of them.
KNOWN, EVENTS, LOOKUPS, PAGE = 500, 2_000, 500, 20_000


def run(*, quick: bool) -> Result:
    """Measure at each size; a curve that grows is reported as it is."""
    figures: dict[str, float] = {}
    for size in QUICK if quick else SIZES:
        figures |= {f"{name}_at_{size}": value for name, value in _at(size).items()}
    smallest, largest = (min(SIZES), max(QUICK if quick else SIZES))
    growth = figures[f"lookup_us_at_{largest}"] / figures[f"lookup_us_at_{smallest}"]
    return Result(
        name="curves",
        figures=figures | {"lookup_growth": round(growth, 2)},
        goals={"lookup_growth": Goal(at_most=3)},
        notes=(
            "lookup_us: one person by one key, read and all, median; a transaction of its own.",
            f"tokens and cpu_us: an event of {EVENTS} about {KNOWN} persons, half of them changes.",
        ),
    )


def _at(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="bench-curves-") as name, ExitStack() as running:
        folder = Path(name)
        account = running.enter_context(module("bench.versus_segment.account"))
        persons = {f"u-{n}": {"traits": _traits(n), "organization": None} for n in range(KNOWN)}
        seeded(account.url, {"persons": persons, "organizations": {}, "deals": {}})
        data = folder / "data"
        new_source(data, KEY)
        connect(account, data, folder)
        store = open_store(load_settings(data=data))
        running.callback(store.close)
        started = time.monotonic()
        _fill(store, size)
        figures = {
            "load_rows_per_s": round(size / (time.monotonic() - started)),
            "bytes_per_person": round(sum(f.stat().st_size for f in data.glob("*.db*")) / size),
            "lookup_us": round(median(_lookups(store, size)) * 1e6),
        }
        door = running.enter_context(web(data))
        drains = running.enter_context(worker(data))
        before = asked(account.url, "calls")["total_cost"], cpu_s(drains.pid), time.monotonic()
        post(_stream(folder), door)
        until_idle(store)
        return figures | {
            "tokens_per_event": (asked(account.url, "calls")["total_cost"] - before[0]) / EVENTS,
            "cpu_us_per_event": round((cpu_s(drains.pid) - before[1]) / EVENTS * 1e6),
            "events_per_s": round(EVENTS / (time.monotonic() - before[2])),
            "worker_mb": round(rss_mb(drains.pid)),
        }


def _traits(number: int, *, plan: str = "pro") -> dict[str, Any]:
    return {
        "name": f"Person {number}",
        "email": f"person-{number}@shop.example",
        "phone": f"+4670{1_000_000 + number}",
        "title": "Buyer",
        "plan": plan,
        "seats": 5,
        "address": {"city": "Porto"},
    }


def _fill(store: Store, size: int) -> None:
    """Put persons into the mirror, page by page; the last makes it complete."""
    now_ms = round(time.time() * 1000)
    kind = RecordKind.PERSON
    asyncio.run(store.write(lambda db: want_crawl(db, 1, kinds=[kind], now_ms=now_ms)))
    for start in range(0, size, PAGE):
        end = min(start + PAGE, size)
        rows = [
            row_of(_person(n), kind, checked_at_ms=now_ms, exact=True, region=None)
            for n in range(start, end)
        ]
        of = asyncio.run(store.read(lambda db: state(db, 1)))[kind]
        cursor = None if end == size else str(end)
        page = {"of": of, "rows": rows, "next_cursor": cursor, "now_ms": now_ms}
        assert asyncio.run(store.write(lambda db, page=page: put_page(db, 1, **page)))


def _person(number: int) -> Person:
    told = person_record(f"u-{number}", _traits(number))
    return Person(
        id=number + 1,
        name=told["name"],
        emails=tuple(Labelled(value=email) for email in told["emails"]),
        phones=tuple(Labelled(value=phone) for phone in told["phones"]),
        custom_fields=told["custom_fields"],
        add_time="2026-01-01T00:00:00Z",
        update_time="2026-01-01T00:00:00Z",
    )


def _lookups(store: Store, size: int) -> Iterator[float]:
    step = max(1, size // LOOKUPS)
    for number in range(0, size, step):
        key = f"field:{PERSON_ID}=u-{number}"
        started = time.perf_counter()
        with store.snapshot() as db:
            ids = by_keys(db, 1, RecordKind.PERSON, [key])[key]
            assert records(db, 1, RecordKind.PERSON, ids)
        yield time.perf_counter() - started


def _stream(folder: Path) -> Path:
    file = folder / "stream.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(EVENTS):
            user = number % KNOWN
            plan = "pro" if number % 2 else f"plan {os.getpid()} {number}"
            event = {"type": "identify", "userId": f"u-{user}", "messageId": f"m-{number}"}
            lines.write(json.dumps({**event, "traits": _traits(user, plan=plan)}) + "\n")
    return file
