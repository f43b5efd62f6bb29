"""Lessons: what people taught a Connection, as whoever resolves and plans for it knows it."""

import sqlalchemy as sa

from dealwright.core.taught import NOTHING, Taught
from dealwright.store.review_teachings import Stamp, stamp, taught


class Lessons:
    """What one Connection was taught; read again only where something was taught since."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id
        self._stamp = Stamp()
        self.taught: Taught = NOTHING

    def heed(self, db: sa.Connection) -> bool:
        """Take over what was taught since; False when nothing was."""
        now = stamp(db, self._connection_id)
        if now == self._stamp:
            return False
        self.taught = taught(db, self._connection_id) if now.number else NOTHING
        self._stamp = now
        return True
