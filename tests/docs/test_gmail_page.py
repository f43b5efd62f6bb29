"""docs/gmail.md: its commands and settings are those that there are, and lead to a deployment."""

import re
import shlex
from pathlib import Path

import msgspec
import pytest
from tests.cards.valid import faults
from tests.docs.examples import page
from typer.testing import CliRunner

from dealwright.cli.main import app
from dealwright.settings import Settings

PAGE = page("gmail.md")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
COMMANDS = [line.partition(">")[0] for line in LINES if line.startswith("dealwright ")]
EXPORTS = dict(
    word.split("=", 1)
    for line in LINES
    if line.startswith("export ")
    for word in shlex.split(line, comments=True)[1:]
)


def words(command: str) -> list[str]:
    """What a shell hands to `dealwright`."""
    return shlex.split(command, comments=True)[1:]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_is_there_with_its_options(command: str) -> None:
    told = CliRunner().invoke(app, [*words(command), "--help"])

    assert told.exit_code == 0, told.output
    assert [one for one in words(command) if one.startswith("--") and one not in told.output] == []


@pytest.mark.parametrize("name", EXPORTS)
def test_a_setting_of_the_page_is_there(name: str) -> None:
    assert name.removeprefix("DEALWRIGHT_").lower() in Settings.model_fields


@pytest.mark.parametrize("option", ["", "--with-compose", "--with-body"])
def test_the_settings_of_the_page_lead_to_a_deployment(tmp_path: Path, option: str) -> None:
    runner = CliRunner(env={**EXPORTS, "DEALWRIGHT_DATA": str(tmp_path)})
    told = runner.invoke(app, ["card", "google-manifest", *([option] if option else [])])

    assert option in PAGE
    assert faults(msgspec.json.decode(told.stdout), kind="deployment") == []


def test_the_steps_of_the_page_are_in_order() -> None:
    steps = re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)

    assert steps == [str(number) for number in range(1, len(steps) + 1)]
