"""Together: what several ask to have written at the same moment becomes one transaction.

A commit costs a wait for the disk, whatever is in it. SQLite has one writer, so whoever asks while
it is at work would wait anyway.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import sqlalchemy as sa

#: More than so many are not one transaction: nobody else can write meanwhile.
MOST = 32

Write = Callable[[sa.Connection], Any]


class _Asked(NamedTuple):
    write: Write
    answer: "Future[Any]"


class Together:
    """Runs writes in the one thread of `threads`, in the order in which they are asked for.

    Each is atomic by a savepoint of its own, and its answer comes after the COMMIT that it shares.
    `is_outage` tells errors that end the transaction of all from those of one alone.
    """

    def __init__(
        self,
        threads: Executor,
        begin: Callable[[], AbstractContextManager[sa.Connection]],
        *,
        is_outage: Callable[[BaseException], bool],
    ) -> None:
        self._threads = threads
        self._begin = begin
        self._is_outage = is_outage
        self._lock = threading.Lock()
        self._asked: list[_Asked] = []
        self._at_work = False

    def ask(self, write: Write) -> "Future[Any]":
        """Have something written; raises RuntimeError once the thread was ended."""
        asked = _Asked(write, Future())
        with self._lock:
            if not self._at_work:
                self._threads.submit(self._work)
                self._at_work = True
            self._asked.append(asked)
        return asked.answer

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
        return [one for one in taken if one.answer.set_running_or_notify_cancel()]

    def _write(self, taken: list[_Asked]) -> None:
        if not taken:
            return
        try:
            with self._begin() as db:
                ends = [self._one(db, one.write) for one in taken]
        except BaseException as error:  # noqa: BLE001 - it is for those who asked
            for one in taken:
                one.answer.set_exception(error)
            return
        for one, (value, error) in zip(taken, ends, strict=True):
            if error is None:
                one.answer.set_result(value)
            else:
                one.answer.set_exception(error)

    def _one(self, db: sa.Connection, write: Write) -> tuple[Any, BaseException | None]:
        driver: Any = db.connection.driver_connection
        driver.execute("SAVEPOINT one")
        try:
            value = write(db)
        except BaseException as error:
            if self._is_outage(error):
                raise
            driver.execute("ROLLBACK TO one")
            driver.execute("RELEASE one")
            return None, error
        driver.execute("RELEASE one")
        return value, None
