"""The review queue: Deliveries that are held or failed with a code that a person decides of."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.delivery_list import Delivery, deliveries_by_id
from dealwright.store.review_tables import review_questions
from dealwright.store.tables import IS_STUCK, deliveries

_Condition = sa.ColumnElement[bool] | sa.TextClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Which Deliveries belong to it: held with one of these codes, failed with none of those."""

    held: Collection[str]
    not_failed: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which of them; whatever is not given does not narrow.

    `codes` are wanted and `not_codes` are not, `same` is the question that they share.
    """

    connection_id: int | None = None
    mapping_id: int | None = None
    codes: Collection[str] | None = None
    not_codes: Collection[str] = ()
    same: str = ""
    delivery_id: int | None = None
    meeting_id: int | None = None


def find_reviewed(
    db: sa.Connection,
    where: QueueFilter,
    reviewed: Reviewed,
    *,
    limit: int,
    before: int | None = None,
) -> list[Delivery]:
    """What waits for people, newest first; `before` is the last id of the page before."""
    chosen = sa.select(deliveries.c.id).where(*_conditions(where, reviewed))
    if before is not None:
        chosen = chosen.where(deliveries.c.id < before)
    ids = list(db.scalars(chosen.order_by(deliveries.c.id.desc()).limit(limit)))
    return deliveries_by_id(db, ids)[::-1]


def count_reviewed(
    db: sa.Connection, where: QueueFilter, reviewed: Reviewed
) -> dict[tuple[int, str], int]:
    """How many wait, by Connection and code."""
    chosen = (
        sa.select(deliveries.c.connection_id, deliveries.c.code, sa.func.count())
        .where(*_conditions(where, reviewed))
        .group_by(deliveries.c.connection_id, deliveries.c.code)
    )
    return {(connection, code): count for connection, code, count in db.execute(chosen)}


def oldest_reviewed_ms(db: sa.Connection, connection_id: int, reviewed: Reviewed) -> int | None:
    """Since when the one has waited that has waited longest; None when nothing waits."""
    where = QueueFilter(connection_id=connection_id)
    oldest = sa.select(sa.func.min(deliveries.c.updated_at_ms))
    return db.scalar(oldest.where(*_conditions(where, reviewed)))


def _conditions(where: QueueFilter, reviewed: Reviewed) -> list[_Condition]:
    wanted = {
        "connection_id": where.connection_id,
        "mapping_id": where.mapping_id,
        "id": where.delivery_id,
        "meeting_id": where.meeting_id,
    }
    found: list[_Condition] = [IS_STUCK, _belongs(reviewed)]
    found += [deliveries.c[name] == value for name, value in wanted.items() if value is not None]
    if where.codes is not None:
        found.append(deliveries.c.code.in_(where.codes))
    if where.not_codes:
        found.append(deliveries.c.code.not_in(where.not_codes))
    if where.same:
        found.append(_asks(where.same))
    return found


def _belongs(reviewed: Reviewed) -> sa.ColumnElement[bool]:
    state, code = deliveries.c.state, deliveries.c.code
    held = (state == State.HELD.value) & code.in_(reviewed.held)
    return held | ((state == State.FAILED.value) & code.not_in(reviewed.not_failed))


def _asks(same: str) -> sa.ColumnElement[bool]:
    table: Any = review_questions
    return sa.exists().where(
        table.c.delivery_id == deliveries.c.id,
        table.c.connection_id == deliveries.c.connection_id,
        table.c.code == deliveries.c.code,
        table.c.same == same,
    )
