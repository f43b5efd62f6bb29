"""Webhooks: see to it that Pipedrive tells us of each Connection, at an address that is secret.

One webhook for everything: a user may have 40. Pipedrive signs nothing, so that whoever calls has
to know the path and a password; both are made here, and the store has only their hashes and what
the Vault sealed.
"""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, TypedDict

import msgspec
import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import (
    ConfigError,
    DealwrightError,
    Rejected,
    StoreUnavailable,
    Unauthorized,
    UpstreamError,
)
from dealwright.core.priority import Priority
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.webhooks import EVERYTHING, RemoteWebhook, Webhooks
from dealwright.pipeline.drain import Dial
from dealwright.pipeline.hookpath import PATH, USER, hash_credentials, hash_path
from dealwright.pipeline.spending import spending
from dealwright.store import webhooks as store_of
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    connection,
    credentials,
    list_connections,
)
from dealwright.store.engine import Store
from dealwright.store.secrets import Vault
from dealwright.store.webhooks import Webhook, first_secrets, save_secrets

_log = structlog.get_logger(__name__)

#: Pipedrive deletes a webhook that nobody answered for three days, and says so nowhere.
CHECK_EVERY_MS: Final = 3_600_000

#: After an outage it is tried again sooner.
TRY_AGAIN_MS: Final = 300_000

#: At another address than before the hub has just been started anew; not all its workers at once.
MOVED_AFTER_MS: Final = 10_000

#: How long after its start a worker looks for the first time.
FIRST_LOOK_S: Final = 3.0

#: How often a worker looks whether a check is due; a look into the store costs no tokens.
LOOK_EVERY_S: Final = 60.0

#: Refusals; they last until somebody changes something.
_REFUSED: Final = frozenset(
    {"webhook_limit", "webhook_unreachable", "webhook_scope_missing", "webhook_refused"}
)


class _Hashed(TypedDict):
    """What the store keeps of them."""

    path_hash: str
    auth_hash: str
    sealed: bytes


