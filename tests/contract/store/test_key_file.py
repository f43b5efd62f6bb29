"""The key file: made for its owner alone, refused when others can read or replace it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.store.key_file import KeyFile, load_or_create_key, own_key_file
from dealwright.store.secrets import generate_key, key_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file that stands."""
    load_or_create_key(tmp_path / "secret.key")
    return tmp_path / "secret.key"


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        KeyFile(path).read()
    return caught.value.code


def test_a_missing_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    made = load_or_create_key(path)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]
    assert load_or_create_key(path) == made


def test_processes_that_start_together_make_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(load_or_create_key, [tmp_path / "secret.key"] * 16))
    assert len(made) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o610])
def test_a_key_file_that_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    assert refused(path) == "key_file_open"


def test_the_refusal_says_what_to_do(path: Path) -> None:
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        KeyFile(path).read()


def test_a_folder_where_everybody_can_replace_the_file_is_refused(path: Path) -> None:
    path.parent.chmod(0o777)
    assert refused(path) == "key_file_open"


def test_a_folder_where_everybody_can_only_add_files_is_fine(path: Path) -> None:
    path.parent.chmod(0o1777)
    assert len(KeyFile(path).read()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(path, 12345, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    assert refused(path) == "key_file_open"


def test_a_file_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch(mode=0o600)
    assert refused(tmp_path / "secret.key") == "invalid_key"


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    assert refused(tmp_path / "secret.key") == "key_file_missing"


def test_every_line_is_a_key_and_the_first_one_seals(path: Path) -> None:
    first, second = generate_key(), generate_key()
    path.write_text(f"{first.reveal()}\n\n{second.reveal()}\n")
    assert KeyFile(path).read() == [first, second]


def test_a_new_key_is_put_first_and_the_file_stays_private(path: Path) -> None:
    file = KeyFile(path)
    (old,) = file.read()
    new = generate_key()
    file.put_first(new)
    assert file.read() == [new, old]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_keys_that_are_put_at_once_are_all_kept(path: Path) -> None:
    new = [generate_key() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(KeyFile(path).put_first, new))
    assert {*map(key_id, new)} < {*map(key_id, KeyFile(path).read())}


def test_the_key_that_seals_is_never_dropped(path: Path) -> None:
    file = KeyFile(path)
    file.put_first(generate_key())
    first, old = file.read()
    file.drop([key_id(first), key_id(old)])
    assert file.read() == [first]


def test_a_change_is_news_once(path: Path) -> None:
    reader, writer = own_key_file(path), KeyFile(path)
    reader.read()
    quiet = reader.news()
    writer.put_first(generate_key())
    assert (quiet, reader.news(), reader.news()) == (None, writer.read(), None)


def test_a_hub_that_runs_goes_on_when_the_file_is_gone(path: Path) -> None:
    reader = KeyFile(path)
    reader.read()
    path.unlink()
    assert reader.news() is None


def test_a_hub_that_runs_does_not_take_a_key_that_anybody_may_have_put(path: Path) -> None:
    reader = KeyFile(path)
    reader.read()
    path.write_text(generate_key().reveal())
    path.chmod(0o666)
    assert reader.news() is None


def test_a_file_that_cannot_be_written_says_what_to_do(path: Path) -> None:
    file = KeyFile(path)
    (path.parent / "other").mkdir()
    lost = KeyFile(path.parent / "other" / "secret.key")
    with pytest.raises(ConfigError) as caught:
        lost.put_first(Secret(file.read()[0].reveal()))
    assert caught.value.code == "key_file_missing"
