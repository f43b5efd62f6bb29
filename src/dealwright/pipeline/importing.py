"""Importing: the events of a file, into the log: what a command and the API do alike.

A file that the API was sent is read beside everything else, in the process that has it. Should that
end, the import is `interrupted`; the same file sent again does no harm, for what is in the log is
known by its messageId, or by its bytes.
"""

import asyncio
import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError, DealwrightError, InvalidEvent, StoreUnavailable
from dealwright.core.event import dedupe_key
from dealwright.core.intake import check_event
from dealwright.pipeline.accept import Accepting
from dealwright.pipeline.lines import Lines, unpacked
from dealwright.store.append import EventRow, RejectRow
from dealwright.store.engine import Store
from dealwright.store.imports import Import, ImportState, Progress, end_import, note_progress

#: A batch ends at whichever comes first; both are below what the door takes at once.
BATCH_EVENTS: Final = 500
BATCH_BYTES: Final = 400_000

_TELL_EVERY_MS: Final = 1_000
_TRY_AGAIN_S: Final = 2.0
_TRIES: Final = 30

_UNREADABLE: Final = (OSError, EOFError, gzip.BadGzipFile, zlib.error, csv.Error)

_log = structlog.get_logger(__name__)

Read: TypeAlias = Callable[[Lines], Iterator[bytes]]
"""Gives the events of an open file, each as JSON."""


def batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines in groups that one request, or one transaction, takes."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and (len(batch) >= BATCH_EVENTS or size + len(line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield batch


def checked_rows(
    batch: Iterable[bytes], source_id: int, *, now_ms: int, max_event_bytes: int
) -> tuple[list[EventRow], list[RejectRow]]:
    """Events as the log takes them, and the lines that are none, with the reason."""
    events: list[EventRow] = []
    rejects: list[RejectRow] = []
    for line in batch:
        try:
            if len(line) > max_event_bytes:
                raise InvalidEvent(
                    f"The event is larger than {max_event_bytes:,} bytes.", code="event_too_large"
                )
            key = dedupe_key(check_event(line).message_id, line)
        except InvalidEvent as error:
            rejects.append(RejectRow(source_id, now_ms, error.code, str(error), line))
        else:
            events.append(EventRow(source_id, now_ms, None, key, line, None))
    return events, rejects


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to be imported: its Import, its bytes, and how its events are read."""

    of: Import
    file: BinaryIO
    read: Read


class Importer:
    """Reads files into the log, each in a task of its own; closed before the log is."""

    def __init__(
        self, store: Store, *, accept: Accepting, clock: Clock, max_event_bytes: int
    ) -> None:
        self._store = store
        self._accept = accept
        self._clock = clock
        self._max_event_bytes = max_event_bytes
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, wanted: Wanted) -> None:
        """Read the file from now on, and close it; how far it is stands in the store."""
        task = asyncio.create_task(self._imported(wanted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; what is under way is interrupted."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until everything that was begun has ended."""
        await asyncio.gather(*self._tasks)

    async def _imported(self, wanted: Wanted) -> None:
        reading = _Reading(wanted)
        try:
            await self._read(wanted, reading)
        except asyncio.CancelledError:
            await self._ended(wanted, reading, ImportState.INTERRUPTED)
            raise
        except DealwrightError as error:
            await self._ended(wanted, reading, ImportState.FAILED, error)
        except Exception:  # noqa: BLE001 - whatever it is, the import has ended
            _log.exception("import.failed", import_id=wanted.of.id)
            error = ConfigError("The hub failed at this; its log says why.", code="internal_error")
            await self._ended(wanted, reading, ImportState.FAILED, error)
        else:
            await self._ended(wanted, reading, ImportState.DONE)
        finally:
            await asyncio.to_thread(wanted.file.close)

    async def _read(self, wanted: Wanted, reading: "_Reading") -> None:
        told_ms = 0
        while batch := await asyncio.to_thread(reading.next_batch):
            now_ms = self._now_ms()
            events, rejects = checked_rows(
                batch, wanted.of.source_id, now_ms=now_ms, max_event_bytes=self._max_event_bytes
            )
            await self._taken(events, rejects)
            reading.accepted += len(events)
            reading.rejected += len(rejects)
            if now_ms - told_ms >= _TELL_EVERY_MS:
                await self._told(wanted, reading)
                told_ms = now_ms

    async def _told(self, wanted: Wanted, reading: "_Reading") -> None:
        progress, now_ms = reading.progress(), self._now_ms()
        await self._store.write(lambda db: note_progress(db, wanted.of.id, progress, now_ms=now_ms))

    async def _taken(self, events: list[EventRow], rejects: list[RejectRow]) -> None:
        """Store a batch; where too much waits, or the disk is full, in a while."""
        for _ in range(_TRIES):
            try:
                await self._accept(events, rejects)
            except StoreUnavailable:
                await self._clock.sleep(_TRY_AGAIN_S)
            else:
                return
        await self._accept(events, rejects)

    async def _ended(
        self,
        wanted: Wanted,
        reading: "_Reading",
        state: ImportState,
        error: DealwrightError | None = None,
    ) -> None:
        now_ms, of = self._now_ms(), reading.progress()
        await self._store.write(
            lambda db: end_import(db, wanted.of.id, of, state=state, error=error, now_ms=now_ms)
        )
        _log.info("import.ended", import_id=wanted.of.id, state=state.value, events=of.accepted)

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())


class _Reading:
    """A file as it is read, in threads one after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self.accepted = 0
        self.rejected = 0
        self._wanted = wanted
        self._lines: Lines | None = None
        self._batches: Iterator[list[bytes]] = iter(())

    def next_batch(self) -> list[bytes]:
        """The next events; none at the end. Raises ConfigError (`unreadable_file`)."""
        try:
            if self._lines is None:
                self._lines = unpacked(self._wanted.file, self._wanted.of.total_bytes)
                self._batches = batches(self._wanted.read(self._lines))
            return next(self._batches, list[bytes]())
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or "it ends too early, or is no gzip file"
            raise ConfigError(
                f"The file cannot be read: {reason}.", code="unreadable_file"
            ) from error

    def progress(self) -> Progress:
        """How far it is."""
        read = 0 if self._lines is None else self._lines.read_so_far()
        return Progress(read_bytes=read, accepted=self.accepted, rejected=self.rejected)
