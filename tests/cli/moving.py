"""A whole move: commands as a person types them, events over HTTP, records in Pipedrive."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from tests.journeys.test_process import served, started_worker, wait_until
from tests.process import serving

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.store.deliveries import count_by_state
from dealwright.store.engine import Store

TOKEN = "t" * 40
FILES = Path(__file__).parents[1] / "cases" / "imports" / "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A hub's data folder, and a Pipedrive over HTTP."""

    data: Path
    url: str
    pipedrive: Sandbox

    def run(self, *arguments: str) -> str:
        """Run a command, which must succeed; what it prints."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("DEALW")}
        done = subprocess.run(
            [sys.executable, "-m", "dealwright", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=kept | {"DEALWRIGHT_DATA": str(self.data), "COLUMNS": "100"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def facts(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON lines of a command."""
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def account(self) -> tuple[str, ...]:
        """The options that name the account."""
        return ("--url", self.url, "--token", TOKEN)

    def send(self, events: Sequence[dict[str, Any]], *, deliveries: int) -> None:
        """Send events to the hub's door as an SDK does, and wait for what becomes of them."""
        (made,) = self.facts("sources", "add", "website")
        with serving("web", data=self.data) as web, started_worker(self.data):
            batch = [{"messageId": f"m-{n}", **event} for n, event in enumerate(events)]
            answer = httpx2.post(
                f"{web.url}/v1/batch", json={"batch": batch}, auth=(made["write_key"], "")
            )
            assert answer.json() == {"success": True}
            wait_until(none_open(self.data, deliveries))

    def states(self) -> list[str]:
        """The states of all Deliveries."""
        return [row["state"] for row in self.facts("deliveries", "--limit", "100")]


def none_open(data: Path, events: int) -> Callable[[], bool]:
    """Tells whether so many Deliveries are there, and none is still to be done."""

    def done() -> bool:
        store = Store.open(f"sqlite:///{data / 'dealwright.db'}")
        with store.snapshot() as db:
            counts = count_by_state(db)
        store.close()
        still = counts[State.QUEUED] + counts[State.SENDING] + counts[State.WAITING]
        return sum(counts.values()) >= events and still == 0

    return done


@contextmanager
def place(data: Path, state: dict[str, Any]) -> Iterator[Place]:
    """A hub without anything, and an account that holds `state`."""
    pipedrive = create_app(
        Options(token=TOKEN, lag_s=0, seed="empty", plan="ultimate", limits=NO_LIMITS)
    )
    pipedrive.put_state(state)
    with served(pipedrive) as url:
        yield Place(data=data, url=url, pipedrive=pipedrive)
