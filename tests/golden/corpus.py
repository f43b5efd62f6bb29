"""The recorded cases: where they lie, how they are read, and what happens without them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_BESIDE_THE_REPOSITORY = Path(__file__).parents[3] / "shared" / "segment" / "golden"


def folder() -> Path:
    """The folder named by DEALWRIGHT_GOLDEN, else the one beside the repository."""
    return Path(os.environ.get("DEALWRIGHT_GOLDEN") or _BESIDE_THE_REPOSITORY)


def cases(family: str, chosen: Callable[[dict[str, Any]], bool] = lambda _case: True) -> list[Any]:
    """All chosen cases of `<family>*.jsonl` as parameters, or a single None."""
    found = [
        pytest.param(case, id=case["id"], marks=pytest.mark.golden)
        for case in _lines(family)
        if chosen(case)
    ]
    return found or [pytest.param(None, id="missing", marks=pytest.mark.golden)]


def _lines(family: str) -> Iterator[dict[str, Any]]:
    for path in sorted(folder().glob(f"{family}*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)
