"""A browser for tests: started once, each story in a context of its own."""

import atexit
import json
import subprocess
import threading
from functools import cache
from pathlib import Path
from typing import Any

from tests.needs import need
from tests.sandbox.clients.installing import npm_packages

DRIVER = Path(__file__).parent / "sandbox" / "page"
PATIENCE_S = 120


class Browser:
    """Chromium, driven by `visit.mjs`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [npm_packages(DRIVER), "visit.mjs", need("chromium")],
            cwd=DRIVER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def visit(self, story: dict[str, Any]) -> dict[str, Any]:
        """Open a page and do what the story says; what the browser and axe had to say."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        patience = threading.Timer(PATIENCE_S, self._process.kill)
        patience.start()
        try:
            asked.write(f"{json.dumps(story)}\n")
            asked.flush()
            line = answers.readline()
        finally:
            patience.cancel()
        assert line, "the browser has ended"
        seen: dict[str, Any] = json.loads(line)
        assert "failed" not in seen, seen["failed"]
        return seen

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=PATIENCE_S)


@cache
def browser() -> Browser:
    """The one of this process."""
    started = Browser()
    atexit.register(started.close)
    return started
