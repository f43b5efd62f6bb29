"""Webhooks: what Pipedrive is to tell us of each Connection, and whether it can be relied on.

`alive` is the question that the mirror asks: is everything that happens in the account told? Since
`doubted_at_ms` it may not be: the door was closed then, a webhook was just made, or a list held
what should have been told. From then on nothing counts before the mirror has been reconciled.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dealwright.store.seen import unseen
from dealwright.store.statements import upsert
from dealwright.store.tables import mirror_state
from dealwright.store.tables import webhooks as table

#: Without a word for as long, a webhook may be gone: Pipedrive says nothing when it deletes one.
SILENT_MS = 2 * 3_600_000

#: After a message was missed, as long has to pass until a reconciliation that agrees counts.
PROBATION_MS = 30 * 60_000

#: `heard` is written no more often, so that a burst of messages does not fight for one row.
_BETWEEN_HEARD_MS = 60_000

#: Where the table of messages met has the id of a Source; Sources begin with 1.
_PIPEDRIVE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What was agreed with Pipedrive for one Connection.

    `remote_id` is Pipedrive's id, None while nothing is registered; `address` the public address
    that it was registered with; `sealed` holds path and password; `code` and `message` say why
    the last check failed, "" when it did not.
    """

    connection_id: int
    wanted: bool
    sealed: bytes
    address: str
    remote_id: int | None
    code: str
    message: str
    checked_at_ms: int | None
    heard_at_ms: int | None
    doubted_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDoor:
    """Whose messages come in under a path, and the hash of what they have to sign in with."""

    connection_id: int
    auth_hash: str


def webhook(db: sa.Connection, connection_id: int) -> Webhook | None:
    """The webhook of a Connection; None when nobody ever wished for one."""
    row = db.execute(_chosen().where(table.c.connection_id == connection_id)).one_or_none()
    return None if row is None else _webhook(row)


def list_webhooks(db: sa.Connection) -> dict[int, Webhook]:
    """All of them, by Connection."""
    return {row.connection_id: _webhook(row) for row in db.execute(_chosen())}


def first_secrets(
    db: sa.Connection, connection_id: int, *, path_hash: str, auth_hash: str, sealed: bytes
) -> Webhook:
    """Give a Connection that has none its path and password; of two who do, one is the first."""
    new = _new(connection_id, path_hash=path_hash, auth_hash=auth_hash, sealed=sealed)
    db.execute(upsert(db, table).values(new).on_conflict_do_nothing())
    return _webhook(db.execute(_chosen().where(table.c.connection_id == connection_id)).one())


def save_secrets(
    db: sa.Connection, connection_id: int, *, path_hash: str, auth_hash: str, sealed: bytes
) -> Webhook:
    """Give a Connection's webhook a new path and password; nothing is registered with them yet."""
    new = _new(connection_id, path_hash=path_hash, auth_hash=auth_hash, sealed=sealed)
    put = (
        upsert(db, table)
        .values(new)
        .on_conflict_do_update(
            index_elements=["connection_id"],
            set_={
                "path_hash": path_hash,
                "auth_hash": auth_hash,
                "sealed": sealed,
                "remote_id": None,
            },
        )
    )
    return _webhook(db.execute(put.returning(table)).one())


def _new(connection_id: int, **secrets: Any) -> dict[str, Any]:
    plain = {"address": "", "code": "", "message": ""}
    return {"connection_id": connection_id, "wanted": 1, **plain, **secrets}


def remove_webhook(db: sa.Connection, connection_id: int) -> None:
    """Forget path and password: nobody comes in with them any more."""
    db.execute(sa.delete(table).where(table.c.connection_id == connection_id))


def set_wanted(db: sa.Connection, connection_id: int, *, on: bool) -> None:
    """Say whether a person wants to be told; unasked, one does."""
    _update(db, connection_id, wanted=int(on))


def hook_door(db: sa.Connection, path_hash: str) -> HookDoor | None:
    """Who comes in under a path; None for a path that nobody has."""
    chosen = sa.select(table.c.connection_id, table.c.auth_hash).where(
        table.c.path_hash == path_hash, table.c.wanted == 1
    )
    row = db.execute(chosen).one_or_none()
    if row is None:
        return None
    return HookDoor(connection_id=row.connection_id, auth_hash=row.auth_hash)


def claim_check(db: sa.Connection, connection_id: int, *, now_ms: int, every_ms: int) -> bool:
    """Take the check that is due; False when it is not, or somebody else has it."""
    due = table.c.checked_at_ms.is_(None) | (table.c.checked_at_ms <= now_ms - every_ms)
    mine = sa.update(table).where(table.c.connection_id == connection_id, due)
    return bool(db.execute(mine.values(checked_at_ms=now_ms)).rowcount)


