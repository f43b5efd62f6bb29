"""Sessions of people, how often they tried, and those who are at the OpenID provider just now."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.store.people import User, user_of
from dealwright.store.people_tables import oidc_visits, sessions, tries, users
from dealwright.store.statements import upsert


class Stage(StrEnum):
    """How far a sign-in is."""

    SECOND_FACTOR = "second_factor"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that begins; of its token only the hash. `method` is how somebody was known."""

    token_hash: str
    user_id: int
    stage: Stage
    method: str
    address: str
    agent: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it is now."""

    id: int
    user_id: int
    stage: Stage
    method: str
    address: str
    agent: str
    created_at_ms: int
    seen_at_ms: int
    expires_at_ms: int


def begin_session(db: sa.Connection, new: NewSession, *, now_ms: int) -> int:
    """Keep a new session; what has expired is forgotten."""
    for table, expires in (
        (sessions, sessions.c.expires_at_ms),
        (tries, tries.c.until_ms),
        (oidc_visits, oidc_visits.c.expires_at_ms),
    ):
        db.execute(sa.delete(table).where(expires <= now_ms))
    made = sa.insert(sessions).values(
        token_hash=new.token_hash,
        user_id=new.user_id,
        stage=new.stage.value,
        method=new.method,
        address=new.address,
        agent=new.agent[:200],
        created_at_ms=now_ms,
        seen_at_ms=now_ms,
        expires_at_ms=new.expires_at_ms,
        tries=0,
    )
    return db.execute(made.returning(sessions.c.id)).scalar_one()


def open_session(
    db: sa.Connection, token_hash: str, *, now_ms: int, idle_ms: int
) -> tuple[Session, User] | None:
    """The session of a token, and whose it is as they are now; None for one that is over."""
    found = db.execute(
        sa.select(sessions).where(sessions.c.token_hash == token_hash, _alive(now_ms, idle_ms))
    ).one_or_none()
    if found is None:
        return None
    owner = db.execute(sa.select(users).where(users.c.id == found.user_id)).one()
    return _session(found), user_of(owner)


def list_sessions(
    db: sa.Connection, *, user_id: int | None = None, now_ms: int, idle_ms: int
) -> list[Session]:
    """Those that are not over, newest first; of one user or of all."""
    chosen = sa.select(sessions).where(_alive(now_ms, idle_ms)).order_by(sessions.c.id.desc())
    if user_id is not None:
        chosen = chosen.where(sessions.c.user_id == user_id)
    return [_session(row) for row in db.execute(chosen)]


def touch_session(db: sa.Connection, session_id: int, *, now_ms: int) -> None:
    """Note that a session is in use."""
    db.execute(sa.update(sessions).where(sessions.c.id == session_id).values(seen_at_ms=now_ms))


def count_session_try(db: sa.Connection, session_id: int) -> int:
    """Count a try at the second factor; how many there were with this one, 0 for no session."""
    counted = (
        sa.update(sessions)
        .where(sessions.c.id == session_id)
        .values(tries=sessions.c.tries + 1)
        .returning(sessions.c.tries)
    )
    return db.scalar(counted) or 0


def end_session(db: sa.Connection, session_id: int) -> bool:
    """End one session; False when it was over."""
    return bool(db.execute(sa.delete(sessions).where(sessions.c.id == session_id)).rowcount)


def end_sessions(db: sa.Connection, user_id: int, *, but: int | None = None) -> int:
    """End all sessions of somebody, but perhaps one; how many those were."""
    mine = sessions.c.user_id == user_id
    if but is not None:
        mine &= sessions.c.id != but
    return db.execute(sa.delete(sessions).where(mine)).rowcount


class Tries(NamedTuple):
    """How often something was tried in the window that is open, and when that closes."""

    made: int
    until_ms: int


def count_try(db: sa.Connection, key: str, *, now_ms: int, window_ms: int) -> Tries:
    """Count a try before it is made, so that of many at once none is free."""
    is_over = tries.c.until_ms <= now_ms
    counted = (
        upsert(db, tries)
        .values(key=key, count=1, until_ms=now_ms + window_ms)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": sa.case((is_over, 1), else_=tries.c.count + 1),
                "until_ms": sa.case((is_over, now_ms + window_ms), else_=tries.c.until_ms),
            },
        )
        .returning(tries.c.count, tries.c.until_ms)
    )
    return Tries._make(db.execute(counted).one())


def take_try_back(db: sa.Connection, key: str) -> None:
    """Uncount one try: it was a good one."""
    some = (tries.c.key == key) & (tries.c.count > 0)
    db.execute(sa.update(tries).where(some).values(count=tries.c.count - 1))


def forget_tries(db: sa.Connection, key: str) -> None:
    """Begin to count anew."""
    db.execute(sa.delete(tries).where(tries.c.key == key))


def begin_visit(
    db: sa.Connection, state_hash: str, *, bound_to: str, sealed: bytes, expires_at_ms: int
) -> None:
    """Remember somebody who is sent to the OpenID provider."""
    db.execute(
        sa.insert(oidc_visits).values(
            state_hash=state_hash, bound_to=bound_to, sealed=sealed, expires_at_ms=expires_at_ms
        )
    )


def end_visit(db: sa.Connection, state_hash: str, *, bound_to: str, now_ms: int) -> bytes | None:
    """What was sealed for somebody who comes back, once; None for whom nobody waits."""
    mine = (
        (oidc_visits.c.state_hash == state_hash)
        & (oidc_visits.c.bound_to == bound_to)
        & (oidc_visits.c.expires_at_ms > now_ms)
    )
    taken = sa.delete(oidc_visits).where(mine).returning(oidc_visits.c.sealed)
    sealed = db.scalar(taken)
    return None if sealed is None else bytes(sealed)


def _alive(now_ms: int, idle_ms: int) -> sa.ColumnElement[bool]:
    return (sessions.c.expires_at_ms > now_ms) & (sessions.c.seen_at_ms > now_ms - idle_ms)


def _session(row: Any) -> Session:
    return Session(
        id=row.id,
        user_id=row.user_id,
        stage=Stage(row.stage),
        method=row.method,
        address=row.address,
        agent=row.agent,
        created_at_ms=row.created_at_ms,
        seen_at_ms=row.seen_at_ms,
        expires_at_ms=row.expires_at_ms,
    )
