"""Where the pages stand, and what somebody sees who asks for one that is not there."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dealwright.core.errors import DealwrightError
from dealwright.web.pages.forms import Forms
from dealwright.web.pages.listing import ListSite
from dealwright.web.pages.look import file_routes, page
from dealwright.web.pages.meeting import MeetingSite, PageOffice
from dealwright.web.pages.sharing import SharedSite
from dealwright.web.problem import status_of, title_of

Shows = Callable[[Request], Awaitable[Response]]


def routes(made_with: PageOffice) -> list[BaseRoute]:
    """The list, the page of each meeting with its forms, and what is shared."""
    site, shared = MeetingSite(made_with), SharedSite(made_with)
    forms = Forms(made_with, site)
    return [
        *file_routes(),
        Route("/meetings", _told(ListSite(made_with).show)),
        Route("/s/{id}", _told(site.show)),
        Route("/s/{id}/transcript.vtt", _told(site.captions)),
        Route("/s/{id}/{act}", _told(forms.act), methods=["POST"]),
        Route("/shared/{token}", _told(shared.show), methods=["GET", "POST"]),
        Route("/shared/{token}/transcript.vtt", _told(shared.captions)),
    ]


def _told(show: Shows) -> Shows:
    """`show`, which says what went wrong as a page."""

    async def told(request: Request) -> Response:
        try:
            return await show(request)
        except DealwrightError as error:
            status = status_of(error)
            values = {"title": title_of(status), "sentence": str(error), "back": "/meetings"}
            return await page("fault.html", lambda: values, status=status)

    return told
