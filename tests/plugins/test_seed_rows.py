"""Each row of the seeds names the tests that show it, and those are there."""

import os
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = sorted((ROOT / "tests" / "cases").glob("seed_rows_*.toml"))
ROWS: dict[str, list[str]] = {}
for table in TABLES:
    ROWS |= tomllib.loads(table.read_text(encoding="utf-8"))
SEED = ROOT.parent / "shared" / "SEED_ROWS.md"


@pytest.mark.parametrize("row", sorted(ROWS))
def test_the_tests_of_a_row_are_there(row: str) -> None:
    assert [named for named in ROWS[row] if not is_there(named)] == []


@pytest.mark.parametrize("row", sorted(ROWS))
def test_a_row_names_a_test_or_what_of_the_console_will_show_it(row: str) -> None:
    assert ROWS[row]


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_row_of_a_seed_is_in_its_table(table: Path) -> None:
    if not SEED.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{SEED.name} is not here")
    seed = table.stem.rpartition("_")[2]
    text = SEED.read_text(encoding="utf-8")
    rows = set(re.findall(rf"^\| ({seed}-\d{{3}}) \|", text, re.MULTILINE))
    assert rows == set(tomllib.loads(table.read_text(encoding="utf-8")))


def is_there(named: str) -> bool:
    """Whether a case file, or a function of a test file, exists."""
    if named.startswith("console: "):
        return True
    path, _, function = named.partition("::")
    file = ROOT / path
    return file.is_file() and (not function or f"def {function}(" in file.read_text("utf-8"))
