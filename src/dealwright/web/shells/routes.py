"""Where shells are answered."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dealwright.core.errors import DealwrightError
from dealwright.web.pages.look import page
from dealwright.web.problem import status_of, title_of
from dealwright.web.shells.calls import ShellCalls
from dealwright.web.shells.embed import PATH, EmbedSite
from dealwright.web.shells.office import ShellOffice
from dealwright.web.shells.pairing import PairSite

Shows = Callable[[Request], Awaitable[Response]]


def shell_routes(office: ShellOffice) -> list[BaseRoute]:
    """The page that pairs, what shells call, and the card in a frame."""
    site, calls, embed = PairSite(office), ShellCalls(office), EmbedSite(office)
    asked = ["POST", "OPTIONS"]
    return [
        Route("/pair", _told(site.show)),
        Route("/pair", _told(site.act), methods=["POST"]),
        Route("/shell/pair", calls.answering(calls.pair), methods=asked),
        Route("/shell/open", calls.answering(calls.open), methods=asked),
        Route("/shell/leave", calls.answering(calls.leave), methods=asked),
        Route(PATH, embed.show, methods=["POST"]),
        Route(f"{PATH}/{{device:int}}/act", embed.act, methods=["POST"]),
    ]


def _told(show: Shows) -> Shows:
    """`show`, which says what went wrong as a page."""

    async def told(request: Request) -> Response:
        try:
            return await show(request)
        except DealwrightError as error:
            status = status_of(error)
            values = {"title": title_of(status), "sentence": str(error), "back": "/pair"}
            return await page("fault.html", lambda: values, status=status)

    return told
