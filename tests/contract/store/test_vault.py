"""The Vault and its key file."""

from pathlib import Path

import pytest

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.store.secrets import Vault, generate_key, load_or_create_key


def test_what_is_sealed_opens_again_and_cannot_be_read() -> None:
    vault = Vault([generate_key()])
    sealed = vault.seal(b"token")
    assert b"token" not in sealed
    assert vault.open(sealed) == b"token"


def test_an_older_key_still_opens_and_the_first_seals() -> None:
    old, new = generate_key(), generate_key()
    both = Vault([new, old])
    assert both.open(Vault([old]).seal(b"token")) == b"token"
    assert Vault([new]).open(both.seal(b"token")) == b"token"


def test_another_key_does_not_open() -> None:
    sealed = Vault([generate_key()]).seal(b"token")
    with pytest.raises(ConfigError) as caught:
        Vault([generate_key()]).open(sealed)
    assert caught.value.code == "wrong_key"


def test_a_key_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        Vault([Secret("hunter2")])
    assert caught.value.code == "invalid_key"
    assert "hunter2" not in str(caught.value)


def test_a_missing_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    made = load_or_create_key(path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]
    assert load_or_create_key(path) == made


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    load_or_create_key(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        load_or_create_key(path)
    assert caught.value.code == "key_file_open"


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.touch(mode=0o600)
    with pytest.raises(ConfigError) as caught:
        load_or_create_key(path)
    assert caught.value.code == "invalid_key"
