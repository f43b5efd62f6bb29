"""`dealwright secrets`: keys are looked at, changed while the hub runs, dropped, given up."""

from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright
from tests.security.rows import seal_everywhere

from dealwright.cli.hub import Hub
from dealwright.core.clock import to_ms
from dealwright.core.secret import Secret
from dealwright.parts import check_vault, open_store, open_vault
from dealwright.settings import load_settings
from dealwright.store.connections import NewConnection, create_connection, save_credentials
from dealwright.store.key_file import KeyFile
from dealwright.store.secrets import generate_key, key_id

WORDS = b"hunter2-canary"


@pytest.fixture
def connected(hub: Hub) -> Hub:
    """A hub with one value that is sealed."""
    new = NewConnection(name="main", base_url="https://main.pipedrive.com", plan="growth", seats=5)
    with hub.store.transaction() as db:
        made = create_connection(db, new, now_ms=to_ms(hub.clock.now()))
        save_credentials(db, made.id, sealed=hub.vault.seal(WORDS))
    return hub


def ids(data: Path) -> list[str]:
    return [key_id(key) for key in KeyFile(data / "secret.key").read()]


def lost(data: Path) -> str:
    """Lose the key; the one that comes instead is made at the next start."""
    (gone,) = ids(data)
    (data / "secret.key").unlink()
    return gone


@pytest.mark.usefixtures("connected")
def test_status_tells_which_key_seals_how_much(dealwright: Dealwright, data: Path) -> None:
    (row,) = dealwright("secrets", "status", "--json").lines

    assert row["key"] == ids(data)[0]
    assert (row["use"], row["values"]) == ("seals and opens", 1)
    assert row["columns"] == {"connections.credentials": 1}


def test_rotate_puts_a_new_key_first_and_seals_everything_with_it(
    dealwright: Dealwright, hub: Hub, data: Path
) -> None:
    with hub.store.transaction() as db:
        columns = seal_everywhere(db, hub.vault.seal(WORDS))
    (old,) = ids(data)
    (done,) = dealwright("secrets", "rotate", "--json").lines

    assert ids(data) == [done["key"], old]
    assert sorted(done["resealed"]) == columns
    assert (done["made"], done["left"]) == (True, {})


def test_a_hub_that_runs_opens_and_seals_with_the_new_key_at_once(
    dealwright: Dealwright, connected: Hub, data: Path
) -> None:
    dealwright("secrets", "rotate")
    sealed = connected.vault.seal(WORDS)
    dealwright("secrets", "drop", "--yes")

    assert open_vault(load_settings(data=data)).open(sealed) == WORDS


@pytest.mark.usefixtures("connected")
def test_a_rotation_says_what_it_did(dealwright: Dealwright, data: Path) -> None:
    ran = dealwright("secrets", "rotate")

    assert f"1 value sealed anew by {ids(data)[0]}" in ran.out
    assert "connections.credentials: 1" in ran.out


@pytest.mark.usefixtures("connected")
def test_a_rotation_that_was_not_ended_goes_on_without_another_key(
    dealwright: Dealwright, data: Path
) -> None:
    KeyFile(data / "secret.key").put_first(generate_key())
    (done,) = dealwright("secrets", "rotate", "--json").lines

    assert (done["made"], len(ids(data))) == (False, 2)
    assert done["resealed"] == {"connections.credentials": 1}


@pytest.mark.usefixtures("connected")
def test_drop_takes_out_only_keys_that_seal_nothing(dealwright: Dealwright, data: Path) -> None:
    KeyFile(data / "secret.key").put_first(generate_key())
    used = dealwright("secrets", "drop", "--yes", "--json").lines
    (old,) = ids(data)[1:]
    dealwright("secrets", "rotate")
    idle = dealwright("secrets", "drop", "--yes", "--json").lines

    assert (used, idle) == ([{"dropped": []}], [{"dropped": [old]}])
    assert len(ids(data)) == 1


@pytest.mark.usefixtures("connected")
def test_a_key_that_was_dropped_is_not_missed_at_start(dealwright: Dealwright) -> None:
    dealwright("secrets", "rotate")
    dealwright("secrets", "drop", "--yes")

    assert dealwright("connections", "list").code == 0


@pytest.mark.usefixtures("connected")
def test_a_wrong_key_ends_every_command_with_the_name_of_the_right_one(
    dealwright: Dealwright, data: Path
) -> None:
    gone = lost(data)
    ran = dealwright("connections", "list")

    assert ran.code == 1
    assert gone in ran.err
    assert "dealwright secrets forget" in ran.err


@pytest.mark.usefixtures("connected")
def test_status_names_the_key_that_is_missing(dealwright: Dealwright, data: Path) -> None:
    gone = lost(data)
    rows = dealwright("secrets", "status", "--json").lines

    assert [(row["key"], row["use"]) for row in rows][1:] == [(gone, "missing")]


@pytest.mark.usefixtures("connected")
def test_a_wrong_key_is_not_rotated_away(dealwright: Dealwright, data: Path) -> None:
    lost(data)
    ran = dealwright("secrets", "rotate")

    assert ran.code == 1
    assert len(ids(data)) == 1


@pytest.mark.usefixtures("connected")
def test_a_lost_key_can_be_given_up(dealwright: Dealwright, data: Path) -> None:
    gone = lost(data)
    (told,) = dealwright("secrets", "forget", "--yes", "--json").lines

    assert told == {"forgotten": {gone: 1}}
    assert dealwright("connections", "list").code == 0


@pytest.mark.usefixtures("connected")
def test_keys_of_the_environment_are_rotated_once_a_new_one_stands_first(
    dealwright: Dealwright, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = KeyFile(data / "secret.key").read()[0].reveal()
    new = generate_key().reveal()
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY", old)
    before = dealwright("secrets", "rotate")
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY", f"{new},{old}")
    (done,) = dealwright("secrets", "rotate", "--json").lines

    assert (before.code, "DEALWRIGHT_SECRET_KEY" in before.err) == (1, True)
    assert (done["key"], done["made"]) == (key_id(Secret(new)), False)


def test_a_key_file_of_ones_own_may_hold_the_keys(
    dealwright: Dealwright, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.key"
    own.touch(mode=0o600)
    own.write_text(generate_key().reveal())
    monkeypatch.setenv("DEALWRIGHT_SECRET_KEY_FILE", str(own))
    dealwright("secrets", "rotate")

    assert len(KeyFile(own).read()) == 2
    assert not (data / "secret.key").exists()


def test_a_new_key_is_printed_and_is_one(dealwright: Dealwright) -> None:
    assert len(key_id(Secret(dealwright("secrets", "new").out.strip()))) == 8


@pytest.mark.usefixtures("connected")
def test_no_command_shows_a_key(dealwright: Dealwright, data: Path) -> None:
    said = [
        dealwright(*command)
        for command in (("secrets", "rotate"), ("secrets", "status"), ("doctor",))
    ]
    keys = [key.reveal() for key in KeyFile(data / "secret.key").read()]

    assert [key for key in keys for ran in said if key in ran.out + ran.err] == []


@pytest.mark.usefixtures("connected")
def test_a_hub_does_not_start_with_a_wrong_key(data: Path) -> None:
    lost(data)
    settings = load_settings(data=data)
    store = open_store(settings)

    with pytest.raises(Exception, match="another key"):
        check_vault(store, open_vault(settings), now_ms=1)
    store.close()
