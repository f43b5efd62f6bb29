"""Admission: an account becomes a Connection, or the Connection to it is renewed.

Commands and the API do it by these same functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.errors import ConfigError, Unauthorized, Unavailable
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind, User
from dealwright.core.secret import Secret
from dealwright.pipedrive.badge import api_token
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipeline import presets
from dealwright.pipeline.connecting import taken_up
from dealwright.pipeline.credentials import Keyring, sealed_token
from dealwright.pipeline.switch import mirror_usual, switch_on
from dealwright.store.behaviour import set_account
from dealwright.store.budget import spend
from dealwright.store.connections import (
    Connection,
    NewConnection,
    connection,
    create_connection,
    list_connections,
    save_credentials,
    set_defaults,
)

#: Where a user finds the API token in Pipedrive.
WHERE = "Settings, Personal preferences, API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for by who connects an account; `name` None: as its domain."""

    base_url: str
    plan: str
    seats: int
    name: str | None = None
    presets: bool = True
    deliver: bool = False
    mirrored: bool = True
    fields: Mapping[RecordKind, str] = field(default_factory=dict[RecordKind, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An API token that Pipedrive takes, as the store keeps it, and whose it is."""

    user: User
    sealed: bytes
    tokens: int
    calls: int

    def keep(self, db: sa.Connection, connection_id: int, *, now_ms: int) -> None:
        """Let a Connection sign in with it, and charge what the check has cost."""
        save_credentials(db, connection_id, sealed=self.sealed)
        spend(
            db,
            connection_id,
            at_ms=now_ms,
            purpose="setup",
            tokens=self.tokens,
            calls=self.calls,
        )


def token_page(base_url: str) -> str:
    """The page of an account that shows its user's API token."""
    # https://support.pipedrive.com/en/article/how-can-i-find-my-personal-api-key
    return f"{base_url}/settings/api"


async def check_token(keyring: Keyring, base_url: str, token: Secret) -> Checked:
    """Ask Pipedrive whose API token that is; 2 tokens.

    `base_url` has been validated. Raises Unauthorized, Unavailable and the rest of UpstreamError.
    """
    calls: list[CallRecord] = []
    client = Client(
        sender=keyring.open_sender(base_url, api_token(token)),
        clock=keyring.clock,
        gate=Gate(keyring.clock, burst=1),
        purpose="setup",
        on_call=calls.append,
    )
    try:
        user = await Records(client).me()
    except (Unavailable, Unauthorized) as error:
        raise told_plainly(error, base_url) from error
    finally:
        await client.close()
    return Checked(
        user=user,
        sealed=sealed_token(keyring.vault, token),
        tokens=sum(one.call.tokens for one in calls),
        calls=len(calls),
    )


def told_plainly(error: Unavailable | Unauthorized, base_url: str) -> Unavailable | Unauthorized:
    """The same error, as somebody needs it who has just typed address and token."""
    if isinstance(error, Unavailable):
        return Unavailable(
            f"{base_url} did not answer: is the address right, and is the network there?",
            code=error.code,
        )
    return Unauthorized(
        f"{base_url} does not take this API token: copy it anew from Pipedrive ({WHERE}), "
        f"{token_page(base_url)}.",
        code=error.code,
    )


def admitted(
    db: sa.Connection, wish: Wish, user: User, *, actions: Mapping[str, Action], now_ms: int
) -> Connection:
    """Make the Connection that is wished for, or take up the one to the same account.

    Its credentials are the caller's to keep. All `actions` are on for a new one.
    """
    found = _same_account(db, wish, user)
    if found is None:
        return _made(db, wish, user, actions=actions, now_ms=now_ms)
    return _renewed(db, found, wish, now_ms=now_ms)


def see_that_it_is_the_same(found: Connection, user: User) -> None:
    """Raise ConfigError (`other_account`): Links and Mappings belong to the company of before."""
    if found.company_id not in {None, user.company_id}:
        raise ConfigError(
            f"That is a token of {user.company_name}, and {found.name} belongs to "
            f"{found.company_name}. To connect another company, make another Connection.",
            code="other_account",
        )


def again_by_token(
    db: sa.Connection, connection_id: int, checked: Checked, *, now_ms: int
) -> Connection:
    """Let a Connection sign in with another API token; what was held for that goes on.

    Raises ConfigError (`other_account`).
    """
    found, user = connection(db, connection_id), checked.user
    see_that_it_is_the_same(found, user)
    set_account(
        db,
        connection_id,
        base_url=found.base_url,
        company=(user.company_id, user.company_name or ""),
        user=(user.id, user.name),
    )
    checked.keep(db, connection_id, now_ms=now_ms)
    taken_up(db, connection_id, now_ms=now_ms)
    return connection(db, connection_id)


def _made(
    db: sa.Connection, wish: Wish, user: User, *, actions: Mapping[str, Action], now_ms: int
) -> Connection:
    domain = user.company_domain or user.company_name or ""
    made = create_connection(
        db,
        NewConnection(
            name=domain if wish.name is None else wish.name,
            base_url=wish.base_url,
            company_id=user.company_id,
            company_name=user.company_name or "",
            user_id=user.id,
            user_name=user.name,
            plan=wish.plan,
            seats=wish.seats,
            defaults=MatchDefaults(external_id_fields=wish.fields),
            actions=tuple(actions),
        ),
        now_ms=now_ms,
    )
    if wish.presets:
        presets.enable(db, presets.usual(made.id, actions), now_ms=now_ms)
    if wish.deliver:
        _turn_on(db, made.id, wish, now_ms=now_ms)
    return connection(db, made.id)


def _renewed(db: sa.Connection, found: Connection, wish: Wish, *, now_ms: int) -> Connection:
    taken_up(db, found.id, now_ms=now_ms)
    if wish.fields:
        kept = replace(found.defaults, external_id_fields=wish.fields)
        set_defaults(db, found.id, defaults=kept)
    if wish.deliver:
        _turn_on(db, found.id, wish, now_ms=now_ms)
    return connection(db, found.id)


def _turn_on(db: sa.Connection, connection_id: int, wish: Wish, *, now_ms: int) -> None:
    switch_on(db, connection_id)
    if wish.mirrored:
        mirror_usual(db, connection_id, now_ms=now_ms)


def _same_account(db: sa.Connection, wish: Wish, user: User) -> Connection | None:
    for one in list_connections(db):
        same = one.base_url == wish.base_url and one.company_id == user.company_id
        if same and wish.name in {None, one.name}:
            return one
    return None
