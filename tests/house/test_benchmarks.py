"""Benchmarks are no tests, but they have to follow the code that they measure."""

import importlib
import inspect

import pytest
from tests.house.sources import ROOT

NAMES = sorted(path.parent.name for path in (ROOT / "bench").glob("*/run.py"))


def test_there_are_benchmarks() -> None:
    assert {"ingest", "pipeline"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_started(name: str) -> None:
    run = importlib.import_module(f"bench.{name}.run").run

    assert list(inspect.signature(run).parameters) == ["quick"]


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_has_its_figures_in_the_docs(name: str) -> None:
    assert f"\n## {name}\n" in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
