"""MeetingMedia: recordings come to the hub, stand there encrypted, and go when their key is gone.

Off by default. A recording is fetched from where its sender says, through the Outside of senders,
and only audio or video, up to a size; what a vCon says of its hash must be so.
"""

import asyncio
import base64
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Protocol, TypeVar
from urllib.parse import urlsplit

import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError, Rejected, StoreUnavailable, Unavailable
from dealwright.meetings.meeting import Meeting, Recording
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.outside import Call, Outside
from dealwright.store.engine import Store
from dealwright.store.media_file import KEY_BYTES, MediaWriter
from dealwright.store.meeting_media import (
    Kept,
    Media,
    add_media,
    deleted_files,
    fetched_media,
    files_to_delete,
    media_due,
    miss_media,
)
from dealwright.store.meetings import StoredMeeting, meeting
from dealwright.store.secrets import Vault

T = TypeVar("T")

_log = structlog.get_logger(__name__)

#: A recording of more is not kept: three hours of video have about a third of it.
MOST_BYTES: Final = 4_000_000_000

#: Recordings are large, and nobody waits for them.
_TOTAL_S: Final = 3_600.0

#: How often it is looked for recordings to fetch.
EVERY_S: Final = 15.0

#: Waits after each miss; then it is given up.
RETRY_S: Final = (60, 600, 3_600, 21_600, 86_400)

#: Types that a player plays, by how the file's name ends; nothing else is served.
PLAYED: Final = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".weba": "audio/webm",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
}

#: Written at a time: a thread is changed for once a megabyte.
_SOME: Final = 1_048_576


class MediaRefused(DealwrightError):
    """What was brought is no recording that can be kept: bring audio or video."""

    code = "media_refused"
    status = 422


class Digest(Protocol):
    """A hash under way."""

    def update(self, data: bytes, /) -> None:
        """Add some."""
        ...

    def digest(self) -> bytes:
        """What it is by now."""
        ...


def media_folder(data: Path) -> Path:
    """Where recordings stand below the data folder."""
    return data.expanduser() / "media"


def media_type(told: str, name: str = "") -> str:
    """The type of a recording, as it says or as its name ends; raises MediaRefused.

    >>> media_type("application/octet-stream", "call.MP3")
    'audio/mpeg'
    """
    plain = told.partition(";")[0].strip().lower()
    if plain.startswith(("audio/", "video/")) and len(plain) < 60:
        return plain
    found = PLAYED.get(Path(name).suffix.lower())
    if found is None:
        raise MediaRefused(
            f"{plain or 'What came'} is neither audio nor video: bring a file of one of "
            f"{', '.join(sorted(PLAYED))}."
        )
    return found


def is_wanted(body: Meeting, settings: MeetingSettings) -> bool:
    """Whether a Meeting's recording is to be fetched: it is allowed, and there seems to be a file.

    Most recorders only name a page of theirs.
    """
    return settings.fetch_media and body.recording is not None and _is_file(body.recording)


def _is_file(recording: Recording) -> bool:
    ends = Path(urlsplit(recording.url).path).suffix.lower()
    plays = recording.mime_type.lower().startswith(("audio/", "video/"))
    return recording.fetch or plays or ends in PLAYED


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShelf:
    """Where recordings are put. `folder` is theirs alone."""

    store: Store
    vault: Vault
    clock: Clock
    folder: Path

    async def bring(
        self, stored: StoredMeeting, mime_type: str, chunks: AsyncIterator[bytes]
    ) -> int:
        """Keep a recording that somebody brings; its number. Raises MediaRefused."""
        kept = await self.put(mime_type, chunks)
        now_ms = to_ms(self.clock.now())
        return await self._noted(
            kept, lambda: self.store.write(lambda db: add_media(db, stored.id, kept, now_ms=now_ms))
        )

    async def put(
        self, mime_type: str, chunks: AsyncIterator[bytes], *, content_hash: str = ""
    ) -> Kept:
        """Write a recording, encrypted with a key of its own.

        Raises MediaRefused for one that is empty or too large, and Rejected (`content_hash`).
        """
        name, key = f"{secrets.token_hex(16)}.media", os.urandom(KEY_BYTES)
        writer = await asyncio.to_thread(MediaWriter, self.folder / name, key)
        digest = _digest_of(content_hash)
        try:
            await _pour(chunks, writer, digest)
            _see_that_it_is(digest, content_hash)
            await asyncio.to_thread(writer.close)
        except BaseException:
            await asyncio.to_thread(writer.drop)
            raise
        return Kept(mime_type=mime_type, file=name, size=writer.size, data_key=self.vault.seal(key))

    async def fetched(self, media: Media, kept: Kept) -> None:
        """Know that a recording was fetched, unless it is no longer wanted."""
        wanted = await self._noted(
            kept, lambda: self.store.write(lambda db: fetched_media(db, media.id, kept))
        )
        if not wanted:
            await asyncio.to_thread((self.folder / kept.file).unlink, missing_ok=True)

    async def _noted(self, kept: Kept, note: Callable[[], Awaitable[T]]) -> T:
        try:
            return await note()
        except BaseException:
            # Nobody knows of it: its key was never stored.
            await asyncio.to_thread((self.folder / kept.file).unlink, missing_ok=True)
            raise


