"""Everything goes wrong for a minute; afterwards everybody is there once, and at their newest."""

from pathlib import Path

import pytest
from tests.chaos.bad_day import luck, survive
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.chaos, pytest.mark.process, pytest.mark.postgres]


async def test_on_postgresql_with_three_workers(tmp_path: Path, postgres: PostgresServer) -> None:
    with luck() as random:
        await survive(tmp_path, postgres.database(), 3, random)
