"""The reference pages say what the code says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.reference import REFERENCE


@pytest.mark.parametrize(("name", "make"), REFERENCE.items())
def test_the_page_is_as_the_code_has_it(root: Path, name: str, make: Callable[[], str]) -> None:
    page = (root / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert page == make(), "run: make reference"


def test_every_page_of_the_site_is_in_its_menu(root: Path) -> None:
    menu = (root / "zensical.toml").read_text(encoding="utf-8")
    pages = [p.relative_to(root / "docs").as_posix() for p in (root / "docs").rglob("*.md")]

    assert [page for page in pages if f'"{page}"' not in menu] == []
