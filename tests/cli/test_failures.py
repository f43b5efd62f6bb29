"""How commands fail, and what they say of themselves."""

import os
import pty
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
import typer.main
from tests.cli.conftest import Dealwright

from dealwright.cli.main import app

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_a_failure_is_one_sentence_with_its_code(dealwright: Dealwright) -> None:
    err = dealwright("deliveries", "7").err

    assert re.fullmatch(r"✗ There is no delivery 7\. .* \[not_found\]\n", err)


def test_a_failure_is_a_json_line_for_programs(dealwright: Dealwright) -> None:
    ran = dealwright("deliveries", "7", "--json")

    assert msgspec.json.decode(ran.err)["error"]["code"] == "not_found"


def test_every_faulty_setting_is_said_at_once(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PORT", "many")
    monkeypatch.setenv("DEALWRIGHT_LOG_LEVEL", "loud")

    err = dealwright("sources", "list").err
    assert ("DEALWRIGHT_PORT" in err, "DEALWRIGHT_LOG_LEVEL" in err) == (True, True)


def test_a_database_of_another_kind_is_refused(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_DATABASE_URL", "mysql://nobody@nowhere.example/x")

    assert dealwright("db", "status").code == 1


def test_no_command_is_wrong_use(dealwright: Dealwright) -> None:
    assert dealwright("dance").code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(dealwright: Dealwright, command: str) -> None:
    ran = dealwright(command, "--help")

    assert (ran.code, "Usage: dealwright" in ran.out) == (0, True)


@pytest.mark.usefixtures("unmade")
def test_the_schema_is_made_and_named(dealwright: Dealwright) -> None:
    empty = dealwright("db", "status", "--json").lines[0]["state"]
    dealwright("db", "upgrade")

    assert (empty, dealwright("db", "status", "--json").lines[0]["state"]) == ("empty", "current")


@pytest.mark.usefixtures("unmade")
def test_the_doctor_says_how_to_begin(dealwright: Dealwright) -> None:
    out = dealwright("doctor").out

    assert ("sources add" in out, "dealwright connect" in out) == (True, True)


def test_python_m_dealwright_is_the_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "dealwright", "--help"], capture_output=True, text=True, check=True
    )

    assert "Customer events into Pipedrive" in shown.stdout


def test_the_doctor_sees_a_setting_that_is_misspelt(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PROT", "1")

    assert "Perhaps DEALWRIGHT_PORT was meant." in dealwright("doctor").out


def test_presets_without_a_connection_are_refused(dealwright: Dealwright) -> None:
    assert dealwright("mappings", "presets", "--enable").code == 1


def test_a_data_folder_that_cannot_be_made_is_said_plainly(
    dealwright: Dealwright, unmade: Path
) -> None:
    unmade.touch()

    assert "[data_folder]" in dealwright("deliveries").err


@pytest.mark.parametrize("command", [["--help"], ["db", "status"], ["db", "status", "--json"]])
@pytest.mark.usefixtures("data")
def test_a_reader_that_goes_away_hears_no_complaint(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    reader, writer = os.pipe()
    os.close(reader)
    said = subprocess.run(
        [sys.executable, "-m", "dealwright", *command],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert said.stderr == ""


@pytest.mark.parametrize("command", [["--help"], ["sources", "list"], ["deliveries", "7"]])
@pytest.mark.usefixtures("data")
def test_without_colour_a_terminal_gets_no_control_character(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    assert b"\x1b[" not in at_a_terminal(command)


@pytest.mark.usefixtures("data")
def test_with_colour_a_terminal_gets_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    assert b"\x1b[" in at_a_terminal(["deliveries", "7"])


def at_a_terminal(command: list[str]) -> bytes:
    """All that a command writes where its output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dealwright", *command], stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b"".join(iter(partial(_read, ours), b""))
        process.wait(timeout=60)
    os.close(ours)
    return written


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        # Linux says so when the other side is closed.
        return b""


def test_the_doctor_goes_on_where_the_store_cannot_be_opened(
    dealwright: Dealwright, unmade: Path
) -> None:
    unmade.mkdir()
    (unmade / "dealwright.db").write_text("no database " * 100)

    ran = dealwright("doctor", "--json")
    assert ran.code == 1
    assert [line["level"] for line in ran.lines] == ["fault", "note"]
    assert "No worker runs" in ran.lines[1]["what"]


def test_the_doctor_shows_faulty_settings_as_a_finding(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PORT", "many")

    ran = dealwright("doctor", "--json")
    assert (ran.code, ran.lines[0]["level"]) == (1, "fault")
