"""Connecting: a Connection comes about, or is signed in anew, with what was granted to the app."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.record import RecordKind, User
from dealwright.pipedrive.credentials import OAuth
from dealwright.pipedrive.scopes import Need, missing, needed
from dealwright.pipeline.switch import mirror_usual, resume
from dealwright.store.behaviour import set_account
from dealwright.store.connections import (
    EVERY_ACTION,
    Auth,
    Connection,
    ConnectionState,
    NewConnection,
    connection,
    create_connection,
    list_connections,
    save_credentials,
)

_SIGNED_OUT: Final = frozenset({ConnectionState.DISABLED, ConnectionState.REAUTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a user granted, and who they are; not stored as a Connection's before it is confirmed.

    `sealed` are the credentials as the store keeps them.
    """

    credentials: OAuth
    sealed: bytes
    user: User

    @property
    def domain(self) -> str:
        """The account's address without the scheme."""
        return self.credentials.api_domain.partition("://")[2]


def told(one: Connection) -> dict[str, object]:
    """What the audit log says of a Connection; credentials are no part of it."""
    return {
        "name": one.name,
        "state": one.state.value,
        "company": one.company_name,
        "user": one.user_name,
        "auth": one.auth.value,
        "plan": one.plan,
        "seats": one.seats,
        "actions": list(one.actions),
        "run": one.run.value,
        "shown": one.shown,
        "is_default": one.is_default,
    }


def lacking(one: Connection, kinds: Iterable[RecordKind], *, webhooks: bool) -> tuple[Need, ...]:
    """What a Connection's app was not granted though its open doors need it, by name.

    `kinds` are those that its Actions write. Empty for an API token, which may what its user may.
    """
    if one.auth is not Auth.OAUTH:
        return ()
    return missing(needed(set(kinds), webhooks=webhooks), one.scopes)


def connect(
    db: sa.Connection,
    granted: Granted,
    *,
    name: str,
    plan: str,
    seats: int,
    actions: Sequence[str] = EVERY_ACTION,
    now_ms: int,
) -> Connection:
    """Make a Connection of what was granted, event delivery off."""
    user = granted.user
    new = NewConnection(
        name=name,
        base_url=granted.credentials.api_domain,
        company_id=user.company_id,
        company_name=user.company_name or "",
        user_id=user.id,
        user_name=user.name,
        plan=plan,
        seats=seats,
        actions=tuple(actions),
    )
    made = create_connection(db, new, now_ms=now_ms)
    keep(db, made.id, granted)
    return connection(db, made.id)


def reconnect(
    db: sa.Connection, connection_id: int, granted: Granted, *, now_ms: int
) -> Connection:
    """Sign a Connection in anew; what was held for that goes on.

    Raises ConfigError (`other_account`): its Links and Mappings belong to the company of before.
    """
    found, user = connection(db, connection_id), granted.user
    if found.company_id not in {None, user.company_id}:
        raise ConfigError(
            f"That is {user.company_name or 'another company'} ({granted.domain}), and "
            f"{found.name} belongs to {found.company_name}. Sign in to that company, or make "
            "another Connection: dealwright connect --oauth.",
            code="other_account",
        )
    set_account(
        db,
        connection_id,
        base_url=granted.credentials.api_domain,
        company=(user.company_id, user.company_name or ""),
        user=(user.id, user.name),
    )
    keep(db, connection_id, granted)
    taken_up(db, connection_id, now_ms=now_ms)
    return connection(db, connection_id)


def taken_up(db: sa.Connection, connection_id: int, *, now_ms: int) -> int:
    """Use a Connection again; a mirror that was wiped is filled anew. How many Deliveries go on."""
    if connection(db, connection_id).delivering:
        mirror_usual(db, connection_id, now_ms=now_ms)
    return resume(db, connection_id, now_ms=now_ms)


def keep(db: sa.Connection, connection_id: int, granted: Granted) -> None:
    """Let a Connection sign in with what was granted."""
    save_credentials(
        db,
        connection_id,
        sealed=granted.sealed,
        auth=Auth.OAUTH,
        scopes=granted.credentials.scopes,
    )


def same_grant(db: sa.Connection, granted: Granted) -> list[Connection]:
    """Connections that the same user signed in to the same account: Pipedrive has one grant."""
    user = granted.user
    whose = (granted.credentials.api_domain, user.company_id, user.id)
    return [
        one
        for one in list_connections(db)
        if one.auth is Auth.OAUTH
        and one.state not in _SIGNED_OUT
        and (one.base_url, one.company_id, one.user_id) == whose
    ]
