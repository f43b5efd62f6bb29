"""A mailbox with the add-on in it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.web.addon.gmail import Mailbox, open_mailbox


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncGenerator[Mailbox]:
    """Rep's."""
    async with open_mailbox(tmp_path) as mailbox:
        yield mailbox