class _Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What the Vault seals."""

    path: str
    password: str


def address_for(connection: Connection, public_url: str | None) -> str:
    """The public address that Pipedrive can be given; raises ConfigError (`webhook_no_address`).

    Plain http only between a hub and a sandbox on one machine: what is told are people's data.
    """
    if public_url is None:
        raise ConfigError(
            "Pipedrive does not know where this hub is: set DEALWRIGHT_PUBLIC_URL to the https "
            "address under which it can be reached from outside. Without, changes are asked for.",
            code="webhook_no_address",
        )
    if public_url.startswith("https://") or connection.base_url.startswith("http://"):
        return public_url
    raise ConfigError(
        f"Pipedrive tells nothing to {public_url}: DEALWRIGHT_PUBLIC_URL has to begin with "
        "https://. Put a proxy with a certificate in front of the hub.",
        code="webhook_no_address",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Registers webhooks and keeps them registered. `public_url` is None for a hub unreachable."""

    store: Store
    vault: Vault
    dial: Dial
    clock: Clock
    public_url: str | None

    async def run(self) -> None:
        """Check what is due, again and again; ends by being cancelled."""
        every_ms = MOVED_AFTER_MS
        # Pipedrive looks at once whether the address answers, and the web side has just started.
        await self.clock.sleep(FIRST_LOOK_S)
        while True:
            try:
                await self.check_due(moved_after_ms=every_ms)
                every_ms = CHECK_EVERY_MS
            except StoreUnavailable as error:
                _log.warning("webhooks.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - deliveries go on, and it is tried again
                _log.exception("webhooks.not_checked")
            await self.clock.sleep(LOOK_EVERY_S)

    async def check_due(self, *, moved_after_ms: int = CHECK_EVERY_MS) -> None:
        """Check every Connection whose time it is; what goes wrong is written down there.

        `moved_after_ms`: how long ago the last check has to be where the address is another.
        """
        for found in await self.store.read(list_connections):
            if found.state is not ConnectionState.OK:
                continue
            try:
                if await self._is_due(found, moved_after_ms):
                    checked = await self.check(found.id)
                    _log.info("webhook.checked", connection_id=found.id, address=checked.address)
            except StoreUnavailable:
                raise
            except DealwrightError as error:
                _log.warning(
                    "webhook.not_registered",
                    connection_id=found.id,
                    code=error.code,
                    reason=str(error),
                )

    async def check(self, connection_id: int) -> Webhook:
        """Have Pipedrive hold exactly one webhook of ours, or none where a person wants none.

        10 tokens, 20 when it has to be made. Raises ConfigError (`webhook_no_address`) and
        UpstreamError, which say what is in the way; so does the store then.
        """
        found = await self.store.read(lambda db: connection(db, connection_id))
        known = await self._known(found)
        if known.wanted:
            await self._register(found, known)
        else:
            await self._unregister(found, known)
        return await self._known(found)

    async def switch_on(self, connection_id: int) -> Webhook:
        """Want to be told, and see to it at once; raises as `check`."""
        found = await self.store.read(lambda db: connection(db, connection_id))
        await self._known(found)
        await self.store.write(lambda db: store_of.set_wanted(db, connection_id, on=True))
        return await self.check(connection_id)

    async def switch_off(self, connection_id: int) -> Webhook:
        """Want to be told nothing more; path and password are never used again."""
        found = await self.store.read(lambda db: connection(db, connection_id))
        await self._known(found)
        await self.store.write(lambda db: store_of.set_wanted(db, connection_id, on=False))
        checked = await self.check(connection_id)
        await self.store.write(lambda db: save_secrets(db, connection_id, **self._fresh()))
        return checked

    # -- one Connection

    async def _is_due(self, found: Connection, moved_after_ms: int) -> bool:
        """Take the check of a Connection, if it is due and nobody else has it."""
        known = await self.store.read(lambda db: store_of.webhook(db, found.id))
        wanted = known is None or known.wanted
        if wanted and not _can_be_told(found, self.public_url):
            return False
        known = known or await self._known(found)
        if not wanted and known.remote_id is None:
            return False
        now_ms, every_ms = self._now_ms(), self._every_ms(known, moved_after_ms)
        mine = await self.store.write(
            lambda db: store_of.claim_check(db, found.id, now_ms=now_ms, every_ms=every_ms)
        )
        return mine and not _speaks_for_itself(known, self.public_url)

    def _every_ms(self, known: Webhook, moved_after_ms: int) -> int:
        shaky = known.code and known.code not in _REFUSED
        moved = known.wanted and known.address != self.public_url
        every_ms = TRY_AGAIN_MS if shaky else CHECK_EVERY_MS
        return min(every_ms, moved_after_ms) if moved else every_ms

    async def _known(self, found: Connection) -> Webhook:
        """What is known of the webhook; the secrets are made when there are none that open."""
        known = await self.store.read(lambda db: store_of.webhook(db, found.id))
        if known is None:
            return await self.store.write(lambda db: first_secrets(db, found.id, **self._fresh()))
        try:
            self.vault.open(known.sealed)
        except ConfigError:
            made = await self.store.write(lambda db: save_secrets(db, found.id, **self._fresh()))
            # So that the one with the lost secrets is found among those at Pipedrive.
            return replace(made, remote_id=known.remote_id)
        return known

    def _fresh(self) -> "_Hashed":
        fresh = _Secrets(path=secrets.token_urlsafe(32), password=secrets.token_urlsafe(32))
        return _Hashed(
            path_hash=hash_path(fresh.path),
            auth_hash=hash_credentials(f"{USER}:{fresh.password}".encode()),
            sealed=self.vault.seal(msgspec.json.encode(fresh)),
        )

    async def _register(self, found: Connection, known: Webhook) -> None:
        address = address_for(found, self.public_url)
        hidden = msgspec.json.decode(self.vault.open(known.sealed), type=_Secrets)
        url = f"{address}{PATH}{hidden.path}"
        async with self._remote(found) as remote:
            try:
                ours = _ours(await remote.listed(), hidden.path, known)
                good = [one for one in ours if _is_good(one, url)]
                kept = good[0] if good else await _created(remote, found, url, hidden)
                for one in ours:
                    if one.id != kept.id:
                        await remote.delete(one.id)
            except UpstreamError as error:
                raise await self._noted(found.id, _plain(error, address)) from error
        now_ms = self._now_ms()
        await self.store.write(
            lambda db: store_of.registered(
                db, found.id, remote_id=kept.id, address=address, now_ms=now_ms
            )
        )

    async def _unregister(self, found: Connection, known: Webhook) -> None:
        hidden = msgspec.json.decode(self.vault.open(known.sealed), type=_Secrets)
        async with self._remote(found) as remote:
            try:
                for one in _ours(await remote.listed(), hidden.path, known):
                    await remote.delete(one.id)
            except UpstreamError as error:
                raise await self._noted(found.id, _plain(error, known.address)) from error
        now_ms = self._now_ms()
        await self.store.write(lambda db: store_of.unregistered(db, found.id, now_ms=now_ms))

    async def _noted(self, connection_id: int, error: UpstreamError) -> UpstreamError:
        """Write down what is in the way; `error` again, to be raised."""
        now_ms, code, message = self._now_ms(), error.code, str(error)
        # A refusal comes when there is none to be kept; an outage says nothing about what is there.
        write = store_of.unregistered if code in _REFUSED else store_of.not_checked
        await self.store.write(
            lambda db: write(db, connection_id, now_ms=now_ms, code=code, message=message)
        )
        return error

    @asynccontextmanager
    async def _remote(self, found: Connection) -> AsyncGenerator[Webhooks]:
        sealed = await self.store.read(lambda db: credentials(db, found.id))
        client = self.dial(found, sealed)
        try:
            async with spending(client, self.store, of=found, clock=self.clock) as paying:
                yield Webhooks(
                    paying.for_purpose("setup", _nobody_listens, priority=Priority.MEETING)
                )
        finally:
            await client.close()

    def _now_ms(self) -> int:
        return to_ms(self.clock.now())


def _nobody_listens(_: CallRecord) -> None:
    """The Ledger hears of every call by itself."""


def _can_be_told(found: Connection, public_url: str | None) -> bool:
    try:
        address_for(found, public_url)
    except ConfigError:
        return False
    return True


def _speaks_for_itself(known: Webhook, public_url: str | None) -> bool:
    """Whether a message came since the last check: then it is there, and nobody need be asked."""
    if not known.wanted or known.remote_id is None or known.code or known.address != public_url:
        return False
    return (known.heard_at_ms or 0) > (known.checked_at_ms or 0)


def _ours(listed: Sequence[RemoteWebhook], path: str, known: Webhook) -> list[RemoteWebhook]:
    """Those that lead to our secret path, at whatever address; nobody else can know it."""
    return [
        one
        for one in listed
        if one.subscription_url.endswith(f"{PATH}{path}")
        or (one.id == known.remote_id and PATH in one.subscription_url)
    ]


def _is_good(one: RemoteWebhook, url: str) -> bool:
    hears_all = (one.event_action, one.event_object) == (EVERYTHING, EVERYTHING)
    return one.subscription_url == url and hears_all and bool(one.is_active)


async def _created(
    remote: Webhooks, found: Connection, url: str, hidden: _Secrets
) -> RemoteWebhook:
    name = f"Dealwright ({found.name})"[:255]
    return await remote.create(url, name=name, user=USER, password=Secret(hidden.password))


def _plain(error: UpstreamError, address: str) -> UpstreamError:
    """What is in the way, in the words of what was meant to be done."""
    if isinstance(error, Unauthorized) and error.code == "scope_missing":
        return _refusal(
            "webhook_scope_missing",
            "Pipedrive does not let this token or app make webhooks: give the app the scope "
            "“webhooks:full” and sign in again, or use the token of an admin.",
            error,
        )
    if not isinstance(error, Rejected) or error.status not in {400, 403, 422}:
        return error
    if error.status == 422:
        return _refusal(
            "webhook_limit",
            "The token's user has 40 webhooks already, the most that Pipedrive takes: delete one "
            "in Pipedrive (Tools and apps, Webhooks), or connect with another user's token.",
            error,
        )
    if error.status == 403:
        return _refusal(
            "webhook_refused",
            "Pipedrive does not let the token's user make or delete webhooks: use the token of "
            "an admin.",
            error,
        )
    return _refusal(
        "webhook_unreachable",
        f"Pipedrive could not reach {address}: it has to answer from the internet, over https "
        "with a certificate that is not self-signed, and without a redirect.",
        error,
    )


def _refusal(code: str, message: str, error: UpstreamError) -> Rejected:
    return Rejected(message, code=code, status=error.status)
