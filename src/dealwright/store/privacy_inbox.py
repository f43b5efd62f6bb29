"""What recorders sent, sealed: whether it names somebody is known only to who can open it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.privacy import Sought
from dealwright.store.keeping_tables import meeting_holds
from dealwright.store.meeting_inbox import InboxState
from dealwright.store.meeting_tables import meeting_inbox, meeting_reports
from dealwright.store.privacy_scan import Hit, Key, Look, names

#: Opening one takes about 50 µs for each KB.
_WINDOW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class OfInbox:
    """Raw deliveries of recorders; what is still to be read is read first."""

    opened: Callable[[bytes], bytes]
    name: str = "what recorders sent"

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """The inbox alone."""
        return (meeting_inbox,)

    def look(self, db: sa.Connection, sought: Sought, after: Key) -> Look:
        """Open the next ones; those of Meetings under a hold stay."""
        held = sa.exists().where(
            meeting_reports.c.source_id == meeting_inbox.c.source_id,
            meeting_reports.c.key == meeting_inbox.c.meeting_key,
            meeting_reports.c.meeting_id == meeting_holds.c.meeting_id,
        )
        columns = (meeting_inbox.c.id, meeting_inbox.c.body, meeting_inbox.c.received_at_ms)
        chosen = (
            sa.select(*columns, held.label("held"))
            .where(
                meeting_inbox.c.id > (after[0] if after else 0),
                meeting_inbox.c.body.is_not(None),
                meeting_inbox.c.state != InboxState.OPEN.value,
            )
            .order_by(meeting_inbox.c.id)
            .limit(_WINDOW)
        )
        rows = db.execute(chosen).all()
        there = [row for row in rows if names(sought, self.opened(bytes(row.body)))]
        hits = [
            Hit(
                key=(row.id,),
                is_theirs=True,
                row={"id": row.id, "received_at_ms": row.received_at_ms},
            )
            for row in there
            if not row.held
        ]
        following = (rows[-1].id,) if len(rows) == _WINDOW else None
        return Look(hits, following, len(there) - len(hits))

    def erase(self, db: sa.Connection, sought: Sought, hits: Sequence[Hit], now_ms: int) -> int:
        """Keep no longer what was sent; what was made of it has places of its own."""
        del sought, now_ms
        for hit in hits:
            mine = meeting_inbox.c.id == hit.key[0]
            db.execute(sa.update(meeting_inbox).where(mine).values(body=None, reason=""))
        return len(hits)
