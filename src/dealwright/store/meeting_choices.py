"""Choices: whom people say a guest of a Meeting is, whatever rules would say."""

from typing import Final, NamedTuple

import sqlalchemy as sa

from dealwright.store.meeting_tables import meeting_choices as table
from dealwright.store.statements import upsert

#: In the place of a person's id: none of those that are there, make one.
NEW_PERSON: Final = 0


class Choice(NamedTuple):
    """A guest (`slot`) is a person; what was written about others is removed, or stays."""

    slot: str
    person_id: int
    removes: bool


def put_choice(
    db: sa.Connection, meeting_id: int, *, choice: Choice, chosen_by: str, now_ms: int
) -> None:
    """Keep a choice in the place of an earlier one for the same guest."""
    values = {
        "person_id": choice.person_id,
        "removes": int(choice.removes),
        "chosen_by": chosen_by,
        "chosen_at_ms": now_ms,
    }
    row = upsert(db, table).values(meeting_id=meeting_id, slot=choice.slot, **values)
    db.execute(row.on_conflict_do_update(index_elements=["meeting_id", "slot"], set_=values))


def drop_choice(db: sa.Connection, meeting_id: int, *, slot: str) -> None:
    """Let the rules choose again."""
    mine = (table.c.meeting_id == meeting_id) & (table.c.slot == slot)
    db.execute(sa.delete(table).where(mine))


def choices_of(db: sa.Connection, meeting_id: int) -> list[Choice]:
    """The choices for a Meeting."""
    rows = db.execute(
        sa.select(table.c.slot, table.c.person_id, table.c.removes)
        .where(table.c.meeting_id == meeting_id)
        .order_by(table.c.slot)
    )
    return [Choice(row.slot, row.person_id, bool(row.removes)) for row in rows]
