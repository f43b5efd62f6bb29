"""Headers: what browsers are told with every answer, in one place.

Nothing is loaded from elsewhere, no script or style stands in a page, nobody frames it, and no
address of it goes further. A page that needs more declares it with `policy(…)` in its own answer;
what an answer says itself stands. Sources: https://www.w3.org/TR/CSP3/,
https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from dealwright.web.answers import ACCEPTED, HeaderPair, Message

_DIRECTIVES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

#: A year, for this host alone: what else the company has below its name is not ours to decide.
_HSTS: Final[HeaderPair] = (b"strict-transport-security", b"max-age=31536000")

_NO_SNIFFING: Final[HeaderPair] = (b"x-content-type-options", b"nosniff")

#: Answers to programs. Any page may send events, so they are for any origin.
_DATA: Final[tuple[HeaderPair, ...]] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    _NO_SNIFFING,
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_OPEN: Final[tuple[HeaderPair, ...]] = (*_DATA, (b"cross-origin-resource-policy", b"cross-origin"))
_OURS: Final[tuple[HeaderPair, ...]] = (
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        b"gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
    ),
)


def policy(**more: str) -> str:
    """The policy for a page's contents, with exceptions: `policy(media_src="'self' blob:")`.

    >>> policy(media_src="'self'").endswith("media-src 'self'")
    True
    """
    wanted = _DIRECTIVES | {name.replace("_", "-"): sources for name, sources in more.items()}
    return "; ".join(f"{name} {sources}" for name, sources in wanted.items())


_API: Final[tuple[HeaderPair, ...]] = (*_DATA, *_OURS)
_PAGE: Final[tuple[HeaderPair, ...]] = (
    (b"content-security-policy", policy().encode()),
    *_DATA[1:],
    *_OURS,
)
#: What begins so is no page.
_DATA_PATHS: Final = ("/api/", "/metrics", "/livez", "/readyz")


class SafeHeaders:
    """Adds to an answer what it lacks; `public_url` tells when a proxy speaks TLS."""

    __slots__ = ("_accepted", "_tls_host")

    def __init__(self, public_url: str | None = None) -> None:
        parts = urlsplit(public_url or "")
        self._tls_host = parts.netloc.lower().encode() if parts.scheme == "https" else None
        # Nearly every answer is this one: made once, without TLS and with. Each header costs a
        # request 1 µs, and the rest of them say nothing of 17 bytes that answer a POST.
        self._accepted = (
            _with(ACCEPTED.start, (_NO_SNIFFING,)),
            _with(ACCEPTED.start, (_NO_SNIFFING, _HSTS)),
        )

    def around(self, scope: Any, send: Any) -> Any:
        """`send`, with the headers of a page or of the API."""
        wanted = _API if scope["path"].startswith(_DATA_PATHS) else _PAGE
        return _adding(send, (*wanted, _HSTS) if self._is_tls(scope) else wanted)

    def of_door(self, scope: Any, message: Message) -> Message:
        """The beginning of an answer of a door that senders use, with its headers."""
        is_tls = self._is_tls(scope)
        if message is ACCEPTED.start:
            return self._accepted[is_tls]
        return _with(message, (*_OPEN, _HSTS) if is_tls else _OPEN)

    def _is_tls(self, scope: Any) -> bool:
        if scope["scheme"] == "https":
            return True
        return self._tls_host is not None and (b"host", self._tls_host) in scope["headers"]


def _adding(send: Any, wanted: tuple[HeaderPair, ...]) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = _with(message, wanted)
        await send(message)

    return sending


def _with(message: Message, wanted: tuple[HeaderPair, ...]) -> Message:
    told: list[HeaderPair] = list(message["headers"])
    names = {name for name, _ in told}
    told += (pair for pair in wanted if pair[0] not in names)
    return {**message, "headers": told}
