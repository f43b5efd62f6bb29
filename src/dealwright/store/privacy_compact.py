"""Compact: the database's files made anew, so that deleted rows are not left in free pages."""

from contextlib import closing

from dealwright.store.engine import Dialect, Store


def compact(store: Store) -> None:
    """Leave nothing in the files of what was deleted; writers wait meanwhile.

    SQLite: the index of words is merged, the file is written anew and the log emptied: about a
    second for 100 MB. PostgreSQL: the room of dead rows is given back to its tables, which write
    over it as they grow. Raises StoreUnavailable.
    """
    with closing(store.driver_connection()) as db:
        if store.dialect is Dialect.SQLITE:
            with store.turns:
                db.execute("INSERT INTO meeting_search (meeting_search) VALUES ('optimize')")
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            db.autocommit = True
            db.execute("VACUUM")
