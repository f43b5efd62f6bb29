"""Every fixture is posted to the real app, as Google posts it, and what came of it compared.

Another folder: DEALWRIGHT_CARD_FIXTURES. The contract is fixtures/README.md.
"""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cards.runner.compare import differences
from tests.cards.runner.shape import names, read_fixture
from tests.cards.runner.stage import play

FOLDER = Path(os.environ.get("DEALWRIGHT_CARD_FIXTURES") or Path(__file__).parent / "fixtures")
NAMES = names(FOLDER)

pytestmark = pytest.mark.card_fixtures


def _seed() -> dict[str, Any]:
    return msgspec.json.decode((FOLDER / "seed.json").read_bytes())


@pytest.mark.parametrize("name", NAMES)
async def test_a_fixture_ends_as_it_says(name: str, tmp_path: Path) -> None:
    played = await play(read_fixture(FOLDER, name), tmp_path, _seed(), mirrored=False)
    assert differences(played) == []


@pytest.mark.parametrize("name", NAMES)
async def test_it_ends_so_with_a_mirror_that_is_filled(name: str, tmp_path: Path) -> None:
    played = await play(read_fixture(FOLDER, name), tmp_path, _seed(), mirrored=True)
    assert differences(played) == []


def test_there_are_fixtures_to_play() -> None:
    assert NAMES
