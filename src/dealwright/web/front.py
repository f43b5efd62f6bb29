"""The front: what every request passes before its door, and every answer behind it."""

from typing import Any

from dealwright.web.headers import SafeHeaders
from dealwright.web.limits import Limits
from dealwright.web.proxies import Proxies

#: An answer that says so came to no one who is known.
_MISSES = frozenset({401, 404})


class Front:
    """Proxies seen through, headers added, addresses that ask too often told so."""

    __slots__ = ("_headers", "_limits", "_proxies")

    def __init__(self, *, proxies: Proxies, headers: SafeHeaders, limits: Limits) -> None:
        self._proxies = proxies
        self._headers = headers
        self._limits = limits

    async def at_door(self, door: Any, scope: Any, receive: Any, send: Any) -> None:
        """Have a door of senders answer; what misses it is counted against its address."""
        scope = self._proxies.seen(scope)

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                if message["status"] in _MISSES:
                    self._limits.missed(scope)
                message = self._headers.of_door(scope, message)
            await send(message)

        await door(scope, receive, sending)

    async def at_pages(self, pages: Any, scope: Any, receive: Any, send: Any) -> None:
        """Have the pages or the API answer, unless the address asks too often."""
        scope = self._proxies.seen(scope)
        await self._limits.admit(pages, scope, receive, self._headers.around(scope, send))
