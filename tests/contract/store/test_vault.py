"""The Vault: what it seals names its key, and opens with that one alone."""

import pytest
from cryptography.fernet import Fernet

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.store.secrets import Vault, generate_key, key_id, sealed_by


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


def test_a_sealed_value_names_the_key_that_sealed_it() -> None:
    key = generate_key()
    assert sealed_by(Vault([key]).seal(b"token")) == key_id(key)


def test_the_name_of_a_key_tells_nothing_of_it() -> None:
    key = generate_key()
    assert len(key_id(key)) == 8
    assert key_id(key) not in key.reveal()


def test_a_value_from_before_keys_had_ids_still_opens() -> None:
    old = generate_key()
    bare = Fernet(old.reveal()).encrypt(b"token")
    assert sealed_by(bare) == ""
    assert Vault([generate_key(), old]).open(bare) == b"token"


@pytest.mark.parametrize("sealed", [b"", b"dw1:", b"dw1:\xff\xff", b"gAAAAA", b"plain"])
def test_what_no_vault_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        Vault([generate_key()]).open(sealed)
    assert caught.value.code == "wrong_key"


def test_a_value_that_was_changed_does_not_open() -> None:
    vault = Vault([generate_key()])
    sealed = bytearray(vault.seal(b"token"))
    sealed[-9] ^= 1
    with pytest.raises(ConfigError):
        vault.open(bytes(sealed))


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


def test_a_key_that_comes_later_opens_what_it_sealed() -> None:
    old, new = generate_key(), generate_key()
    running = Vault([old], news=lambda: [new, old])
    assert running.open(Vault([new]).seal(b"token")) == b"token"


def test_a_key_that_comes_later_seals_from_then_on() -> None:
    old, new = generate_key(), generate_key()
    running = Vault([old], news=lambda: [new, old])
    assert sealed_by(running.seal(b"token")) == key_id(new)
