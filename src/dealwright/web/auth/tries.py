"""Tries: how often a password or code may be guessed, per account and per address."""

import ipaddress
from typing import Final

import sqlalchemy as sa

from dealwright.store.sessions import count_try
from dealwright.web.auth.errors import TooManyTries

WINDOW_MS: Final = 15 * 60_000
#: Far below the 100 in a row that NIST SP 800-63B-4, 3.2.2, allows; nobody is shut out for longer
#: than the window, and never out of a session that is open.
PER_ACCOUNT: Final = 10
#: An office may share one address.
PER_ADDRESS: Final = 50
PER_SESSION: Final = 5


def address_key(address: str) -> str:
    """Under what the tries of an address are counted: of IPv6 the network that one house has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:64]}"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return f"address:{found.ipv4_mapped}"
        return f"address:{ipaddress.ip_network((found, 64), strict=False)}"
    return f"address:{found}"


def counted(db: sa.Connection, key: str, *, most: int, now_ms: int) -> int:
    """Count a try; how long to wait, 0 for not at all."""
    found = count_try(db, key, now_ms=now_ms, window_ms=WINDOW_MS)
    return found.until_ms - now_ms if found.made > most else 0


def refuse(wait_ms: int) -> None:
    """Raise TooManyTries where there is something to wait for."""
    if wait_ms > 0:
        raise TooManyTries(wait_ms)
