"""The rules of who may import whom stay in force."""

import tomllib
from typing import Any

import pytest
from tests.house.sources import ROOT

CONTRACTS = {
    "Imports point down": "layers",
    "Rules and values do no input or output and know no clock": "forbidden",
    "The sandbox shares no code with us": "forbidden",
    "Only the command line starts the sandbox": "protected",
    "One way to write": "protected",
    "Web and pipeline are handed values and never read settings": "forbidden",
    "Actions do not know each other": "independence",
}


@pytest.fixture(scope="module")
def contracts() -> dict[str, dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {c["name"]: c for c in project["tool"]["importlinter"]["contracts"]}


@pytest.mark.parametrize(("name", "kind"), CONTRACTS.items())
def test_every_import_contract_is_still_there(
    contracts: dict[str, dict[str, Any]], name: str, kind: str
) -> None:
    assert contracts[name]["type"] == kind


def test_no_package_is_left_out_of_the_layers(contracts: dict[str, dict[str, Any]]) -> None:
    assert contracts["Imports point down"]["exhaustive"] is True


def test_no_contract_ignores_an_import(contracts: dict[str, dict[str, Any]]) -> None:
    assert [name for name, c in contracts.items() if c.get("ignore_imports")] == []


def test_only_deliver_may_import_write(contracts: dict[str, dict[str, Any]]) -> None:
    assert contracts["One way to write"]["allowed_importers"] == ["dealwright.pipeline.deliver"]


def test_only_the_command_line_may_import_the_sandbox(contracts: dict[str, dict[str, Any]]) -> None:
    assert contracts["Only the command line starts the sandbox"]["allowed_importers"] == [
        "dealwright.cli"
    ]