def registered(
    db: sa.Connection, connection_id: int, *, remote_id: int, address: str, now_ms: int
) -> None:
    """Pipedrive has it. What happened before a new one was there may have been missed."""
    new = sa.case((table.c.remote_id == remote_id, table.c.doubted_at_ms), else_=now_ms)
    _update(
        db,
        connection_id,
        remote_id=remote_id,
        address=address,
        checked_at_ms=now_ms,
        doubted_at_ms=new,
        code="",
        message="",
    )


def unregistered(
    db: sa.Connection, connection_id: int, *, now_ms: int, code: str = "", message: str = ""
) -> None:
    """Pipedrive does not have it (any more); `code` and `message` say why, if there is a why."""
    _update(db, connection_id, remote_id=None, checked_at_ms=now_ms, code=code, message=message)


def not_checked(
    db: sa.Connection, connection_id: int, *, now_ms: int, code: str, message: str
) -> None:
    """A check got no answer: what was registered is taken to be there still."""
    _update(db, connection_id, checked_at_ms=now_ms, code=code, message=message)


def heard(db: sa.Connection, connection_id: int, *, now_ms: int) -> None:
    """A message came."""
    old = table.c.heard_at_ms.is_(None) | (table.c.heard_at_ms < now_ms - _BETWEEN_HEARD_MS)
    mine = sa.update(table).where(table.c.connection_id == connection_id, old)
    db.execute(mine.values(heard_at_ms=now_ms))


def first_time(db: sa.Connection, connection_id: int, *, message_id: str, now_ms: int) -> bool:
    """Remember a message; whether it is met for the first time (Pipedrive repeats them)."""
    items = [(_PIPEDRIVE, message_id)]
    return unseen(db, connection_id, items=items, at_ms=now_ms)[0]


def doubt_all(db: sa.Connection, *, now_ms: int) -> None:
    """The door was closed for a while, and Pipedrive repeats for three minutes only."""
    db.execute(sa.update(table).values(doubted_at_ms=now_ms))


def missed(db: sa.Connection, connection_id: int, *, now_ms: int) -> None:
    """A list held what a message should have told: believe no messages for a while."""
    _update(db, connection_id, doubted_at_ms=now_ms + PROBATION_MS)


def is_doubted(db: sa.Connection, connection_id: int, now_ms: int) -> bool:
    """Whether nothing but a reconciliation keeps webhooks from being believed: it is due now."""
    found = webhook(db, connection_id)
    if found is None or found.remote_id is None or (found.doubted_at_ms or 0) > now_ms:
        return False
    return _agreed_at_ms(db, connection_id) < (found.doubted_at_ms or 0)


def alive(db: sa.Connection, connection_id: int, now_ms: int) -> bool:
    """Whether all that happens in the account is told, as far as can be known.

    Registered, nothing doubted since every kind of the mirror was reconciled, and a word within two
    hours, be it a message or that reconciliation.
    """
    found = webhook(db, connection_id)
    if found is None or found.remote_id is None:
        return False
    agreed_at_ms = _agreed_at_ms(db, connection_id)
    if not agreed_at_ms or agreed_at_ms < (found.doubted_at_ms or 0):
        return False
    return max(found.heard_at_ms or 0, agreed_at_ms) >= now_ms - SILENT_MS


def _agreed_at_ms(db: sa.Connection, connection_id: int) -> int:
    """Until when everything that was changed is known, of every kind; 0 without a mirror."""
    looked = sa.func.coalesce(mirror_state.c.reconciled_at_ms, mirror_state.c.started_at_ms, 0)
    chosen = sa.select(sa.func.min(looked)).where(
        mirror_state.c.connection_id == connection_id, mirror_state.c.complete_at_ms.is_not(None)
    )
    return db.scalar(chosen) or 0


def _update(db: sa.Connection, connection_id: int, **values: Any) -> None:
    db.execute(sa.update(table).where(table.c.connection_id == connection_id).values(**values))


def _chosen() -> "sa.Select[Any]":
    return sa.select(table)


def _webhook(row: Any) -> Webhook:
    return Webhook(
        connection_id=row.connection_id,
        wanted=bool(row.wanted),
        sealed=bytes(row.sealed),
        address=row.address,
        remote_id=row.remote_id,
        code=row.code,
        message=row.message,
        checked_at_ms=row.checked_at_ms,
        heard_at_ms=row.heard_at_ms,
        doubted_at_ms=row.doubted_at_ms,
    )
