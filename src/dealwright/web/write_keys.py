"""Write keys: which Source a sender speaks for, without a look into the database per request."""

import asyncio
import base64
import binascii
import hashlib
import math
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from dealwright.core.clock import Clock
from dealwright.web.answers import UnknownWriteKey

#: A known key is believed for this long before the table is read again, in the background.
_STALE_AFTER_S: Final = 1.0
#: However many unknown keys come, the table is read no more often than this.
_BETWEEN_READS_S: Final = 0.25
#: Headers that were found to be right; bounded, since one key can be written in many ways.
_MOST_REMEMBERED: Final = 4096
#: Which keys were used is written down so long after the first use, once for all.
_NOTED_AFTER_S: Final = 10.0

LoadKeys = Callable[[], Awaitable[Mapping[str, int]]]
"""Reads hash of write key → Source id from the store; raises StoreUnavailable."""

NoteKeys = Callable[[Collection[str]], Awaitable[None]]
"""Remembers, of hashes of write keys, that they were used just now; raises StoreUnavailable."""


def new_write_key() -> str:
    """Make a write key: shown once, stored only as its hash."""
    return secrets.token_urlsafe(24)


def hash_write_key(key: str) -> str:
    """The form in which a write key is stored: SHA-256 in hexadecimal digits.

    A fast hash is right here: the key is random and long, and is hashed for each request.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def authorization_of_query(query: bytes) -> bytes:
    """The Basic header for `?writeKey=…`; empty without one.

    A browser's sendBeacon can set no header, so RudderStack's SDK has the key there.
    """
    key = key_in_query(query, names=("writeKey",))
    return b"" if key is None else b"Basic " + base64.b64encode(f"{key}:".encode())


def key_in_query(query: bytes, *, names: Sequence[str]) -> str | None:
    """The first of these fields that a query has; None as well where it has far too many."""
    try:
        found = parse_qs(query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        return None
    return next((found[name][0] for name in names if name in found), None)


class WriteKeys:
    """The table of write keys in memory, read anew when it is old or a key is not in it.

    A new key works at once, a deleted one no longer than a second. When the store is gone, known
    keys stay known; of others nothing can be said, which is StoreUnavailable and never "unknown".
    """

    def __init__(self, load: LoadKeys, clock: Clock, *, note: NoteKeys | None = None) -> None:
        self._load = load
        self._clock = clock
        self._note = note
        self._used: set[bytes | str] = set()
        self._noting: asyncio.Task[None] | None = None
        self._sources: Mapping[str, int] = {}
        self._by_header: dict[bytes, int] = {}
        self._read_at_s = -math.inf
        self._reading = asyncio.Lock()
        self._next_read: asyncio.Task[None] | None = None

    def known(self, authorization: bytes) -> int | None:
        """The Source of an Authorization header that was right before: the hot path."""
        source_id = self._by_header.get(authorization)
        if source_id is not None and self._clock.monotonic_s() - self._read_at_s > _STALE_AFTER_S:
            self._read_again()
        if source_id is not None and authorization not in self._used:
            self._mark(authorization)
        return source_id

    async def source_of(
        self,
        *,
        authorization: bytes = b"",
        key: str | None = None,
        knock: Callable[[], None] = lambda: None,
    ) -> int:
        """The Source of a Basic header (user name is the key), else of the key in the body.

        `knock` is called before the keys are read again for one that is not known. Raises
        UnknownWriteKey, and StoreUnavailable when that cannot be known.
        """
        user = _basic_user(authorization)
        hashes = [hash_write_key(text) for text in (user, key) if text]
        if not hashes:
            raise UnknownWriteKey(
                "No write key: send it as the user name of Basic authentication, or as writeKey.",
                code="missing_write_key",
            )
        source_id = self._first(hashes)
        if source_id is None:
            knock()
            await asyncio.shield(self._read_again())
            source_id = self._first(hashes)
        elif self._clock.monotonic_s() - self._read_at_s > _STALE_AFTER_S:
            self._read_again()
        if source_id is None:
            raise UnknownWriteKey(
                "This write key belongs to no Source: see “dealwright sources”, or add one."
            )
        self._mark(next(found for found in hashes if self._sources.get(found) == source_id))
        if user and self._sources.get(hashes[0]) == source_id:
            self._remember(authorization, source_id)
        return source_id

    def _first(self, hashes: list[str]) -> int | None:
        return next((self._sources[found] for found in hashes if found in self._sources), None)

    def _remember(self, authorization: bytes, source_id: int) -> None:
        if len(self._by_header) >= _MOST_REMEMBERED:
            self._by_header.clear()
        self._by_header[authorization] = source_id

    def _mark(self, used: bytes | str) -> None:
        """Have a use written down: of a hash, or of a header that is known."""
        if self._note is None or len(self._used) >= _MOST_REMEMBERED:
            return
        self._used.add(used)
        if self._noting is None:
            self._noting = asyncio.create_task(self._note_soon(self._note))
            self._noting.add_done_callback(_look_at_failure)

    async def _note_soon(self, note: NoteKeys) -> None:
        await self._clock.sleep(_NOTED_AFTER_S)
        used, self._used, self._noting = self._used, set(), None
        await note({one if isinstance(one, str) else _hash_of(one) for one in used})

    def _read_again(self) -> asyncio.Task[None]:
        # A read that has begun may have missed the key that is asked for: wait for the one after.
        if self._next_read is None:
            self._next_read = asyncio.create_task(self._read())
            self._next_read.add_done_callback(_look_at_failure)
        return self._next_read

    async def _read(self) -> None:
        async with self._reading:
            wait_s = self._read_at_s + _BETWEEN_READS_S - self._clock.monotonic_s()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
            self._next_read = None
            self._read_at_s = self._clock.monotonic_s()
            self._sources = await self._load()
            self._by_header.clear()


def _hash_of(authorization: bytes) -> str:
    return hash_write_key(_basic_user(authorization) or "")


def _basic_user(authorization: bytes) -> str | None:
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        decoded = base64.b64decode(credentials, validate=False)
    except binascii.Error:
        return None
    return decoded.partition(b":")[0].decode("utf-8", "surrogateescape")


def _look_at_failure(task: asyncio.Task[None]) -> None:
    # Who waits for the read raises the failure; a read in the background just comes again.
    if not task.cancelled():
        task.exception()
