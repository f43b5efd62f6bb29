"""From the last webhook that a meeting needs to its note in Pipedrive, at one meeting a second.

A hub of two processes (web and worker) on SQLite beside a sandbox. Every second meeting is one of
Fathom, which is told whole; the others are calls of Aircall, whose summary follows in a webhook of
its own: the time runs from that one. Guests are in the mirror, each with a deal. A minute by
default; BENCH_SECONDS=300 for five.
"""

import base64
import hmac
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from bench.load import cpu_s
from bench.result import Goal, Result
from bench.server import PATIENCE_S, ROOT, Server, sandbox, web, worker

TOKEN = "b" * 40
WHSEC = f"whsec_{base64.b64encode(b'b' * 32).decode()}"
AIRCALL = "c" * 32
#: In the mirror before; each is met again and again.
PEOPLE = 50
HOST = {"name": "Mara Lind", "email": "mara@ours.example"}
#: The first of each kind fetch the lists of users and types, which are kept for an hour.
WARM = (9000, 9001)
_LONGEST_S = 60


class Note(msgspec.Struct):
    """A note of the sandbox."""

    content: str
    add_time: datetime


class Held(msgspec.Struct):
    """What the sandbox holds."""

    notes: list[Note]


class Called(msgspec.Struct):
    """A call that the sandbox has had."""

    path: str
    cost: int

    @property
    def is_a_second_look(self) -> bool:
        """Whether a person is looked at anew because the mirror's copy is some minutes old."""
        return self.path.startswith("/api/v2/persons/")


class Calls(msgspec.Struct):
    """The sandbox's calls; `next` is where later ones begin."""

    calls: list[Called]
    next: int


def run(*, quick: bool) -> Result:
    """Measure each meeting's way, and what it costs."""
    count = 15 if quick else int(os.environ.get("BENCH_SECONDS", "60"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(TOKEN) as pipedrive:
        data = Path(folder)
        _people(pipedrive)
        _set_up(pipedrive, data)
        with web(data) as door, worker(data) as desk:
            for number in WARM:
                _tell(door, number)
            _until_written(pipedrive, len(WARM))
            return _measured(door, desk, pipedrive, count)


def _measured(door: Server, desk: Server, pipedrive: Server, count: int) -> Result:
    before, used_s = _calls(pipedrive, since=0).next, cpu_s(door.pid) + cpu_s(desk.pid)
    told: dict[int, datetime] = {}
    began_s = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began_s + number - time.monotonic()))
        told[number] = _tell(door, number)
    notes = _until_written(pipedrive, count + len(WARM))
    used_s = cpu_s(door.pid) + cpu_s(desk.pid) - used_s
    calls = _calls(pipedrive, since=before).calls
    took = sorted((notes[number] - at).total_seconds() for number, at in told.items())
    return Result(
        name="meetings",
        figures={
            "meetings": count,
            "p50_s": round(statistics.median(took), 3),
            "p95_s": round(took[int(len(took) * 0.95)], 3),
            "max_s": round(took[-1], 3),
            "tokens_warm": _tokens(one for one in calls if not one.is_a_second_look) / count,
            "tokens": _tokens(calls) / count,
            "cpu_ms": round(used_s / count * 1000, 1),
        },
        goals={"max_s": Goal(at_most=5), "tokens_warm": Goal(at_most=25)},
        notes=("One meeting a second: half of Fathom, half calls with a second webhook.",),
    )


def _tokens(calls: Iterable[Called]) -> int:
    return sum(one.cost for one in calls)


def _people(pipedrive: Server) -> None:
    """Guests with an address, a number and a deal each."""
    numbers = range(1, PEOPLE + 1)
    persons = [
        {"id": n, "name": f"Guest {n}", "emails": [_email(n)], "phones": [_phone(n)]}
        for n in numbers
    ]
    deals = [{"id": n, "title": f"Deal {n}", "person_id": n, "stage_id": 1} for n in numbers]
    stages = {"pipelines": [{"id": 1, "name": "Sales"}]}
    stages["stages"] = [{"id": 1, "name": "New", "pipeline_id": 1}]
    state = {**stages, "persons": persons, "deals": deals}
    _ask(f"{pipedrive.url}/_sandbox/state", msgspec.json.encode(state), method="PUT")


