"""Together: what several ask of the store at the same moment becomes one transaction.

A commit costs a wait for the disk, whatever is in it, and SQLite has one writer, so whoever asks
while it is at work would wait anyway. A read costs more to hand to a thread and back than to do.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, suppress
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

#: More than so many are not one transaction: nobody else can write meanwhile.
MOST = 64

Work = Callable[[sa.Connection], Any]
Begin = Callable[[], AbstractContextManager[sa.Connection]]


class _Asked(NamedTuple):
    work: Work
    answer: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class _End(NamedTuple):
    asked: _Asked
    value: Any = None
    error: BaseException | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self.asked.loop


def _asked(work: Work) -> _Asked:
    loop = asyncio.get_running_loop()
    return _Asked(work, loop.create_future(), loop)


def _tell(ends: Iterable[_End]) -> None:
    """Answer those who asked, each loop at one stroke: to wake it costs more than an answer."""
    for loop, told in groupby(ends, attrgetter("loop")):
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            loop.call_soon_threadsafe(_answer, list(told))


def _answer(ends: Iterable[_End]) -> None:
    for (_, answer, _), value, error in ends:
        if answer.done():
            continue
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)


class TogetherReading:
    """Runs reads in `threads`: what is asked for in one turn of the loop sees one snapshot."""

    def __init__(self, threads: Executor, begin: Begin) -> None:
        self._threads = threads
        self._begin = begin
        self._lock = threading.Lock()
        self._asked: list[_Asked] = []

    def ask(self, read: Work) -> "asyncio.Future[Any]":
        """Have something read; it must be cheap, for others wait for it."""
        asked = _asked(read)
        with self._lock:
            if not self._asked:
                # At the end of this turn: whoever is to run now may ask as well.
                asked.loop.call_soon(self._start)
            self._asked.append(asked)
        return asked.answer

    def _start(self) -> None:
        with self._lock:
            taken, self._asked = self._asked, []
        try:
            self._threads.submit(self._read, taken)
        except RuntimeError as error:
            _answer([_End(one, error=error) for one in taken])

    def _read(self, taken: list[_Asked]) -> None:
        try:
            with self._begin() as db:
                ends = [_End(one, one.work(db)) for one in taken]
        except BaseException as error:  # noqa: BLE001 - it is for those who asked
            if len(taken) == 1:
                _tell([_End(taken[0], error=error)])
                return
            # Whose it is shows when each is read by itself.
            for one in taken:
                self._read([one])
        else:
            _tell(ends)


class Together:
    """Runs writes in the one thread of `threads`, in the order in which they are asked for.

    Each is atomic, and its answer comes after the COMMIT that it shares. When one fails, all are
    written anew without it. `is_outage` tells errors that end the transaction of all.
    """

    def __init__(
        self,
        threads: Executor,
        begin: Begin,
        *,
        is_outage: Callable[[BaseException], bool],
    ) -> None:
        self._threads = threads
        self._begin = begin
        self._is_outage = is_outage
        self._lock = threading.Lock()
        self._asked: list[_Asked] = []
        self._at_work = False

    def ask(self, write: Work) -> "asyncio.Future[Any]":
        """Have something written; RuntimeError is the answer once the thread was ended."""
        asked = _asked(write)
        with self._lock:
            if not self._at_work:
                asked.loop.call_soon(self._start)
                self._at_work = True
            self._asked.append(asked)
        return asked.answer

    def _start(self) -> None:
        try:
            self._threads.submit(self._work)
        except RuntimeError as error:
            with self._lock:
                taken, self._asked, self._at_work = self._asked, [], False
            _answer([_End(one, error=error) for one in taken])

    def _work(self) -> None:
        self._write(self._take())
        while True:
            with self._lock:
                self._at_work = bool(self._asked)
                if not self._at_work:
                    return
                try:
                    # Behind whatever else the thread was given meanwhile.
                    self._threads.submit(self._work)
                except RuntimeError:
                    pass
                else:
                    return
            # The thread is to end; what was asked for before is done first.
            self._write(self._take())

    def _take(self) -> list[_Asked]:
        with self._lock:
            taken, self._asked = self._asked[:MOST], self._asked[MOST:]
        return [one for one in taken if not one.answer.cancelled()]

    def _write(self, taken: list[_Asked]) -> None:
        if not taken:
            return
        try:
            with self._begin() as db:
                ends = [_End(one, one.work(db)) for one in taken]
        except BaseException as error:  # noqa: BLE001 - it is for those who asked
            alone = len(taken) == 1 or self._is_outage(error)
            ends = [_End(one, error=error) for one in taken] if alone else self._apart(taken)
        _tell(ends)

    def _apart(self, taken: list[_Asked]) -> list[_End]:
        """Write each anew, in a savepoint of its own: one of them has failed.

        Not at first, for before anything is changed in a savepoint SQLite keeps a copy of its page.
        """
        try:
            with self._begin() as db:
                return [self._one(db, one) for one in taken]
        except BaseException as error:  # noqa: BLE001 - it is for those who asked
            return [_End(one, error=error) for one in taken]

    def _one(self, db: sa.Connection, asked: _Asked) -> _End:
        driver: Any = db.connection.driver_connection
        driver.execute("SAVEPOINT one")
        try:
            value = asked.work(db)
        except BaseException as error:
            if self._is_outage(error):
                raise
            driver.execute("ROLLBACK TO one")
            driver.execute("RELEASE one")
            return _End(asked, error=error)
        driver.execute("RELEASE one")
        return _End(asked, value)
