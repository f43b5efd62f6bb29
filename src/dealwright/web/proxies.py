"""Proxies: who really asks, and how, where a proxy that the operator trusts says so.

Only the networks that he names are believed; from anybody else the same headers mean nothing.
Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any, Final

from dealwright.core.ssrf import Address, Network

_FOR: Final = b"x-forwarded-for"
_PROTO: Final = b"x-forwarded-proto"
_SCHEMES: Final = {b"http": "http", b"https": "https"}


class Proxies:
    """The networks of proxies in front of the hub; without any, nothing is looked at."""

    __slots__ = ("_networks",)

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def seen(self, scope: Any) -> Any:
        """The request as it was before the proxies: `client` and `scheme` of an ASGI scope."""
        if not self._networks or not self._trusts(_address(_peer(scope))):
            return scope
        told = dict[bytes, bytes]()
        for name, value in scope["headers"]:
            if name in {_FOR, _PROTO}:
                # A header that comes twice is one list.
                told[name] = told[name] + b"," + value if name in told else value
        scheme = _SCHEMES.get(told.get(_PROTO, b"").rpartition(b",")[2].strip().lower())
        client = self._client(told.get(_FOR, b""))
        return {
            **scope,
            "scheme": scheme or scope["scheme"],
            "client": scope["client"] if client is None else (str(client), 0),
        }

    def _client(self, chain: bytes) -> Address | None:
        """The last address that no proxy of ours has: what stands before it anybody may write."""
        found = None
        for part in reversed(chain.split(b",")):
            address = _address(part.decode("latin-1").strip())
            if address is None:
                break
            found = address
            if not self._trusts(address):
                break
        return found

    def _trusts(self, address: Address | None) -> bool:
        if address is None:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._networks)


def _peer(scope: Any) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
