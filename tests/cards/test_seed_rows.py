"""Each row of the seed of the contact card names the tests that show it, and those are there."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "cases" / "seed_rows_003.toml"
ROWS: dict[str, list[str]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
SEED = ROOT.parent / "shared" / "SEED_ROWS.md"


@pytest.mark.parametrize("row", sorted(ROWS))
def test_the_tests_of_a_row_are_there(row: str) -> None:
    assert [named for named in ROWS[row] if not is_there(named)] == []


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_names_a_test(row: str) -> None:
    assert ROWS[row]


def test_the_table_has_all_63_rows() -> None:
    assert sorted(ROWS) == [f"003-{number:03d}" for number in range(1, 64)]


def test_every_row_of_the_seed_is_in_the_table() -> None:
    if not SEED.exists():
        pytest.skip(f"{SEED.name} is not here")
    rows = set(re.findall(r"^\| (003-\d{3}) \|", SEED.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == set(ROWS)


def is_there(named: str) -> bool:
    """Whether a function of a test file exists."""
    path, _, function = named.partition("::")
    file = ROOT / path
    return file.is_file() and f"def {function}(" in file.read_text("utf-8")
