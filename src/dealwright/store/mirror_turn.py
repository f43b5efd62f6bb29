"""Mirror turn: the mirror of a Connection is written by one transaction at a time.

SQLite has one writer anyway. On PostgreSQL a page of records that are known in part is locked in
pieces: two pages would wait for each other, whatever order each of them keeps.
"""

from typing import Final

import sqlalchemy as sa

#: Beside it stands the Connection; locks of two numbers are others than those of one.
_MIRROR: Final = 0x6D69_7272


def take_turn(db: sa.Connection, connection_id: int) -> None:
    """Wait until no other transaction writes this mirror; others wait until this one ends.

    To be taken before any row of the mirror is locked, and of its state.
    """
    if db.dialect.name == "postgresql":
        of = (_MIRROR, connection_id & 0x7FFF_FFFF)
        db.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, %s)", of)
