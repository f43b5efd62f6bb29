"""Who renews a token at this moment, and users who were sent to Pipedrive to allow the app."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dealwright.store.access_tables import renewals, sign_ins
from dealwright.store.statements import upsert


def claim_renewal(
    db: sa.Connection, connection_id: int, *, holder: str, now_ms: int, ttl_ms: int
) -> bool:
    """Take it upon oneself to renew a Connection's token; False while somebody else does."""
    until_ms = now_ms + ttl_ms
    claimed = (
        upsert(db, renewals)
        .values(connection_id=connection_id, holder=holder, until_ms=until_ms)
        .on_conflict_do_update(
            index_elements=["connection_id"],
            set_={"holder": holder, "until_ms": until_ms},
            where=(renewals.c.until_ms <= now_ms) | (renewals.c.holder == holder),
        )
    )
    return db.scalar(claimed.returning(renewals.c.until_ms)) is not None


def end_renewal(db: sa.Connection, connection_id: int, *, holder: str) -> None:
    """Let others renew it again."""
    mine = (renewals.c.connection_id == connection_id) & (renewals.c.holder == holder)
    db.execute(sa.update(renewals).where(mine).values(until_ms=0))


class Stage(StrEnum):
    """How far a sign-in is: sent away, come back, granted, or ended without."""

    SENT = "sent"
    BACK = "back"
    GRANTED = "granted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A user who was sent to Pipedrive.

    `bound_to` is the hash of what only the same browser, or command, has. `sealed` is what was
    granted, for stage GRANTED; `code` and `message` say why not, for ENDED.
    """

    state_hash: str
    bound_to: str
    server: str
    redirect_uri: str
    stage: Stage = Stage.SENT
    code: str = ""
    message: str = ""
    sealed: bytes | None = None
    expires_at_ms: int


def begin_sign_in(db: sa.Connection, new: SignIn, *, now_ms: int) -> None:
    """Remember a user who is sent away; those who never came back are forgotten."""
    db.execute(sa.delete(sign_ins).where(sign_ins.c.expires_at_ms <= now_ms))
    db.execute(
        sa.insert(sign_ins).values(
            state_hash=new.state_hash,
            bound_to=new.bound_to,
            server=new.server,
            redirect_uri=new.redirect_uri,
            stage=Stage.SENT.value,
            code="",
            message="",
            expires_at_ms=new.expires_at_ms,
        )
    )


def come_back(db: sa.Connection, state_hash: str, *, bound_to: str, now_ms: int) -> SignIn | None:
    """The sign-in of a user who comes back, once; None for a state that is not good any more."""
    mine = (
        (sign_ins.c.state_hash == state_hash)
        & (sign_ins.c.bound_to == bound_to)
        & (sign_ins.c.stage == Stage.SENT.value)
        & (sign_ins.c.expires_at_ms > now_ms)
    )
    # Claimed by the UPDATE: two requests with one state are told apart here.
    if not db.execute(sa.update(sign_ins).where(mine).values(stage=Stage.BACK.value)).rowcount:
        return None
    return sign_in(db, state_hash, now_ms=now_ms)


def sign_in(db: sa.Connection, state_hash: str, *, now_ms: int) -> SignIn | None:
    """A sign-in as it is now; None for one that has expired."""
    alive = (sign_ins.c.state_hash == state_hash) & (sign_ins.c.expires_at_ms > now_ms)
    row = db.execute(sa.select(sign_ins).where(alive)).one_or_none()
    return None if row is None else _sign_in(row)


def granted(db: sa.Connection, state_hash: str, *, sealed: bytes) -> None:
    """Keep what was granted until it is confirmed."""
    _settle(db, state_hash, stage=Stage.GRANTED.value, sealed=sealed)


def ended(db: sa.Connection, state_hash: str, *, code: str, message: str) -> None:
    """Say why nothing was granted."""
    _settle(db, state_hash, stage=Stage.ENDED.value, code=code, message=message)


def take_sign_in(db: sa.Connection, state_hash: str) -> bool:
    """Remove a sign-in, whatever became of it; False where somebody was faster."""
    gone = sa.delete(sign_ins).where(sign_ins.c.state_hash == state_hash)
    return bool(db.execute(gone).rowcount)


def _settle(db: sa.Connection, state_hash: str, **values: Any) -> None:
    back = (sign_ins.c.state_hash == state_hash) & (sign_ins.c.stage == Stage.BACK.value)
    db.execute(sa.update(sign_ins).where(back).values(**values))


def _sign_in(row: Any) -> SignIn:
    return SignIn(
        state_hash=row.state_hash,
        bound_to=row.bound_to,
        server=row.server,
        redirect_uri=row.redirect_uri,
        stage=Stage(row.stage),
        code=row.code,
        message=row.message,
        sealed=None if row.sealed is None else bytes(row.sealed),
        expires_at_ms=row.expires_at_ms,
    )
