"""Recordings: fetched where a sender says, encrypted on disk, noise once their key is gone."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from tests.clock import ManualClock
from tests.fresh import fresh_store

from dealwright.core.clock import to_ms
from dealwright.core.errors import Rejected
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list
from dealwright.meetings.meeting import Meeting, Recording
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.meetingmedia import (
    MediaFetcher,
    MediaRefused,
    MediaShelf,
    delete_files,
    is_wanted,
)
from dealwright.pipeline.outside import Outside
from dealwright.store.engine import Store
from dealwright.store.media_file import CHUNK, MediaDamaged, MediaWriter, read_media
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_media import Kept, MediaState, erase_media, media_of, want_media
from dealwright.store.meeting_sources import add_meeting_source
from dealwright.store.secrets import Vault
from dealwright.store.sources import create_source

KEY = bytes(range(32))
SOUND = bytes(range(256)) * 1000


def written(path: Path, data: bytes, *, step: int = 10_000) -> Path:
    writer = MediaWriter(path, KEY)
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    writer.close()
    return path


def read(path: Path, size: int, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(read_media(path, KEY, size=size, start=start, end=size if end is None else end))


class TestFile:
    @pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
    def test_what_is_written_is_read(self, size: int, tmp_path: Path) -> None:
        data = (SOUND * 2)[:size]
        assert read(written(tmp_path / "a.media", data), size) == data

    @pytest.mark.parametrize(
        ("start", "end"), [(0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (200_000, 256_000)]
    )
    def test_any_part_is_read_alone(self, start: int, end: int, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", SOUND)
        assert read(path, len(SOUND), start, end) == SOUND[start:end]

    def test_nothing_of_it_stands_on_the_disk(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", b"a secret word" * 100)
        assert b"secret" not in path.read_bytes()

    def test_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        path = written(tmp_path / "media" / "a.media", SOUND)
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_a_changed_byte_is_noticed(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", SOUND)
        raw = bytearray(path.read_bytes())
        raw[70_000] ^= 1
        path.write_bytes(raw)
        with pytest.raises(MediaDamaged):
            read(path, len(SOUND))

    def test_swapped_chunks_are_noticed(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", SOUND)
        raw, step = path.read_bytes(), CHUNK + 16
        path.write_bytes(raw[step : 2 * step] + raw[:step] + raw[2 * step :])
        with pytest.raises(MediaDamaged):
            read(path, len(SOUND))

    def test_a_file_that_was_cut_off_is_noticed(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", SOUND)
        path.write_bytes(path.read_bytes()[: CHUNK + 16])
        with pytest.raises(MediaDamaged):
            read(path, CHUNK)

    def test_a_file_under_another_name_is_noticed(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.media", SOUND)
        with pytest.raises(MediaDamaged):
            read(path.rename(tmp_path / "b.media"), len(SOUND))


@dataclass(kw_only=True)
class Studio:
    """A store with one meeting, and a provider on this machine."""

    store: Store
    shelf: MediaShelf
    clock: ManualClock
    port: int = 0
    status: int = 200
    kind: str = "audio/mpeg"
    calls: int = 0
    meeting_id: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.calls += 1
        return web.Response(status=self.status, body=SOUND, content_type=self.kind)

    async def told(self, *, content_hash: str = "", fetch_media: bool = True) -> None:
        """A meeting whose recording is at the provider's."""
        url = f"http://127.0.0.1:{self.port}/rec.mp3?sig=x"
        body = Meeting(
            key="vcon:1",
            source="vcon",
            recording=Recording(url=url, fetch=True, content_hash=content_hash),
        )
        new = NewMeeting(
            public_id="p",
            source_id=1,
            connection_id=1,
            revision=1,
            body=body,
            merge=None,
            state="synced",
            next_at_ms=None,
            title="",
        )
        settings = MeetingSettings(fetch_media=fetch_media)
        now_ms = to_ms(self.clock.now())

        def make(db: object) -> int:
            create_source(db, "s", now_ms=1)  # type: ignore[arg-type]
            add_meeting_source(  # type: ignore[arg-type]
                db, 1, kind="vcon", path_hash="p", sealed=b"s", settings=settings
            )
            made = put_meeting(db, new, meeting_id=None, now_ms=now_ms)  # type: ignore[arg-type]
            want_media(db, made, now_ms=now_ms)  # type: ignore[arg-type]
            return made

        self.meeting_id = await self.store.write(make)

    async def fetch(self) -> tuple[MediaState, str]:
        outside = Outside(allow_list([f"127.0.0.1:{self.port}"]))
        await MediaFetcher(self.shelf, outside).work()
        (one,) = await self.store.read(lambda db: media_of(db, self.meeting_id))
        return one.state, one.code

    def files(self) -> list[Path]:
        return sorted(self.shelf.folder.glob("*")) if self.shelf.folder.exists() else []


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    store, clock = fresh_store(tmp_path), ManualClock()
    vault = Vault([Secret(Fernet.generate_key().decode())])
    shelf = MediaShelf(store=store, vault=vault, clock=clock, folder=tmp_path / "media")
    made = Studio(store=store, shelf=shelf, clock=clock)
    async with _serving(made):
        yield made
    store.close()


