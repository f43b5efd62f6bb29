"""Connecting an account by command: what is wished for, and making or renewing the Connection."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.actionbook import actions
from dealwright.cli import presets
from dealwright.cli.account import KINDS, Account, account, account_of, charge
from dealwright.cli.hub import Hub
from dealwright.cli.signing import Way, signed_in
from dealwright.core.errors import Rejected, Unauthorized, Unavailable, UpstreamError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.people import CLI
from dealwright.core.record import RecordKind, User
from dealwright.core.secret import Secret
from dealwright.pipeline.connecting import Granted, keep, taken_up
from dealwright.pipeline.credentials import sealed_token
from dealwright.pipeline.switch import mirror_usual, switch_on
from dealwright.store.audit import record
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
    """What the command line asks for."""

    base_url: str
    plan: str
    seats: int
    token: Secret | None = None
    name: str | None = None
    presets: bool = True
    deliver: bool = False
    mirrored: bool = True
    fields: dict[RecordKind, str] = field(default_factory=dict[RecordKind, str])
    create_fields: bool = False


class Connected(NamedTuple):
    """What came of it; `skipped` says what the token's user may not do, "" for nothing."""

    made: Connection
    user: User
    skipped: str


async def connected(hub: Hub, wish: Wish) -> Connected:
    """Check the token, then make the Connection, or renew the one to the same account."""
    token = wish.token or Secret("")
    async with account(wish.base_url, token, clock=hub.clock, plan_key=wish.plan) as pipedrive:
        user = await _who(pipedrive, wish)
        fields, skipped = await _external_id_fields(pipedrive, wish)
    sealed = sealed_token(hub.vault, token)
    now_ms = hub.now_ms()

    def change(db: sa.Connection) -> Connection:
        made = _stored(db, replace(wish, fields=fields), user, now_ms=now_ms)
        save_credentials(db, made.id, sealed=sealed)
        charge(db, made.id, pipedrive, at_ms=now_ms)
        noted(db, hub, "connection.connect", made)
        return connection(db, made.id)

    return Connected(await hub.write(change), user, skipped)


def noted(
    db: sa.Connection, hub: Hub, action: str, one: Connection, *, before: Connection | None = None
) -> None:
    """Put what a command did to a Connection into the audit log; credentials are no part of it."""
    record(
        db,
        at_ms=hub.now_ms(),
        principal=CLI,
        action=action,
        target=f"connection:{one.id}",
        before=None if before is None else _told(before),
        after=_told(one),
    )


def _told(one: Connection) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state.value,
        "company": one.company_name,
        "user": one.user_name,
        "plan": one.plan,
        "seats": one.seats,
        "actions": list(one.actions),
        "run": one.run.value,
        "shown": one.shown,
        "is_default": one.is_default,
    }


async def account_behind(hub: Hub, found: Connection, token: Secret) -> User:
    """Whose token that is, at the address of a Connection; raises as `connected`."""
    wish = Wish(base_url=found.base_url, plan=found.plan, seats=found.seats)
    async with account(found.base_url, token, clock=hub.clock, plan_key=found.plan) as pipedrive:
        return await _who(pipedrive, wish)


async def connected_by_oauth(hub: Hub, wish: Wish, way: Way) -> Connected:
    """Have somebody sign in and confirm, then make the Connection, or renew that one."""
    found = await signed_in(hub, way)
    there = replace(wish, base_url=found.granted.credentials.api_domain)
    now_ms = hub.now_ms()

    def change(db: sa.Connection, granted: Granted) -> Connection:
        made = _stored(db, there, granted.user, now_ms=now_ms)
        keep(db, made.id, granted)
        noted(db, hub, "connection.connect", made)
        return connection(db, made.id)

    made = await found.sign_ins.confirm(found.id, change)
    made, skipped = await _with_fields(hub, made, there)
    hub.wake()
    return Connected(made, found.granted.user, skipped)


async def _with_fields(hub: Hub, made: Connection, wish: Wish) -> tuple[Connection, str]:
    """The Connection with its external-id fields, which need a token to be made with."""
    if not wish.create_fields:
        return made, ""
    async with account_of(hub, made) as pipedrive:
        fields, skipped = await _external_id_fields(pipedrive, wish)
    kept = replace(made.defaults, external_id_fields=fields)
    await hub.write(lambda db: set_defaults(db, made.id, defaults=kept))
    return await hub.read(lambda db: connection(db, made.id)), skipped


async def _who(pipedrive: Account, wish: Wish) -> User:
    try:
        return await pipedrive.who()
    except Unavailable as error:
        raise Unavailable(
            f"{wish.base_url} did not answer: is the address right, and is the network there?",
            code=error.code,
        ) from error
    except Unauthorized as error:
        raise Unauthorized(
            f"{wish.base_url} does not take this API token: copy it anew from Pipedrive ({WHERE}).",
            code=error.code,
        ) from error


def _stored(db: sa.Connection, wish: Wish, user: User, *, now_ms: int) -> Connection:
    found = _same_account(db, wish, user)
    if found is None:
        return _made(db, wish, user, now_ms=now_ms)
    return _renewed(db, found, wish, now_ms=now_ms)


def _made(db: sa.Connection, wish: Wish, user: User, *, now_ms: int) -> Connection:
    made = create_connection(
        db,
        NewConnection(
            name=user.company_domain or user.company_name or "" if wish.name is None else wish.name,
            base_url=wish.base_url,
            company_id=user.company_id,
            company_name=user.company_name or "",
            user_id=user.id,
            user_name=user.name,
            plan=wish.plan,
            seats=wish.seats,
            defaults=MatchDefaults(external_id_fields=wish.fields),
            actions=tuple(actions()),
        ),
        now_ms=now_ms,
    )
    if wish.presets:
        presets.enable(db, presets.usual(made.id), now_ms=now_ms)
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


async def _external_id_fields(pipedrive: Account, wish: Wish) -> tuple[dict[RecordKind, str], str]:
    """The fields, and what could not be made: nobody is kept from connecting by that."""
    made: dict[RecordKind, str] = {}
    if not wish.create_fields:
        return wish.fields, ""
    try:
        for kind in KINDS:
            made[kind] = await pipedrive.external_id_field(kind)
    except (Rejected, Unauthorized) as error:
        if error.code not in {"forbidden", "scope_missing"}:
            raise
        return {**made, **wish.fields}, _skipped(error)
    return {**made, **wish.fields}, ""


def _skipped(error: UpstreamError) -> str:
    return (
        "The external-id fields were not made, for this user may not make fields: have an admin "
        f"make text fields, and name their keys with --external-id-field. {error}"
    )
