"""docs/meetings.md: its commands run, its settings are those that there are, its codes too."""

import re
import shlex
from pathlib import Path

import msgspec
import pytest
from tests.docs.examples import blocks, page, table
from typer.testing import CliRunner

from dealwright.cli.main import app
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.settings import MeetingSettings
from dealwright.recorders import recorders

PAGE = page("meetings.md")
BLOCKS = dict(blocks(PAGE))
SECRETS = {
    "fathom": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
    "readai": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
}
SEED = ("no_person", "no_email_or_phone", "summary", "person_has_no_deal", "latest_created")
SEED += ("activity_type_not_found", "activity_forbidden", "shared_phone", "connection_reauth")
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ada Keller>We need ten seats by May.\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A hub of its own, and a transcript where the page's commands look for it."""
    (tmp_path / "call.vtt").write_text(VTT)
    monkeypatch.chdir(tmp_path)
    environment = {"DEALWRIGHT_DATA": str(tmp_path / "data")}
    runner = CliRunner(env=environment)
    added = runner.invoke(
        app, ["sources", "add", "meeting", "fathom"], env={"WEBHOOK_SECRET": SECRETS["fathom"]}
    )
    assert added.exit_code == 0, added.output
    return runner


def commands(block: str) -> list[list[str]]:
    """The commands of a block, as a shell takes them apart."""
    lines = BLOCKS[block].splitlines()
    return [shlex.split(line.removeprefix("$ dealwright "))[0:] for line in lines]


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_the_commands_of_the_page_run(run: CliRunner, block: str) -> None:
    secret = SECRETS.get(block, "a-secret-of-its-vendor")
    given = {} if block in {"vcon", "generic"} else {"WEBHOOK_SECRET": secret}
    # Fathom stands there already: the other blocks change its settings.
    told = [one for one in commands(block) if one[:4] != ["sources", "add", "meeting", "fathom"]]
    results = [run.invoke(app, one, env=given) for one in told]

    assert [one.output for one in results if one.exit_code] == []


def test_every_recorder_has_its_commands() -> None:
    assert {*recorders()} <= {*BLOCKS}


@pytest.mark.parametrize("kind", sorted(recorders()))
def test_every_recorder_has_its_address_on_the_page(kind: str) -> None:
    assert f"https://hub.example{recorders()[kind].path}`" in PAGE


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = {name: default for name, default, _ in table(PAGE, "| setting | default |")}
    bare = MeetingSettings()
    fields = MeetingSettings.__struct_fields__

    assert rows == {
        name: msgspec.json.encode(getattr(bare, name), order="sorted").decode() for name in fields
    }


@pytest.mark.parametrize("end", [one for one in Becomes if one is not Becomes.SYNCED])
def test_every_end_of_a_meeting_is_answered(end: Becomes) -> None:
    assert f"`{end.code}`" in PAGE


@pytest.mark.parametrize("code", SEED)
def test_the_troubleshooting_list_is_answered(code: str) -> None:
    assert re.search(rf"^\| [^|]*`{code}`[^|]* \|", PAGE, re.MULTILINE)


def test_the_advice_on_unique_addresses_is_on_the_page() -> None:
    assert "**Keep addresses and numbers unique in Pipedrive, addresses first.**" in PAGE
