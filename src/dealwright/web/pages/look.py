"""Look: the templates of pages, with what they call; their files, and the headers of answers.

Whatever a template is given is escaped. `Markup` is only what `meetings.pagetext` wrote of Blocks.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dealwright.core.clock import from_ms
from dealwright.core.zone import zone_of
from dealwright.meetings.noteparts import clock_of
from dealwright.web.headers import policy

_TEMPLATES: Final = (
    "frame.html",
    "parts.html",
    "meeting.html",
    "people.html",
    "summary.html",
    "sync.html",
    "why.html",
    "sharing.html",
    "transcript.html",
    "list.html",
    "shared.html",
    "phrase.html",
    "pair.html",
    "fault.html",
)

HEADERS: Final = {
    "content-security-policy": policy(media_src="'self'"),
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


def _file(name: str) -> str:
    return files("dealwright.web.pages").joinpath("page", name).read_text(encoding="utf-8")


def moment(at: datetime | int | None, zone: str = "UTC") -> str:
    """A moment as people read it: 20 Nov 2026, 14:01 UTC; "" for none."""
    if at is None:
        return ""
    told = from_ms(at) if isinstance(at, int) else at
    return told.astimezone(zone_of(zone)).strftime("%-d %b %Y, %H:%M %Z")


def iso(at: datetime | int) -> str:
    """A moment as programs read it."""
    return (from_ms(at) if isinstance(at, int) else at).isoformat()


def safe(html: str) -> Markup:
    """HTML that was written here, of Blocks."""
    return Markup(html)  # noqa: S704 - `meetings.pagetext` escapes all that strangers wrote


def _environment() -> Environment:
    # Read once, when this is imported: no request waits for a disk.
    made = Environment(
        loader=DictLoader({name: _file(name) for name in _TEMPLATES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(moment=moment, iso=iso, clock=clock_of)
    return made


_ENVIRONMENT: Final = _environment()
_FILES: Final = {
    name: (_file(name), kind)
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript"))
}


async def page(
    name: str, values: Callable[[], Mapping[str, Any]], *, status: int = 200
) -> Response:
    """A page made of a template, in a thread: transcripts take time, zones and locales disk."""

    def made() -> str:
        return _ENVIRONMENT.get_template(name).render(**values())

    html = await asyncio.to_thread(made)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def file_routes() -> list[BaseRoute]:
    """The style and the script of the pages."""
    return [_static(name) for name in _FILES]


def _static(name: str) -> BaseRoute:
    text, kind = _FILES[name]

    async def shown(_: Request) -> Response:
        return Response(text, media_type=kind, headers={"cache-control": "no-cache"})

    return Route(f"/pages/{name}", shown)
