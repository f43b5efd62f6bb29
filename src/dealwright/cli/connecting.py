"""Connecting an account by command: what is wished for, and making or renewing the Connection."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.actionbook import actions
from dealwright.cli.account import account_of, keyring_of
from dealwright.cli.hub import Hub
from dealwright.cli.signing import Way, signed_in
from dealwright.core.record import User
from dealwright.core.secret import Secret
from dealwright.pipeline import admission
from dealwright.pipeline.admission import admitted, check_token
from dealwright.pipeline.connecting import Granted, keep, told
from dealwright.pipeline.idfields import id_fields
from dealwright.store.connections import Connection, connection, set_defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(admission.Wish):
    """What the command line asks for."""

    token: Secret | None = None
    create_fields: bool = False


class Connected(NamedTuple):
    """What came of it; `skipped` says what the token's user may not do, "" for nothing."""

    made: Connection
    user: User
    skipped: str


async def connected(hub: Hub, wish: Wish) -> Connected:
    """Check the token, then make the Connection, or renew the one to the same account."""
    checked = await check_token(keyring_of(hub), wish.base_url, wish.token or Secret(""))
    now_ms = hub.now_ms()

    def change(db: sa.Connection) -> Connection:
        made = admitted(db, wish, checked.user, actions=actions(), now_ms=now_ms)
        checked.keep(db, made.id, now_ms=now_ms)
        noted(db, hub, "connection.connect", made)
        return connection(db, made.id)

    made = await hub.write(change)
    made, skipped = await _with_fields(hub, made, wish)
    return Connected(made, checked.user, skipped)


def noted(
    db: sa.Connection, hub: Hub, action: str, one: Connection, *, before: Connection | None = None
) -> None:
    """Put what a command did to a Connection into the audit log; credentials are no part of it."""
    was = None if before is None else told(before)
    hub.note(db, action, f"connection:{one.id}", before=was, after=told(one))


async def connected_by_oauth(hub: Hub, wish: Wish, way: Way) -> Connected:
    """Have somebody sign in and confirm, then make the Connection, or renew that one."""
    found = await signed_in(hub, way)
    there = replace(wish, base_url=found.granted.credentials.api_domain)
    now_ms = hub.now_ms()

    def change(db: sa.Connection, granted: Granted) -> Connection:
        made = admitted(db, there, granted.user, actions=actions(), now_ms=now_ms)
        keep(db, made.id, granted)
        noted(db, hub, "connection.connect", made)
        return connection(db, made.id)

    made = await found.sign_ins.confirm(found.id, change)
    made, skipped = await _with_fields(hub, made, there)
    hub.wake()
    return Connected(made, found.granted.user, skipped)


async def _with_fields(hub: Hub, made: Connection, wish: Wish) -> tuple[Connection, str]:
    """The Connection with its external-id fields, and what its user may not make of them."""
    if not wish.create_fields:
        return made, ""
    async with account_of(hub, made) as pipedrive:
        found, skipped = await id_fields(pipedrive.records)
    kept = replace(made.defaults, external_id_fields={**found, **wish.fields})
    await hub.write(lambda db: set_defaults(db, made.id, defaults=kept))
    return await hub.read(lambda db: connection(db, made.id)), skipped
