"""Google's keys: fetched when they are needed, kept for as long as Google says."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import jwt
import msgspec
import structlog

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError
from dealwright.web.addon.refusal import NoKeys

_log = structlog.get_logger(__name__)

#: However many tokens with unknown keys come, and however often Google is down.
BETWEEN_S: Final = 60.0


class KeySet(NamedTuple):
    """Keys as Google publishes them (a JWKS in JSON), and for how long they hold."""

    jwks: bytes
    max_age_s: float


FetchKeys = Callable[[], Awaitable[KeySet]]
"""Where the keys come from; raises a DealwrightError when they cannot be had."""


class GoogleKeys:
    """The keys that Google signs with, by their ids.

    Asked for anew when they are old, and once when a token names one that is not known; never more
    than once a minute. While Google is down the old ones hold.
    """

    def __init__(self, fetch: FetchKeys, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._until_s = -math.inf
        self._asked_s = -math.inf
        self._asking = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """One key; None when Google publishes none of this id. Raises NoKeys."""
        if key_id not in self._keys or self._clock.monotonic_s() >= self._until_s:
            async with self._asking:
                await self._refresh(key_id)
        if not self._keys:
            raise NoKeys("Google's keys cannot be had at the moment. Try again in a minute.")
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str) -> None:
        now_s = self._clock.monotonic_s()
        fits = key_id in self._keys and now_s < self._until_s
        if fits or now_s - self._asked_s < BETWEEN_S:
            return
        self._asked_s = now_s
        try:
            found = await self._fetch()
            keys = _read(found.jwks)
        except (DealwrightError, ValueError) as error:
            _log.warning("google_keys.unavailable", error=type(error).__name__)
            return
        self._keys, self._until_s = keys, now_s + found.max_age_s


def _read(body: bytes) -> dict[str, jwt.PyJWK]:
    """The RSA keys for signatures; raises ValueError when there is none."""
    try:
        listed: Any = msgspec.json.decode(body)
        keys = jwt.PyJWKSet.from_dict(listed).keys
    except (msgspec.DecodeError, jwt.PyJWTError, TypeError, AttributeError) as error:
        raise ValueError("no keys") from error
    return {key.key_id: key for key in keys if key.key_id and key.key_type == "RSA"}
