"""The list of commands is told without importing them; what it tells is what they tell."""

import inspect
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
import typer
from tests.cli.conftest import Dealwright

from dealwright.cli.lazy import Entry
from dealwright.cli.main import ENTRIES


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_the_list_says_of_a_command_what_it_says_of_itself(entry: Entry) -> None:
    assert entry.help == _first_sentence(entry)


def test_the_list_of_commands_imports_no_command() -> None:
    assert _imported("--help") & {"sqlalchemy", "aiohttp", "liquid", "pydantic"} == set()


def test_looking_at_deliveries_imports_neither_a_server_nor_a_client() -> None:
    heavy = {"aiohttp", "starlette", "uvicorn", "liquid", "alembic"}

    assert _imported("deliveries", "--help") & heavy == set()


def test_the_version_is_said(dealwright: Dealwright) -> None:
    assert dealwright("--version").out.startswith("dealwright 0.")


def _first_sentence(entry: Entry) -> str:
    path, _, name = entry.at.partition(":")
    found: Any = getattr(import_module(path), name)
    text = found.info.help if isinstance(found, typer.Typer) else inspect.getdoc(found)
    return " ".join(text.split("\n\n")[0].split())


def _imported(*arguments: str) -> set[str]:
    """The top-level packages that a command line imports, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dealwright", *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
