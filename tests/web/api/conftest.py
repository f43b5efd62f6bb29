"""The API, open and filled."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.web.api.hub import ApiHub, open_api

from dealwright.store.engine import Store
from dealwright.store.migrate import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to copy."""
    path = tmp_path_factory.mktemp("api") / "dealwright.db"
    store = Store.open(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest_asyncio.fixture
async def hub(migrated: Path, tmp_path: Path) -> AsyncIterator[ApiHub]:
    """The API with one of everything."""
    async with open_api(migrated, tmp_path) as opened:
        await opened.fill()
        yield opened
