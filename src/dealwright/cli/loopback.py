"""Loopback: a door on this machine alone, open until one user is back from Pipedrive."""

import asyncio
from typing import Final
from urllib.parse import parse_qs, urlsplit

from dealwright.cli.sockets import listening
from dealwright.core.errors import DealwrightError
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.signin import Arrival, SignIns

_LONGEST_LINE: Final = 16 * 1024
_PATIENCE_S: Final = 40.0

_NO_REQUEST: Final = (asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class Loopback:
    """Takes the callback of OAuth on a port of 127.0.0.1; `arrival` is who came back.

    Whoever else knocks is told that there is nothing, or why not; the door stays open.
    """

    def __init__(self, sign_ins: SignIns, port: int) -> None:
        self._sign_ins = sign_ins
        self._port = port
        self._server: asyncio.Server | None = None
        self.arrival: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "Loopback":
        """Open the door. Raises ConfigError (`address_in_use`)."""
        listener = listening("127.0.0.1", self._port, option="--callback-port")
        self._server = await asyncio.start_server(self._answer, sock=listener, limit=_LONGEST_LINE)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it, once what was answered has been sent."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, html, arrival = await self._page(head)
                writer.write(_response(status, html))
                await writer.drain()
                if arrival is not None and not self.arrival.done():
                    self.arrival.set_result(arrival)
        except (TimeoutError, ConnectionError, ValueError, *_NO_REQUEST):
            return
        finally:
            writer.close()

    async def _page(self, head: bytes) -> tuple[str, str, Arrival | None]:
        # The web server's page, which takes time to import and is wanted once.
        from dealwright.web.oauth import arrival_page, page  # noqa: PLC0415

        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        target = urlsplit(rest.rpartition(" ")[0])
        if method != "GET" or target.path != CALLBACK:
            return "404 Not Found", page("Nothing here", ""), None
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        try:
            code = asked.get("code", "")
            arrival = await self._sign_ins.come_back(
                asked.get("state", ""), code=code, error=asked.get("error", "")
            )
        except DealwrightError as error:
            return "400 Bad Request", arrival_page(Arrival(message=str(error))), None
        return "200 OK", arrival_page(arrival), arrival


def _response(status: str, html: str) -> bytes:
    body = html.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\r\n"
    )
    return head.encode("ascii") + body
