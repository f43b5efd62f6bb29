"""Compact: the database's files made anew, so that deleted rows are not left in free pages."""

import sqlite3
from contextlib import closing

import psycopg

from dealwright.store.engine import Dialect, Store, unavailable


def compact(store: Store) -> None:
    """Leave nothing in the files of what was deleted; writers wait meanwhile.

    SQLite: the index of words is merged, the file is written anew and the log emptied: about a
    second for 100 MB. PostgreSQL: the room of dead rows is given back to its tables, which write
    over it as they grow. Raises StoreUnavailable.
    """
    try:
        _compact(store)
    except (sqlite3.Error, psycopg.Error) as error:
        raise unavailable(error) from error


def _compact(store: Store) -> None:
    with closing(store.driver_connection()) as db:
        if store.dialect is Dialect.SQLITE:
            with store.turns:
                db.execute("INSERT INTO meeting_search (meeting_search) VALUES ('optimize')")
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            db.autocommit = True
            db.execute("VACUUM")
