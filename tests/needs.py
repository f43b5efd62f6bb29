"""need(): what a test does whose tool is not on this machine."""

import importlib.util
import os
import shutil

import pytest


def need(tool: str) -> str:
    """Where a program stands; a test without it skips with a sentence, and fails when CI=true."""
    path = shutil.which(tool)
    if path is None:
        lacking(f"The program “{tool}” is not on this machine; .ci/run installs it.")
    return str(path)


def need_module(name: str) -> None:
    """Go on only if a Python package is importable; otherwise as `need()` does."""
    if importlib.util.find_spec(name) is None:
        lacking(f"The Python package “{name}” is not installed; `make setup` installs it.")


def need_path(path: "os.PathLike[str]", what: str) -> None:
    """Go on only if a file or folder is there; otherwise as `need()` does."""
    if not os.path.exists(path):  # noqa: PTH110 - any PathLike will do
        lacking(f"{what} is not here: {os.fspath(path)}.")


def lacking(sentence: str) -> None:
    """Skip, or fail where nothing may be left out."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{sentence} With CI=true nothing may be left out.", pytrace=False)
    pytest.skip(sentence)
