"""Singer's tap-pipedrive, in an environment of its own: discovery, a first sync, the next one."""

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.clients.conftest import TOKEN
from tests.sandbox.clients.installing import virtual_environment
from tests.sandbox.clients.loopback import Loopback

pytestmark = pytest.mark.process

HERE = Path(__file__).parent / "tap"
# What the sandbox has no records of; `dealflow` and `deal_products` ask deal by deal.
LEFT_OUT = {"files", "filters", "products", "dealflow", "deal_products"}
PATIENCE_S = 60


@dataclass(frozen=True, kw_only=True)
class Tap:
    """The tap's command line against one sandbox."""

    python: Path
    folder: Path
    url: str

    def discover(self) -> list[Any]:
        """The streams of the catalog."""
        return json.loads(self._run("--discover"))["streams"]

    def sync(self, *, state: Any = None) -> "Synced":
        """Sync all streams but those left out, from a state of before or from the beginning."""
        streams = self.discover()
        for stream in streams:
            for entry in stream["metadata"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] not in LEFT_OUT
        arguments = ["--catalog", self._written("catalog.json", {"streams": streams})]
        if state is not None:
            arguments += ["--state", self._written("state.json", state)]
        return Synced([json.loads(line) for line in self._run(*arguments).splitlines()])

    def _run(self, *arguments: str) -> str:
        config = {"api_token": TOKEN, "start_date": "2017-01-01T00:00:00Z"}
        path = self._written("config.json", config)
        run = subprocess.run(
            [str(self.python), str(HERE / "run.py"), "--config", path, *arguments],
            env={"PIPEDRIVE_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert run.returncode == 0, run.stderr
        return run.stdout

    def _written(self, name: str, value: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return str(path)


@dataclass(frozen=True)
class Synced:
    """The messages that a sync wrote."""

    messages: list[Any]

    @property
    def counts(self) -> Counter[str]:
        """Records by stream."""
        return Counter(m["stream"] for m in self.messages if m["type"] == "RECORD")

    def of(self, stream: str) -> list[Any]:
        """The records of one stream."""
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    @property
    def state(self) -> Any:
        """Where the next sync goes on."""
        return [m["value"] for m in self.messages if m["type"] == "STATE"][-1]


@pytest.fixture
def tap(pipedrive: Loopback, tmp_path: Path) -> Tap:
    python = virtual_environment(HERE / "requirements.txt")
    return Tap(python=python, folder=tmp_path, url=pipedrive.url)


def test_discovery_names_every_stream_with_the_account_s_own_fields(
    tap: Tap, pipedrive: Loopback
) -> None:
    schemas = {stream["tap_stream_id"]: stream["schema"] for stream in tap.discover()}
    assert len(schemas) == 16
    assert set(_custom_fields(pipedrive, "person")) <= set(schemas["persons"]["properties"])


def test_a_first_sync_brings_every_record_of_eleven_streams(tap: Tap, pipedrive: Loopback) -> None:
    counts = tap.sync().counts
    deal_fields = counts.pop("deal_fields")
    assert counts == {
        "currency": 12,
        "activity_types": 7,
        "stages": 6,
        "pipelines": 2,
        "notes": 3,
        "users": 4,
        "activities": 8,
        "deals": 11,
        "organizations": 10,
        "persons": 25,
    }
    assert deal_fields > len(_custom_fields(pipedrive, "deal"))


def test_records_carry_names_times_and_custom_values(tap: Tap) -> None:
    deal = next(row for row in tap.sync().of("deals") if row["title"] == "Canteen renewal")
    assert deal["update_time"].endswith("Z")
    assert {"currency": "EUR", "value": 45_000} in deal.values()


def test_the_next_sync_brings_only_what_has_changed_since(tap: Tap, pipedrive: Loopback) -> None:
    state = tap.sync().state
    pipedrive.sandbox.clock.advance(60)
    pipedrive.sandbox.put_state({"persons": [{"name": "Grace Hopper"}]})
    counts = tap.sync(state=state).counts
    assert counts == {"persons": 1, "currency": 12}


def test_its_token_in_the_query_is_accepted(tap: Tap, pipedrive: Loopback) -> None:
    tap.discover()
    assert {call.status for call in pipedrive.sandbox.calls} == {200}


def _custom_fields(pipedrive: Loopback, kind: str) -> list[str]:
    return list(pipedrive.sandbox.world.default_company.fields[kind].custom)
