"""Events as lines of a file, and a standard input that holds them."""

import io
import json
from typing import Any

import pytest


def identify(user_id: str, **more: Any) -> str:
    """One identify call as a line."""
    return json.dumps({"type": "identify", "userId": user_id, "messageId": f"m-{user_id}", **more})


def as_standard_input(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let the next command read these lines."""
    text = "\n".join(lines).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(text))))
