"""What each operation costs, in API tokens (Pipedrive's own figures, 2026-08)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

# An operation the table lacks: the generic prices of the rate-limiting page.
_GENERIC = {"GET": 20, "POST": 10, "PUT": 10, "PATCH": 10, "DELETE": 6}


@cache
def _table() -> Mapping[tuple[str, str], int]:
    text = files("dealwright.sandbox").joinpath("token-costs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["method"], row["path"]): int(row["cost"]) for row in rows}


def price(method: str, template: str) -> int:
    """Tokens for one call of the operation."""
    return _table().get((method, template), _GENERIC.get(method, 10))


def listed() -> Mapping[tuple[str, str], int]:
    """The whole table: (method, path template) to tokens."""
    return _table()


def retired_paths() -> frozenset[str]:
    """Templates of v1 that went out of support on 2026-08-01."""
    return _retired()


@cache
def _retired() -> frozenset[str]:
    text = files("dealwright.sandbox").joinpath("token-costs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return frozenset(row["path"] for row in rows if row["version"] == "v1-removed-from-spec")
