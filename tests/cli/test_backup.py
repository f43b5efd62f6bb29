"""`dealwright backup` and `dealwright restore`."""

import io
import signal
from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright
from tests.process import serving

from dealwright.pipeline.presence import present


def test_a_store_goes_into_a_file_and_back(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "website")
    dealwright("backup", "copy.db")
    dealwright("sources", "add", "later")

    ran = dealwright("restore", "copy.db", "--yes")
    listed = [one["name"] for one in dealwright("sources", "list", "--json").lines]
    assert (ran.code, listed) == (0, ["website"])


def test_a_backup_says_that_the_key_is_not_in_it(dealwright: Dealwright) -> None:
    assert "The key is not in it" in dealwright("backup", "copy.db").out


def test_the_key_is_not_in_it(dealwright: Dealwright, data: Path) -> None:
    dealwright("sources", "add", "website")
    dealwright("backup", "copy.db")

    key = (data / "secret.key").read_bytes().strip()
    assert key not in (data.parent / "copy.db").read_bytes()


def test_nothing_is_replaced_unasked(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealwright("backup", "copy.db")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))

    ran = dealwright("restore", "copy.db")
    assert (ran.code, "[not_confirmed]" in ran.err) == (1, True)


def test_under_a_hub_that_runs_nothing_is_replaced(dealwright: Dealwright, data: Path) -> None:
    dealwright("backup", "copy.db")

    with present(data):
        ran = dealwright("restore", "copy.db", "--yes")
    assert (ran.code, "[hub_running]" in ran.err) == (1, True)


@pytest.mark.process
@pytest.mark.parametrize("role", ["web", "worker"])
def test_each_process_of_a_hub_can_be_backed_up_and_not_replaced(
    dealwright: Dealwright, data: Path, role: str
) -> None:
    with serving(role, data=data) as hub:
        made = dealwright("backup", f"{role}.db")
        refused = dealwright("restore", f"{role}.db", "--yes")
        hub.process.send_signal(signal.SIGTERM)
        hub.process.wait(timeout=30)
    ran = dealwright("restore", f"{role}.db", "--yes")

    assert (made.code, "[hub_running]" in refused.err, ran.code) == (0, True, 0)
