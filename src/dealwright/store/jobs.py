"""Jobs: PgQueuer in the hub's own PostgreSQL: its tables, and the two lines that a worker has.

PgQueuer keeps its tables' shape by itself, with its own version: a worker brings them up to the
library that it was installed with, under the lock of our migrations.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Self

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.ports.driver import Driver, NotifyCallback

from dealwright.store.engine import Store, unavailable
from dealwright.store.migrate import MIGRATION_LOCK

#: What PgQueuer calls its things: beside ours, and apart from another PgQueuer's.
NAMES = DBSettings(prefix="dealwright_", durability=Durability.balanced)

#: The library that we run with.
VERSION = version("pgqueuer")

#: The one kind of job.
DRAIN = "drain"

#: How long PgQueuer's own record of jobs is kept; nobody looks at it but to find a fault.
RECORD_KEPT = "1 hour"


class TwoLines(Driver):
    """A PgQueuer driver with one connection for questions and one for listening.

    psycopg holds a connection's lock while it waits for a NOTIFY: on one connection every question
    would wait for that, up to a second.
    """

    def __init__(self, asking: psycopg.AsyncConnection, hearing: psycopg.AsyncConnection) -> None:
        self._asking = PsycopgDriver(asking)
        self._hearing = PsycopgDriver(hearing)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Ask for rows."""
        return await self._asking.fetch(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Change something."""
        return await self._asking.execute(query, *args)

    async def notify(self, channel: str, payload: str) -> None:
        """Tell all who listen."""
        await self._asking.notify(channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen, on the other connection."""
        await self._hearing.add_listener(channel, callback)

    @property
    def shutdown(self) -> Any:
        """Set when nothing more is listened to."""
        return self._hearing.shutdown

    @property
    def tm(self) -> TaskManager:
        """The tasks that listen."""
        return self._hearing.tm

    async def __aenter__(self) -> Self:
        await self._hearing.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._hearing.__aexit__(*error)


@asynccontextmanager
async def open_jobs(store: Store) -> AsyncGenerator[Queries]:
    """PgQueuer on this database, its tables up to date; raises StoreUnavailable."""
    try:
        asking, hearing = await _connected(store), await _connected(store)
    except psycopg.Error as error:
        raise unavailable(error) from error
    try:
        jobs = queries(TwoLines(asking, hearing))
        await install(asking, jobs)
        yield jobs
    except psycopg.OperationalError as error:
        raise unavailable(error) from error
    finally:
        await asking.close()
        await hearing.close()


def queries(driver: Driver) -> Queries:
    """What PgQueuer can do, under our names."""
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(NAMES),
        qbq=QueryQueueBuilder(NAMES),
        qbs=QuerySchedulerBuilder(NAMES),
    )


async def _connected(store: Store) -> psycopg.AsyncConnection:
    arguments: dict[str, Any] = {
        **store.connect_arguments(),
        "application_name": "dealwright drains",
        # A line that is cut without a word is noticed within half a minute.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    db = await psycopg.AsyncConnection.connect(autocommit=True, **arguments)
    # The driver looks up any other zone in files, in the middle of the loop.
    await db.execute("SET TIME ZONE 'UTC'")
    return db


async def install(db: psycopg.AsyncConnection, jobs: Queries) -> None:
    """Make PgQueuer's tables, or bring them to its version; nothing to do is quick.

    Workers that start at the same time wait for each other; one that is older than the tables
    leaves them.
    """
    if _age(await _made_by(db)) >= _age(VERSION):
        return
    await db.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
    try:
        if _age(await _made_by(db)) >= _age(VERSION):
            return
        if not await jobs.schema_is_installed():
            await jobs.install()
        await jobs.upgrade()
        await db.execute(f"COMMENT ON TABLE {NAMES.queue_table} IS '{VERSION}'".encode())
    finally:
        await db.execute("SELECT pg_advisory_unlock(%s)", (MIGRATION_LOCK,))


async def _made_by(db: psycopg.AsyncConnection) -> str:
    """The version of PgQueuer that made the tables as they are; "" for none."""
    found = await db.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", (NAMES.queue_table,)
    )
    row = await found.fetchone()
    return "" if row is None or row[0] is None else str(row[0])


def _age(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


async def ask_for(jobs: Queries, connection_ids: Sequence[int]) -> list[int]:
    """Have Connections drained by whoever is free; those that were not asked for already.

    One that is being drained at this moment counts as asked for, until its job has ended.
    """
    if not connection_ids:
        return []
    several = len(connection_ids)
    made = await jobs.enqueue(
        [DRAIN] * several,
        [str(connection_id).encode() for connection_id in connection_ids],
        [0] * several,
        dedupe_key=[f"c{connection_id}" for connection_id in connection_ids],
        on_conflict="skip",
    )
    return [
        connection_id
        for connection_id, job_id in zip(connection_ids, made, strict=True)
        if job_id is not None
    ]


async def forget_records(jobs: Queries) -> None:
    """Delete what PgQueuer has noted of jobs that have long ended."""
    await jobs.driver.execute(
        f"DELETE FROM {NAMES.queue_table_log}"  # noqa: S608 - constants of this file
        f" WHERE created < now() - interval '{RECORD_KEPT}'"
    )
