"""The page at `/`."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dealwright.sandbox.answers import Answer
from dealwright.sandbox.exchange import Exchange

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

_FILES = {
    "/_page/page.css": ("page.css", b"text/css; charset=utf-8"),
    "/_page/page.js": ("page.js", b"text/javascript; charset=utf-8"),
    "/oauth/page.css": ("page.css", b"text/css; charset=utf-8"),
}


@cache
def _bytes(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()


def static(path: str) -> Answer | None:
    """One of the page's own files."""
    known = _FILES.get(path)
    if known is None:
        return None
    return Answer(200, _bytes(known[0]), content_type=known[1])


def answer_page(sandbox: "Sandbox", exchange: Exchange) -> Answer:
    """The page."""
    del sandbox, exchange
    return Answer(
        200,
        b"<!doctype html><html lang=en><title>Sandbox</title><h1>Pipedrive sandbox</h1>",
        content_type=b"text/html; charset=utf-8",
    )
