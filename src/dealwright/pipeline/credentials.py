"""Credentials: what every process opens a Connection's account with, renewed by one for all."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import ConfigError, NotFound, Unauthorized, Unavailable
from dealwright.core.secret import Secret
from dealwright.pipedrive.badge import Badge, Proof, api_token, bearer
from dealwright.pipedrive.credentials import ApiToken, OAuth, packed, unpacked
from dealwright.pipedrive.oauth import App, OAuthServer, server_for
from dealwright.store.connections import Connection, credentials, replace_credentials
from dealwright.store.engine import Store
from dealwright.store.oauth import claim_renewal, end_renewal
from dealwright.store.secrets import Vault

if TYPE_CHECKING:
    from dealwright.pipedrive.sender import Sender

#: Opens a Sender to an address, which shows a badge there.
OpenSender = Callable[[str, Badge], "Sender"]

_log = structlog.get_logger(__name__)

#: An access token lives an hour; this long before its end it is renewed.
RENEW_BEFORE_MS: Final = 300_000

#: Nobody renews for longer: two requests' patience.
_CLAIM_MS: Final = 60_000

#: How often those who wait look whether it is renewed.
_LOOK_AGAIN_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """What credentials are opened and renewed with; `app` is None where OAuth is not set up."""

    store: Store
    vault: Vault
    clock: Clock
    app: App | None
    open_sender: OpenSender

    def badge(self, found: Connection, sealed: bytes) -> Badge:
        """What a Connection shows with its requests.

        Raises ConfigError: `wrong_key`, `no_app`, `invalid_token`.
        """
        match unpacked(self.vault.open(sealed)):
            case ApiToken(token=token):
                return api_token(token)
            case OAuth() as granted:
                self.the_app()
                return OAuthBadge(Renewal(self, found), _Known(sealed, granted))

    def the_app(self) -> App:
        """The app of the settings; raises ConfigError (`no_app`)."""
        if self.app is None:
            raise ConfigError(
                "OAuth needs an app: set DEALWRIGHT_PIPEDRIVE_CLIENT_ID and "
                "DEALWRIGHT_PIPEDRIVE_CLIENT_SECRET to those of yours in Pipedrive's "
                "Developer Hub (docs/connections.md).",
                code="no_app",
            )
        return self.app

    def server(self, base_url: str) -> OAuthServer:
        """The OAuth server of an account, to be closed by the caller; raises as `the_app`."""
        address = server_for(base_url)
        return OAuthServer(self.open_sender(address, self.the_app().badge), server=address)

    def now_ms(self) -> int:
        """The present moment, as tables store it."""
        return to_ms(self.clock.now())


@dataclass(frozen=True, slots=True)
class _Known:
    """Credentials as they stood in the store, and opened."""

    sealed: bytes = field(repr=False)
    granted: OAuth


class OAuthBadge:
    """The access token of a Connection; renewed before it expires, and once when it is refused."""

    def __init__(self, renewal: "Renewal", known: _Known) -> None:
        self._renewal = renewal
        self._known = known
        self._turn = asyncio.Lock()
        self._ended: Unauthorized | None = None

    async def proof(self) -> Proof:
        """A token that lives for some minutes more."""
        if not self._renewal.is_fresh(self._known.granted):
            await self._renew(self._known)
        return bearer(self._known.granted.access)

    async def after_refusal(self, refused: Proof) -> Proof | None:
        """Another token than the refused one: what others have renewed meanwhile, or a new one."""
        known = self._known
        if known.granted.access == refused.token:
            await self._renew(known)
        return bearer(self._known.granted.access)

    async def _renew(self, old: _Known) -> None:
        async with self._turn:
            if self._known is not old:
                return
            if self._ended is not None:
                # The same grant is not asked for again by every lane.
                raise self._ended
            try:
                self._known = await self._renewal.after(old)
            except Unauthorized as error:
                self._ended = error
                raise


class Renewal:
    """Renews the token of one Connection, one at a time among all processes."""

    def __init__(self, keyring: Keyring, found: Connection) -> None:
        self._keyring = keyring
        self._connection_id = found.id
        self._base_url = found.base_url
        self._holder = secrets.token_hex(8)

    def is_fresh(self, granted: OAuth) -> bool:
        """Whether an access token lives for some minutes more."""
        return granted.expires_at_ms - self._keyring.now_ms() > RENEW_BEFORE_MS

    async def after(self, old: _Known) -> _Known:
        """What stands in the store once `old` is renewed, by us or by whoever was faster.

        Raises Unauthorized (`reauth`, `app_refused`), Unavailable (`sent` False: the request that
        waits for it has not left), and StoreUnavailable.
        """
        while True:
            found = self._opened(await self._keyring.store.read(self._stored))
            # Compared by what is granted: a rotation of keys seals the same anew.
            if found.granted != old.granted:
                return found
            if await self._keyring.store.write(self._claim):
                return await self._renewed(old)
            await self._keyring.clock.sleep(_LOOK_AGAIN_S)

    async def _renewed(self, old: _Known) -> _Known:
        """Ask for a new token and store it; the claim ends with that, or with the failure."""
        store = self._keyring.store
        try:
            # Whoever claimed before us may have ended between our look and our claim.
            found = self._opened(await store.read(self._stored))
            if found.granted != old.granted:
                return found
            granted = await self._asked(old.granted)
            sealed = self._keyring.vault.seal(packed(granted))
            kept = await store.write(lambda db: self._keep(db, old, granted, sealed))
            _log.info("oauth.renewed", connection_id=self._connection_id, kept=kept)
            return _Known(sealed, granted)
        finally:
            await store.write(lambda db: end_renewal(db, self._connection_id, holder=self._holder))

    def _keep(self, db: sa.Connection, old: _Known, granted: OAuth, sealed: bytes) -> bool:
        """Store a new grant in place of the old one, which may have been sealed anew meanwhile."""

        def replaces(stored: bytes) -> bool:
            return replace_credentials(
                db, self._connection_id, old=stored, sealed=sealed, base_url=granted.api_domain
            )

        if replaces(old.sealed):
            return True
        stored = self._stored(db)
        return self._opened(stored).granted == old.granted and replaces(stored)

    async def _asked(self, old: OAuth) -> OAuth:
        keyring = self._keyring
        server = keyring.server(self._base_url)
        try:
            return await server.refresh(old.refresh, now_ms=keyring.now_ms())
        except Unavailable as error:
            raise Unavailable(
                str(error),
                code=error.code,
                status=error.status,
                sent=False,
                retry_after_s=error.retry_after_s,
            ) from error
        finally:
            await server.close()

    def _claim(self, db: sa.Connection) -> bool:
        return claim_renewal(
            db,
            self._connection_id,
            holder=self._holder,
            now_ms=self._keyring.now_ms(),
            ttl_ms=_CLAIM_MS,
        )

    def _stored(self, db: sa.Connection) -> bytes:
        try:
            return credentials(db, self._connection_id)
        except NotFound as error:
            raise Unauthorized(str(error), code="reauth") from error

    def _opened(self, stored: bytes) -> _Known:
        """What another has stored. Raises Unauthorized when it is no grant of OAuth any more."""
        match unpacked(self._keyring.vault.open(stored)):
            case OAuth() as granted:
                return _Known(stored, granted)
            case ApiToken():
                raise Unauthorized(
                    "The Connection has been given an API token meanwhile. It is tried again "
                    "with that.",
                    code="reauth",
                )


def sealed_token(vault: Vault, token: Secret) -> bytes:
    """An API token, as the store keeps it."""
    return vault.seal(packed(ApiToken(token=token)))
