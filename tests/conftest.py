"""What every test has: hypothesis profiles, and the watch over the event loop."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import localedata
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings
from tests.memory import folder_in_memory
from tests.needs import need

from dealwright.cards.locale import locale_of
from dealwright.core.zone import zones

__all__ = ["need"]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

if folder := folder_in_memory():
    # For the processes that tests start, and for this one.
    os.environ["TMPDIR"] = tempfile.tempdir = folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


#: What may block: a look at a path before anything is served, the printing of a traceback, and what
#: measures coverage.
MAY_BLOCK = (
    ("pipeline/wake.py", {"socket_path", "__init__", "close"}),
    ("structlog/_native.py", {"exception"}),
    ("structlog/dev.py", {"__call__"}),
    ("linecache.py", {"checkcache", "updatecache"}),
    ("coverage/collector.py", {"lock_data"}),
)

#: Where our code runs in a loop as it does in service; elsewhere tests look at parts of it.
WATCHED = {"journeys", "pipeline", "web"}


@pytest.fixture(autouse=True)
def _watched_loop(request: pytest.FixtureRequest) -> Iterator[BlockBuster | None]:
    """Fail the test when our code blocks the event loop: a socket, a file, a lock, a sleep."""
    if not WATCHED & set(request.path.parts):
        yield None
        return
    # As in a process that has just begun to serve: the zones are there, no language has been read.
    zones()
    locale_of.cache_clear()
    localedata._cache.clear()
    with blockbuster_ctx(["dealwright.pipeline", "dealwright.web"]) as watch:
        for function in watch.functions.values():
            for file, names in MAY_BLOCK:
                function.can_block_in(file, names)
        yield watch
