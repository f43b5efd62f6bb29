"""What a request was answered that may come again; in the transaction of what it changed.

Both are there or neither: a repeat finds the answer, or finds nothing done and does it.
"""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import DealwrightError
from dealwright.store.api_tables import repeatable
from dealwright.store.statements import upsert

#: So long a repeat gets the answer of the first.
KEPT_MS = 86_400_000

#: Old answers that go with each new one, at most.
_SWEEP = 100


class AnsweredMeanwhile(DealwrightError):
    """The same request was answered while this one was under way: read that answer."""

    code = "answered_meanwhile"


class Answered(NamedTuple):
    """A stored answer; `fingerprint` is of the request, `sealed` the body."""

    fingerprint: str
    status: int
    sealed: bytes


def answered(db: sa.Connection, principal: str, *, key: str, now_ms: int) -> Answered | None:
    """What a request of this principal and key was answered; None: it has not come yet."""
    chosen = sa.select(repeatable.c.fingerprint, repeatable.c.status, repeatable.c.sealed).where(
        repeatable.c.principal == principal,
        repeatable.c.key == key,
        repeatable.c.created_at_ms > now_ms - KEPT_MS,
    )
    row = db.execute(chosen).one_or_none()
    return None if row is None else Answered(row.fingerprint, row.status, bytes(row.sealed))


def keep_answer(
    db: sa.Connection, principal: str, *, key: str, answer: Answered, now_ms: int
) -> None:
    """Keep an answer for a day, and let go of old ones.

    Of two that come at once the second waits for the first to commit, and raises AnsweredMeanwhile.
    """
    old = repeatable.c.created_at_ms <= now_ms - KEPT_MS
    db.execute(
        sa.delete(repeatable).where(
            old, repeatable.c.principal == principal, repeatable.c.key == key
        )
    )
    some = (
        sa.select(repeatable.c.principal, repeatable.c.key)
        .where(old)
        .order_by(repeatable.c.created_at_ms)
        .limit(_SWEEP)
    )
    whose = sa.tuple_(repeatable.c.principal, repeatable.c.key)
    db.execute(sa.delete(repeatable).where(whose.in_(some)))
    kept = (
        upsert(db, repeatable)
        .values(
            principal=principal,
            key=key,
            fingerprint=answer.fingerprint,
            status=answer.status,
            sealed=answer.sealed,
            created_at_ms=now_ms,
        )
        .on_conflict_do_nothing(index_elements=["principal", "key"])
        .returning(repeatable.c.status)
    )
    if db.scalar(kept) is None:
        raise AnsweredMeanwhile("The same request is being answered. Send it again.")
