"""vCons as tests need them."""

import base64
from typing import Any

UUID = "019aa111-0000-8000-8000-000000000001"


def a_vcon(**of: Any) -> dict[str, Any]:
    """A call of two, with these parts changed."""
    return {
        "uuid": UUID,
        "created_at": "2026-11-15T09:41:00Z",
        "parties": [{"name": "Ana", "mailto": "ana@northwind.example"}, {"tel": "+46701740605"}],
        "dialog": [
            {
                "type": "recording",
                "start": "2026-11-15T09:00:00Z",
                "duration": 61,
                "parties": [0, 1],
            }
        ],
    } | of


def url64(raw: bytes) -> str:
    """Bytes as a vCon holds them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
