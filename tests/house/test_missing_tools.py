"""A tool that is missing never makes a test pass."""

from pathlib import Path

import pytest
from tests.needs import need, need_module, need_path


def test_a_missing_program_skips_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="“no-such-tool” is not on this machine"):
        need("no-such-tool")


def test_a_missing_program_fails_where_ci_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="nothing may be left out"):
        need("no-such-tool")


def test_a_missing_package_fails_where_ci_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="make setup"):
        need_module("no_such_package")


def test_a_missing_folder_fails_where_ci_is_true(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="The recorded cases is not here"):
        need_path(tmp_path / "gone", "The recorded cases")


def test_a_program_that_is_there_is_named_with_its_path() -> None:
    assert Path(need("git")).is_file()
