"""The door, open."""

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.web.door import Door, open_door


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    """The web side with the shop's write key, a log in memory and a clock of its own."""
    async with open_door() as door:
        yield door
