"""Everything goes wrong for a minute; afterwards everybody is there once, and at their newest."""

from pathlib import Path

import pytest
from tests.chaos.bad_day import luck, survive

pytestmark = [pytest.mark.chaos, pytest.mark.process]


async def test_on_sqlite_with_one_worker(tmp_path: Path) -> None:
    with luck() as random:
        await survive(tmp_path, f"sqlite:///{tmp_path / 'dealwright.db'}", 1, random)