@asynccontextmanager
async def _serving(studio: Studio) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_get("/{name}", studio.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    studio.port = runner.addresses[0][1]
    try:
        yield
    finally:
        await runner.cleanup()


def hashed(data: bytes) -> str:
    return "sha512-" + base64.urlsafe_b64encode(hashlib.sha512(data).digest()).decode().rstrip("=")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class TestFetching:
    async def test_a_recording_is_fetched_and_kept_encrypted(self, studio: Studio) -> None:
        await studio.told(content_hash=hashed(SOUND))
        assert await studio.fetch() == (MediaState.HERE, "")
        (file,) = studio.files()
        assert SOUND[:256] not in file.read_bytes()

    async def test_it_opens_with_its_own_key_alone(self, studio: Studio) -> None:
        await studio.told()
        await studio.fetch()
        (one,) = await studio.store.read(lambda db: media_of(db, studio.meeting_id))
        assert one.data_key is not None
        key = studio.shelf.vault.open(one.data_key)
        path = studio.shelf.folder / one.file
        told = b"".join(read_media(path, key, size=one.size, start=0, end=one.size))
        assert (told, one.mime_type) == (SOUND, "audio/mpeg")

    async def test_another_content_than_was_hashed_is_refused(self, studio: Studio) -> None:
        await studio.told(content_hash=hashed(b"other"))
        assert await studio.fetch() == (MediaState.REFUSED, "content_hash")
        assert studio.files() == []

    async def test_a_page_is_no_recording(self, studio: Studio) -> None:
        studio.kind = "text/html"
        await studio.told()
        assert await studio.fetch() == (MediaState.REFUSED, "answer_unwanted")

    async def test_a_server_that_is_busy_is_asked_again_later(self, studio: Studio) -> None:
        studio.status = 503
        await studio.told()
        assert await studio.fetch() == (MediaState.WANTED, "unavailable")
        studio.status = 200
        studio.clock.advance(61)
        assert await studio.fetch() == (MediaState.HERE, "")

    async def test_an_address_inside_is_not_called(self, studio: Studio) -> None:
        await studio.told()
        await MediaFetcher(studio.shelf, Outside()).work()
        (one,) = await studio.store.read(lambda db: media_of(db, studio.meeting_id))
        assert (one.state, studio.calls) == (MediaState.REFUSED, 0)

    async def test_nothing_is_fetched_while_it_is_switched_off(self, studio: Studio) -> None:
        await studio.told(fetch_media=False)
        assert (await studio.fetch(), studio.calls) == ((MediaState.REFUSED, "not_wanted"), 0)

    def test_a_page_of_a_recorder_is_not_even_asked_for(self) -> None:
        page = Meeting(
            key="fathom:1", source="fathom", recording=Recording(url="https://f.example/s/1")
        )
        assert is_wanted(page, MeetingSettings(fetch_media=True)) is False


class TestErasing:
    async def test_the_file_of_a_key_that_is_gone_goes_too(self, studio: Studio) -> None:
        await studio.told()
        await studio.fetch()
        await studio.store.write(lambda db: erase_media(db, studio.meeting_id))
        assert await delete_files(studio.store, studio.shelf.folder) == 1
        assert studio.files() == []

    async def test_what_is_erased_while_it_is_fetched_does_not_come_back(
        self, studio: Studio
    ) -> None:
        await studio.told()
        kept = await studio.shelf.put("audio/mpeg", chunks(SOUND))
        (media,) = await studio.store.read(lambda db: media_of(db, studio.meeting_id))
        await studio.store.write(lambda db: erase_media(db, studio.meeting_id))
        await studio.shelf.fetched(media, kept)
        assert studio.files() == []


class TestBringing:
    async def test_an_empty_recording_is_refused(self, studio: Studio) -> None:
        with pytest.raises(MediaRefused):
            await studio.shelf.put("audio/mpeg", chunks())
        assert studio.files() == []

    async def test_a_recording_that_breaks_off_leaves_nothing(self, studio: Studio) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield SOUND
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await studio.shelf.put("audio/mpeg", broken())
        assert studio.files() == []

    async def test_two_recordings_have_two_keys(self, studio: Studio) -> None:
        first: Kept = await studio.shelf.put("audio/mpeg", chunks(SOUND))
        second: Kept = await studio.shelf.put("audio/mpeg", chunks(SOUND))
        opened = studio.shelf.vault.open
        assert opened(first.data_key) != opened(second.data_key)

    async def test_a_hash_that_does_not_fit_is_said(self, studio: Studio) -> None:
        with pytest.raises(Rejected, match="hashed"):
            await studio.shelf.put("audio/mpeg", chunks(SOUND), content_hash="sha512-AAAA")
