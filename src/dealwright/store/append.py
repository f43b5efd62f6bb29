"""Appender: the log's one writer; many callers share one durable commit."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dealwright.core.errors import StoreUnavailable
from dealwright.store.columns import clean_text
from dealwright.store.engine import Store, is_outage, unavailable
from dealwright.store.log_writer import EventRow, LogWriter, RejectRow, open_log_writer

#: Of a rejected body this much is kept, for people to look at.
MAX_REJECT_BYTES = 4096

# A group is written in about 100 ms at most, so that nobody's acknowledgement waits for long.
_GROUP_ROWS = 5_000
_GROUP_BYTES = 16 * 1024 * 1024

# What a row costs beside its payload, about.
_ROW_BYTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """One caller's rows, and whom to tell."""

    events: Sequence[EventRow]
    rejects: Sequence[RejectRow]
    size: int
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]

    @property
    def rows(self) -> int:
        return len(self.events) + len(self.rejects)


class Appender:
    """Appends Events durably; what waits while one commit runs goes into the next one.

    No lingering: a lone caller is written at once. At most `max_rows` rows and `max_bytes` bytes
    wait; more is refused as `overloaded`. One thread, begun by the first append.
    Source: ENGINE.md 3 (group commit is 34 times one commit each).
    """

    def __init__(
        self, store: Store, *, max_rows: int = 50_000, max_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._store = store
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._rows = 0
        self._bytes = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        #: Commits and Events since the start.
        self.commits = 0
        self.events = 0

    async def append(self, rows: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
        """Store rows, in this order, all or none; return once they are on the disk.

        Raises StoreUnavailable: nothing was acknowledged, the sender shall come again. Code
        `overloaded` when too much waits already.
        """
        if not rows and not rejects:
            return
        loop = asyncio.get_running_loop()
        waiting = _Waiting(
            events=[_cleaned_event(row) for row in rows],
            rejects=[_cleaned_reject(row) for row in rejects],
            size=_size(rows, rejects),
            loop=loop,
            done=loop.create_future(),
        )
        self._enqueue(waiting)
        await waiting.done

    async def close(self) -> None:
        """Write what waits, then end the thread; later appends are refused."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _enqueue(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._closing:
                raise StoreUnavailable("The hub is shutting down. Send the events again.")
            too_many = self._rows + waiting.rows > self._max_rows
            if self._queue and (too_many or self._bytes + waiting.size > self._max_bytes):
                raise StoreUnavailable(
                    "More events wait than the disk can take. Send them again in a while.",
                    code="overloaded",
                )
            self._queue.append(waiting)
            self._rows += waiting.rows
            self._bytes += waiting.size
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="appender", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        writer = open_log_writer(self._store)
        while group := self._next_group():
            self._write(writer, group)
        writer.close()

    def _next_group(self) -> list[_Waiting]:
        """Wait for callers; take as many as fit into one commit. Empty: the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            group: list[_Waiting] = []
            rows = size = 0
            while self._queue:
                first = self._queue[0]
                rows += first.rows
                size += first.size
                if group and (rows > _GROUP_ROWS or size > _GROUP_BYTES):
                    break
                group.append(self._queue.popleft())
            return group

    def _write(self, writer: LogWriter, group: list[_Waiting]) -> None:
        error = self._commit(writer, group)
        if error is not None and not is_outage(error) and len(group) > 1:
            # One caller's rows cannot be stored; the others shall not suffer for it.
            for waiting in group:
                self._settle([waiting], self._commit(writer, [waiting]))
            return
        self._settle(group, error)

    def _commit(self, writer: LogWriter, group: Iterable[_Waiting]) -> Exception | None:
        events = [row for waiting in group for row in waiting.events]
        rejects = [row for waiting in group for row in waiting.rejects]
        try:
            writer.write(events, rejects)
        except Exception as error:  # noqa: BLE001 - the callers raise it, this thread must live
            return error
        self.commits += 1
        self.events += len(events)
        return None

    def _settle(self, group: list[_Waiting], error: Exception | None) -> None:
        with self._changed:
            self._rows -= sum(waiting.rows for waiting in group)
            self._bytes -= sum(waiting.size for waiting in group)
        for loop in {waiting.loop for waiting in group}:
            told = [waiting.done for waiting in group if waiting.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell, told, error)


def _tell(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        elif is_outage(error):
            future.set_exception(unavailable(error))
        else:
            future.set_exception(error)


def _cleaned_event(row: EventRow) -> EventRow:
    text = row.message_id
    if text.isascii() and "\0" not in text:
        return row
    return row._replace(message_id=clean_text(text))


def _cleaned_reject(row: RejectRow) -> RejectRow:
    return row._replace(
        code=clean_text(row.code),
        reason=clean_text(row.reason),
        payload=row.payload[:MAX_REJECT_BYTES],
    )


def _size(rows: Sequence[EventRow], rejects: Sequence[RejectRow]) -> int:
    payloads = sum(len(row.payload) + len(row.envelope or b"") for row in rows)
    cut = sum(min(len(row.payload), MAX_REJECT_BYTES) for row in rejects)
    return payloads + cut + _ROW_BYTES * (len(rows) + len(rejects))