def _email(guest: int) -> str:
    return f"guest-{guest}@shop.example"


def _phone(guest: int) -> str:
    return f"+37255550{guest:03}"


def _set_up(pipedrive: Server, data: Path) -> None:
    """Connect, read the account into the mirror, and add both recorders."""
    account = ("--url", pipedrive.url, "--token", TOKEN, "--plan", "ultimate", "--seats", "100")
    _run(data, "connect", *account, "--deliver", "--name", "bench")
    _run(data, "mirror", "crawl", "bench", "--yes")
    ours = ("--set", 'internal_domains=["ours.example"]')
    _run(data, "sources", "add", "meeting", "fathom", *ours, secret=WHSEC)
    _run(data, "sources", "add", "meeting", "aircall", *ours, secret=AIRCALL)


def _run(data: Path, *command: str, secret: str = "") -> None:
    environment = os.environ | {"DEALWRIGHT_DATA": str(data)}
    subprocess.run(
        [sys.executable, "-m", "dealwright", *command],
        check=True,
        cwd=ROOT,
        env=environment | ({"WEBHOOK_SECRET": secret} if secret else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE_S,
    )


def _tell(door: Server, number: int) -> datetime:
    """Post all webhooks of a meeting; when the last one was begun."""
    if number % 2:
        return _call(door, number)
    return _meeting(door, number)


def _meeting(door: Server, number: int) -> datetime:
    now = datetime.now(UTC)
    body = msgspec.json.encode(
        {
            "recording_id": number + 1,
            "title": f"Talk no. {number}.",
            "meeting_type": "Meeting",
            "recording_start_time": now.replace(minute=0, second=0, microsecond=0),
            "recording_end_time": now.replace(microsecond=0),
            "calendar_invitees": [{"name": "A guest", "email": _email(number % PEOPLE + 1)}],
            "recorded_by": HOST,
            "default_summary": {"markdown_formatted": "## Purpose\n\n- Forty seats by May\n"},
        }
    )
    signed = f"msg-{number}.{int(now.timestamp())}.".encode() + body
    signature = hmac.new(b"b" * 32, signed, sha256).digest()
    headers = {
        "webhook-id": f"msg-{number}",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    _ask(f"{door.url}/hooks/meetings/fathom", body, headers=headers)
    return now


def _call(door: Server, number: int) -> datetime:
    url, ended = f"{door.url}/hooks/calls/aircall", int(time.time())
    call: dict[str, Any] = {
        "id": number + 1,
        "direction": "inbound",
        "status": "done",
        "started_at": ended - 130,
        "answered_at": ended - 120,
        "ended_at": ended,
        "raw_digits": _phone(number % PEOPLE + 1),
        "user": HOST,
        "comments": [{"id": 1, "content": f"Talk no. {number}."}],
    }
    told = {"token": AIRCALL, "timestamp": ended}
    _ask(url, msgspec.json.encode({**told, "event": "call.ended", "data": call}))
    said = {"call_id": number + 1, "content": "Wants forty seats by May."}
    now = datetime.now(UTC)
    _ask(url, msgspec.json.encode({**told, "event": "summary.created", "data": said}))
    return now


def _until_written(pipedrive: Server, count: int) -> Mapping[int, datetime]:
    """When each meeting's note was made, once there are so many."""
    deadline_s = time.monotonic() + _LONGEST_S
    found: dict[int, datetime] = {}
    while len(found) < count:
        if time.monotonic() > deadline_s:
            raise SystemExit(f"{len(found)} notes of {count} after {_LONGEST_S} s")
        time.sleep(0.5)
        state = _ask(f"{pipedrive.url}/_sandbox/state", None, method="GET")
        for note in msgspec.json.decode(state, type=Held).notes:
            number = re.search(r"Talk no\. (\d+)\.", note.content)
            assert number is not None, note.content
            assert found.get(int(number[1]), note.add_time) == note.add_time, "written twice"
            found[int(number[1])] = note.add_time
    return found


def _calls(pipedrive: Server, *, since: int) -> Calls:
    told = _ask(f"{pipedrive.url}/_sandbox/calls?since={since}", None, method="GET")
    return msgspec.json.decode(told, type=Calls)


def _ask(
    url: str, body: bytes | None, *, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - our own server
        url,
        data=body,
        headers={"content-type": "application/json", **(headers or {})},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content
