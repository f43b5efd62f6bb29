"""The site: under which address people use the hub, and what their browsers' requests must say.

The address is the operator's `public_url`. Besides, and without one, the hub is used on its own
machine, by `http://localhost` and the like. Other addresses could be somebody else's name for this
machine (DNS rebinding), and over plain http others could read along: there nobody signs in.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from dealwright.web.auth.errors import CrossSite, InsecureAddress

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

#: A browser takes a cookie of this prefix only over https, for this host alone and all its paths.
#: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
_SECURE_COOKIE: Final = "__Host-dealwright"
_LOOPBACK_COOKIE: Final = "dealwright"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """From where, and under which name, somebody speaks to the hub."""

    origin: str
    is_secure: bool
    address: str

    @property
    def cookie(self) -> str:
        """The name of the session's cookie here."""
        return _SECURE_COOKIE if self.is_secure else _LOOPBACK_COOKIE


class Site:
    """What the operator calls the hub."""

    def __init__(self, public_url: str | None) -> None:
        parts = urlsplit(public_url or "")
        self._public = f"{parts.scheme}://{parts.netloc}".lower() if public_url else None
        self._netloc = parts.netloc.lower()

    def place(self, headers: Mapping[str, str], *, scheme: str, peer: str) -> Place:
        """Where a request was made; raises InsecureAddress where nobody may be signed in.

        `scheme` and `peer` are of the connection itself: no header of a proxy is believed.
        """
        host = headers.get("host", "").lower()
        if self._public is not None and host == self._netloc and self._public.startswith("https:"):
            return Place(origin=self._public, is_secure=True, address=peer)
        if _is_loopback(_hostname(host)) and _is_loopback(peer):
            return Place(origin=f"{scheme}://{host}", is_secure=scheme == "https", address=peer)
        if scheme == "https" and self._public is None and host:
            return Place(origin=f"https://{host}", is_secure=True, address=peer)
        raise InsecureAddress(
            "People sign in at the https address that DEALWRIGHT_PUBLIC_URL names, or on the "
            "machine itself at http://localhost."
        )


def check_origin(headers: Mapping[str, str], place: Place) -> None:
    """Raise CrossSite for a request that a page of another site made the browser send.

    Browsers say where a request is from in either of two headers; programs in neither.
    """
    # https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _cross_site()
    origin = headers.get("origin")
    if origin is not None and origin.lower() != place.origin:
        raise _cross_site()


def _cross_site() -> CrossSite:
    return CrossSite("The request came from another site: use the hub's own pages.")


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
