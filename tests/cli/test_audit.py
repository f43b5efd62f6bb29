"""Every change that a command makes stands in the audit log, with who made it, and no secret."""

from pathlib import Path

import pytest
from tests.cli.conftest import Account, Dealwright

PEOPLE = """
name = "Newsletter"
action = "upsert_person"
trigger = 'event = "Subscribed"'
[fields]
match_value = { "@path" = "$.userId" }
name = { "@path" = "$.properties.name" }
"""


@pytest.fixture(autouse=True)
def acme(dealwright: Dealwright, account: Account) -> Account:
    """A Connection that is called acme, with the usual Mappings, and a Source."""
    token = ("--token", account.token)
    assert dealwright("connect", "--url", account.url, *token, "--name", "acme").code == 0
    assert dealwright("sources", "add", "website").code == 0
    return account


def actions(dealwright: Dealwright) -> list[str]:
    """What was done, newest first."""
    return [str(one["action"]) for one in dealwright("audit", "--json").lines]


@pytest.mark.parametrize(
    ("command", "action"),
    [
        ("connections on acme", "connection.on"),
        ("connections off acme", "connection.off"),
        ("connections listen acme website", "connection.listen"),
        ("connections set acme --run manual", "connection.update"),
        ("connections match acme --person email", "connection.match"),
        ("connections reconnect acme", "connection.reconnect"),
        ("connections disconnect acme --yes", "connection.disconnect"),
        ("budget set acme --reserve 20", "budget.update"),
        ("mappings disable 1", "mapping.update"),
        ("mappings rename 1 People", "mapping.update"),
        ("mappings priority 1 low", "mapping.update"),
        ("mappings delete 1 --yes", "mapping.delete"),
        ("mappings presets upsert_deal --enable", "mapping.presets"),
        ("mirror crawl acme --yes", "crawl.start"),
        ("mirror stop acme", "crawl.stop"),
        ("mirror wipe acme --yes", "mirror.wipe"),
        ("keys add ci", "key.create"),
        ("sources add shop --kind standard-webhooks", "source.create"),
    ],
)
def test_a_change_by_command_is_written_down(
    dealwright: Dealwright, command: str, action: str
) -> None:
    ran = dealwright(*command.split())

    assert ran.code == 0, ran.err
    assert actions(dealwright)[0] == action


def test_who_connected_what_is_written_down_without_a_secret(
    dealwright: Dealwright, acme: Account
) -> None:
    told = dealwright("audit", "--json").out

    assert actions(dealwright) == ["write_key.create", "source.create", "connection.connect"]
    assert acme.token not in told


def test_a_mapping_of_a_file_is_written_down_with_what_it_was(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    file = tmp_path / "people.toml"
    file.write_text(PEOPLE)
    added = dealwright("mappings", "add", str(file), "--json")
    changed = dealwright("mappings", "change", str(added.lines[0]["id"]), str(file))
    newest = dealwright("audit", "--json").lines[0]

    assert changed.code == 0, changed.err
    assert (newest["action"], newest["before"]["version"], newest["after"]["version"]) == (
        "mapping.version",
        1,
        2,
    )


def test_a_configuration_that_was_applied_is_written_down_step_by_step(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text("version: 1\nsources:\n  - name: app\n")
    applied = dealwright("config", "apply", str(file), "--yes")
    newest = dealwright("audit", "--json").lines[0]

    assert applied.code == 0, applied.err
    assert newest["action"] == "config.apply"
    assert "app" in str(newest["after"]["steps"])


def test_a_restored_store_says_so(dealwright: Dealwright, tmp_path: Path) -> None:
    file = str(tmp_path / "copy.db")
    assert dealwright("backup", file).code == 0
    restored = dealwright("restore", file, "--yes")

    assert restored.code == 0, restored.err
    assert actions(dealwright)[0] == "store.restore"
