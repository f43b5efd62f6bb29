"""Player: the recording of a meeting that is kept here, as its page plays it."""

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.meetings import StoredMeeting


class Player(NamedTuple):
    """Where a recording is played from for some minutes, and what it is."""

    url: str
    mime_type: str

    @property
    def is_video(self) -> bool:
        """Whether there is something to see."""
        return self.mime_type.startswith("video/")


Play = Callable[[sa.Connection, StoredMeeting, str], Player | None]
"""The recording of a meeting for a viewer (`user:3`, `link:7`); None where none is kept."""


def nothing_kept(db: sa.Connection, stored: StoredMeeting, viewer: str) -> Player | None:
    """No recording is kept here."""
    del db, stored, viewer