class MediaFetcher:
    """Fetches recordings that are wanted, one at a time; `run()` it beside a worker."""

    def __init__(self, shelf: MediaShelf, outside: Outside) -> None:
        self._shelf = shelf
        self._outside = outside

    async def run(self) -> NoReturn:
        """Look again and again."""
        while True:
            try:
                await self.work()
            except StoreUnavailable as error:
                _log.warning("media.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - whatever it is, it must not end the worker
                _log.exception("media.defect")
            await self._shelf.clock.sleep(EVERY_S)

    async def work(self) -> int:
        """Fetch what is due; says how much was."""
        now_ms, count = to_ms(self._shelf.clock.now()), 0
        due = await self._shelf.store.read(lambda db: media_due(db, now_ms=now_ms, limit=10))
        for one in due:
            await self._try(one)
            count += 1
        return count

    async def _try(self, media: Media) -> None:
        stored = await self._shelf.store.read(lambda db: meeting(db, media.meeting_id))
        try:
            if not is_wanted(stored.body, stored.settings) or stored.body.recording is None:
                raise Rejected("Its recording is no longer to be fetched.", code="not_wanted")
            await self._shelf.fetched(media, await self._fetch(stored.body.recording))
        except Unavailable as error:
            await self._miss(media, error, again=media.attempts < len(RETRY_S))
        except DealwrightError as error:
            if isinstance(error, StoreUnavailable):
                raise
            await self._miss(media, error)

    async def _fetch(self, recording: Recording) -> Kept:
        call = Call(
            url=recording.url,
            content_types=("audio/", "video/", "application/octet-stream"),
            max_bytes=MOST_BYTES,
            total_s=_TOTAL_S,
        )
        async with self._outside.open(call) as stream:
            if stream.status >= 500 or stream.status == 429:
                raise Unavailable("The recording's server is busy.", code="unavailable")
            if not 200 <= stream.status < 300:
                raise Rejected(f"The recording is not there: {stream.status}.", code="not_there")
            told = stream.headers.get("content-type", "")
            kind = media_type(told, urlsplit(recording.url).path)
            return await self._shelf.put(kind, stream.chunks, content_hash=recording.content_hash)

    async def _miss(self, media: Media, error: DealwrightError, *, again: bool = False) -> None:
        _log.warning("media.not_fetched", media_id=media.id, code=error.code)
        wait_ms = RETRY_S[media.attempts] * 1000 if again else 0
        next_at_ms = to_ms(self._shelf.clock.now()) + wait_ms if again else None
        await self._shelf.store.write(
            lambda db: miss_media(db, media.id, code=error.code, next_at_ms=next_at_ms)
        )


async def delete_files(store: Store, folder: Path) -> int:
    """Give back the room of files whose keys are gone; says how many."""
    count = 0
    while found := await store.read(files_to_delete):
        for _, name in found:
            await asyncio.to_thread((folder / name).unlink, missing_ok=True)
        await store.write(lambda db, found=found: deleted_files(db, [one[0] for one in found]))
        count += len(found)
    return count


async def _pour(chunks: AsyncIterator[bytes], writer: MediaWriter, digest: Digest | None) -> None:
    waiting = bytearray()

    def write() -> None:
        if digest is not None:
            digest.update(bytes(waiting))
        writer.write(bytes(waiting))
        waiting.clear()

    async for chunk in chunks:
        waiting += chunk
        if writer.size + len(waiting) > MOST_BYTES:
            raise MediaRefused(f"A recording may have at most {MOST_BYTES:,} bytes.")
        if len(waiting) >= _SOME:
            await asyncio.to_thread(write)
    await asyncio.to_thread(write)
    if not writer.size:
        raise MediaRefused("The recording is empty.")


def _digest_of(content_hash: str) -> Digest | None:
    """What computes the hash of a vCon, `sha512-<base64url>`.

    Source: https://datatracker.ietf.org/doc/draft-ietf-vcon-vcon-core/ (content_hash).
    """
    return hashlib.sha512() if content_hash else None


def _see_that_it_is(digest: Digest | None, content_hash: str) -> None:
    if digest is None:
        return
    made = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    if content_hash.removeprefix("sha512-").rstrip("=") != made:
        raise Rejected("The recording is not the one that its sender hashed.", code="content_hash")
