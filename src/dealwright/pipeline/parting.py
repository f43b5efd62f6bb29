"""Parting: a Connection is given up, by a person here or by one at Pipedrive.

What was written in Pipedrive stays there, and our history stays here; tokens and mirror are wiped.
"""

import hmac
from collections.abc import Awaitable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.catalogue import TYPES
from dealwright.core.errors import ConfigError, DealwrightError, StoreUnavailable, Unauthorized
from dealwright.core.people import CLI, PIPEDRIVE, Principal
from dealwright.pipedrive.credentials import OAuth, unpacked
from dealwright.pipeline.connecting import told
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.hookpath import hash_credentials
from dealwright.pipeline.webhooks import Registrar
from dealwright.store import catalogue, mirror
from dealwright.store.audit import record
from dealwright.store.connections import (
    Auth,
    Connection,
    ConnectionState,
    connection,
    credentials,
    list_connections,
    set_pause,
    set_state,
    wipe_credentials,
)
from dealwright.store.delivery_list import hold_open
from dealwright.store.drift import forget_names
from dealwright.store.leases import expel
from dealwright.store.webhooks import remove_webhook, webhook

_log = structlog.get_logger(__name__)

_DISCONNECTED = "A person disconnected it. dealwright connections reconnect takes it up again."
_UNINSTALLED = (
    "The app was uninstalled in Pipedrive. Reconnect, if that was not meant to be: "
    "dealwright connections reconnect NAME."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What came of it: `held` Deliveries, and what could not be cleared away at Pipedrive."""

    held: int
    left_behind: tuple[str, ...] = ()


class _Uninstall(msgspec.Struct, frozen=True):
    client_id: str
    company_id: int
    user_id: int


async def disconnect(
    keyring: Keyring, registrar: Registrar, connection_id: int, *, who: Principal = CLI
) -> Parted:
    """Delete our webhooks, give the grant back, and wipe tokens and mirror.

    What Pipedrive does not let happen is told in `left_behind`; here everything is wiped all the
    same. Raises NotFound and StoreUnavailable.
    """
    left = await clear_away(keyring, registrar, connection_id)
    now_ms = keyring.now_ms()
    held = await keyring.store.write(lambda db: part(db, connection_id, who=who, now_ms=now_ms))
    return Parted(held=held, left_behind=left)


async def clear_away(keyring: Keyring, registrar: Registrar, connection_id: int) -> tuple[str, ...]:
    """Take away at Pipedrive what is ours there; says what could not be, and why.

    Raises NotFound and StoreUnavailable.
    """
    found = await keyring.store.read(lambda db: connection(db, connection_id))
    left: list[str] = []
    if await keyring.store.read(lambda db: webhook(db, connection_id)) is not None:
        await _tried(registrar.switch_off(connection_id), "its webhook", left)
    if found.auth is Auth.OAUTH:
        await _tried(_revoke(keyring, found), "what was granted to the app", left)
    return tuple(left)


def part(db: sa.Connection, connection_id: int, *, who: Principal, now_ms: int) -> int:
    """Wipe here what is of the account, as `who` decided; says how many Deliveries are held."""
    before = connection(db, connection_id)
    held = _parted(
        db,
        connection_id,
        state=ConnectionState.DISABLED,
        reason=_DISCONNECTED,
        code="disconnected",
        now_ms=now_ms,
    )
    _noted(db, before, "connection.disconnect", who=who, now_ms=now_ms)
    _log.info("connection.disconnected", connection_id=connection_id, held=held)
    return held


async def uninstalled(keyring: Keyring, *, pair: bytes, body: bytes) -> int:
    """Take note that a user uninstalled the app; says how many Connections that was.

    `pair` is what Basic authentication brought. Raises Unauthorized (`app_refused`) unless that is
    the app's own, ConfigError (`uninstall_unreadable`), and StoreUnavailable.
    """
    # https://pipedrive.readme.io/docs/app-uninstallation: the answer is ignored.
    app = keyring.the_app()
    ours = hash_credentials(f"{app.client_id}:{app.secret.reveal()}".encode())
    if not hmac.compare_digest(ours, hash_credentials(pair)):
        raise Unauthorized("Sign in with the app's own client id and secret.", code="app_refused")
    try:
        notice = msgspec.json.decode(body, type=_Uninstall)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"That is no uninstall: {error}.", code="uninstall_unreadable") from None
    if notice.client_id != app.client_id:
        raise ConfigError("That is another app's uninstall.", code="uninstall_unreadable")

    def parted(db: sa.Connection) -> list[int]:
        gone = [one for one in list_connections(db) if _is_meant(one, notice)]
        now_ms = keyring.now_ms()
        for one in gone:
            _parted(
                db,
                one.id,
                state=ConnectionState.REAUTH,
                reason=_UNINSTALLED,
                code="reauth",
                now_ms=now_ms,
            )
            _noted(db, one, "connection.uninstall", who=PIPEDRIVE, now_ms=now_ms)
        return [one.id for one in gone]

    gone = await keyring.store.write(parted)
    _log.warning(
        "oauth.uninstalled",
        company_id=notice.company_id,
        user_id=notice.user_id,
        connection_ids=gone,
    )
    return len(gone)


def _is_meant(one: Connection, notice: _Uninstall) -> bool:
    of_user = (one.company_id, one.user_id) == (notice.company_id, notice.user_id)
    return of_user and one.auth is Auth.OAUTH and one.state is not ConnectionState.DISABLED


def _noted(
    db: sa.Connection, before: Connection, action: str, *, who: Principal, now_ms: int
) -> None:
    record(
        db,
        at_ms=now_ms,
        principal=who,
        action=action,
        target=f"connection:{before.id}",
        before=told(before),
        after=told(connection(db, before.id)),
    )


def _parted(
    db: sa.Connection,
    connection_id: int,
    *,
    state: ConnectionState,
    reason: str,
    code: str,
    now_ms: int,
) -> int:
    """Wipe what is of the account; whoever drains it at this moment can write nothing more."""
    expel(db, connection_id)
    wipe_credentials(db, connection_id)
    mirror.wipe(db, connection_id)
    catalogue.forget(db, connection_id, lists=TYPES)
    forget_names(db, connection_id)
    remove_webhook(db, connection_id)
    set_state(db, connection_id, state=state, reason=reason)
    set_pause(db, connection_id, until_ms=None)
    return hold_open(db, connection_id, code=code, message=reason, now_ms=now_ms)


async def _tried(work: Awaitable[object], what: str, left: list[str]) -> None:
    try:
        await work
    except StoreUnavailable:
        raise
    except DealwrightError as error:
        left.append(f"{what}: {error}")


async def _revoke(keyring: Keyring, found: Connection) -> None:
    sealed = await keyring.store.read(lambda db: credentials(db, found.id))
    match unpacked(keyring.vault.open(sealed)):
        case OAuth() as granted:
            server = keyring.server(granted.api_domain)
            try:
                await server.revoke(granted.refresh)
            finally:
                await server.close()
        case _:
            return
