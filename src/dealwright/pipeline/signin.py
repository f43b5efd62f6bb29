"""Signing in: a user is sent to Pipedrive, allows the app, and confirms whose account that is.

Whoever comes back has to bring the state that was sent along: it is random, counts once and for
ten minutes, and in a browser only beside the cookie that was set when it was sent. Nothing becomes
of what was granted before a person has seen company, domain and user, for people authorize the
wrong account.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.errors import ConfigError, DealwrightError, StoreUnavailable, UpstreamError
from dealwright.core.record import User
from dealwright.core.secret import Secret
from dealwright.pipedrive.badge import FixedBadge, bearer
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.credentials import OAuth, packed, unpacked
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.oauth import authorize_url, server_for
from dealwright.pipedrive.records import Records
from dealwright.pipeline.connecting import Granted, keep, same_grant
from dealwright.pipeline.credentials import Keyring
from dealwright.store import oauth as store_of
from dealwright.store.oauth import SignIn, Stage

T = TypeVar("T")

_log = structlog.get_logger(__name__)

#: Longer than anybody takes to sign in at Pipedrive.
LIVES_MS: Final = 600_000

_WORD: Final = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a user is sent; `id` is what the sign-in is asked for by, and opens nothing.

    `sign_in` is what the store has to remember before anybody is sent.
    """

    url: str
    id: str
    sign_in: SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What has become of a sign-in: `granted`, or `code` and `message`, or nothing yet."""

    granted: Granted | None = None
    code: str = ""
    message: str = ""


class _Kept(msgspec.Struct, frozen=True):
    credentials: bytes
    user: User


class SignIns:
    """Sends users to Pipedrive and takes them back; the store knows them between the two."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def begin(self, *, base_url: str, redirect_uri: str, browser: str = "") -> Departure:
        """Send a user away; arguments and errors as `departure`."""
        sent = self.departure(base_url=base_url, redirect_uri=redirect_uri, browser=browser)
        await self._keyring.store.write(lambda db: self.remember(db, sent))
        return sent

    def departure(self, *, base_url: str, redirect_uri: str, browser: str = "") -> Departure:
        """Where to send a user; to be remembered before.

        `redirect_uri` is as the app registers it, `browser` the cookie's value. `base_url` is any
        address at Pipedrive, or the sandbox. Raises ConfigError (`no_app`).
        """
        keyring, state = self._keyring, secrets.token_urlsafe(32)
        server = server_for(base_url)
        new = SignIn(
            state_hash=_hashed(state),
            bound_to=_hashed(browser) if browser else "",
            server=server,
            redirect_uri=redirect_uri,
            expires_at_ms=keyring.now_ms() + LIVES_MS,
        )
        client_id = keyring.the_app().client_id
        url = authorize_url(server, client_id=client_id, redirect_uri=redirect_uri, state=state)
        return Departure(url=url, id=new.state_hash, sign_in=new)

    def remember(self, db: sa.Connection, sent: Departure) -> None:
        """Expect a user back."""
        store_of.begin_sign_in(db, sent.sign_in, now_ms=self._keyring.now_ms())

    async def come_back(
        self, state: str, *, code: str = "", error: str = "", browser: str = ""
    ) -> Arrival:
        """Take a user back with what the callback was called with, once.

        Raises ConfigError (`sign_in_unknown`) for a state that is not good, and StoreUnavailable;
        what else goes wrong is the Arrival's code.
        """
        keyring = self._keyring
        known = await keyring.store.write(lambda db: self._claimed(db, state, browser))
        if known is None:
            raise _unknown()
        try:
            granted = await self._granted(known, code=code, error=error)
        except StoreUnavailable:
            raise
        except DealwrightError as refused:
            return await self._ended(known, refused)
        kept = keyring.vault.seal(
            msgspec.json.encode(_Kept(packed(granted.credentials), granted.user))
        )
        await keyring.store.write(lambda db: store_of.granted(db, known.state_hash, sealed=kept))
        return Arrival(granted=granted)

    async def look(self, sign_in_id: str) -> Arrival:
        """What has become of a sign-in; raises ConfigError (`sign_in_unknown`)."""
        known = await self._keyring.store.read(lambda db: self._known(db, sign_in_id))
        if known.stage is Stage.ENDED:
            return Arrival(code=known.code, message=known.message)
        if known.sealed is None:
            return Arrival()
        return Arrival(granted=self._opened(known.sealed))

    async def confirm(self, sign_in_id: str, connect: Callable[[sa.Connection, Granted], T]) -> T:
        """Make something of what was granted, once: `connect` runs in the same transaction.

        Raises ConfigError (`sign_in_unknown`), and whatever `connect` raises.
        """
        return await self._keyring.store.write(lambda db: connect(db, self.take(db, sign_in_id)))

    def take(self, db: sa.Connection, sign_in_id: str) -> Granted:
        """What was granted, for whoever makes something of it in this transaction; once.

        Raises ConfigError (`sign_in_unknown`).
        """
        known = self._known(db, sign_in_id)
        if known.sealed is None or not store_of.take_sign_in(db, known.state_hash):
            raise _unknown()
        return self._opened(known.sealed)

    async def refuse(self, sign_in_id: str) -> None:
        """Give back what was granted: it was the wrong account.

        Where a Connection is signed in as this same user, Pipedrive has one grant for both: that
        Connection goes on with the newer tokens, and nothing is given back.
        """

        def dropped(db: sa.Connection) -> Granted | None:
            known = self._known(db, sign_in_id)
            store_of.take_sign_in(db, known.state_hash)
            granted = None if known.sealed is None else self._opened(known.sealed)
            if granted is not None and (same := same_grant(db, granted)):
                for one in same:
                    keep(db, one.id, granted)
                return None
            return granted

        granted = await self._keyring.store.write(dropped)
        if granted is not None:
            await self._give_back(granted.credentials)
            _log.info("oauth.refused", company_id=granted.user.company_id)

    # -- one sign-in

    def _claimed(self, db: sa.Connection, state: str, browser: str) -> SignIn | None:
        # One that was begun in a browser needs its cookie; one of the command line has none.
        bound_to = {"", _hashed(browser)} if browser else {""}
        now_ms, state_hash = self._keyring.now_ms(), _hashed(state)
        for bound in bound_to:
            known = store_of.come_back(db, state_hash, bound_to=bound, now_ms=now_ms)
            if known is not None:
                return known
        return None

    async def _granted(self, known: SignIn, *, code: str, error: str) -> Granted:
        if error or not code:
            raise _denied(error)
        keyring = self._keyring
        server = keyring.server(known.server)
        try:
            credentials = await server.exchange(
                Secret(code), redirect_uri=known.redirect_uri, now_ms=keyring.now_ms()
            )
        finally:
            await server.close()
        try:
            user = await self._who(credentials)
        except UpstreamError:
            await self._give_back(credentials)
            raise
        sealed = keyring.vault.seal(packed(credentials))
        return Granted(credentials=credentials, sealed=sealed, user=user)

    async def _who(self, credentials: OAuth) -> User:
        keyring = self._keyring
        badge = FixedBadge(bearer(credentials.access))
        client = Client(
            sender=keyring.open_sender(credentials.api_domain, badge),
            clock=keyring.clock,
            gate=Gate(keyring.clock, burst=1),
            purpose="setup",
            on_call=lambda _: None,
        )
        try:
            return await Records(client).me()
        finally:
            await client.close()

    async def _give_back(self, credentials: OAuth) -> None:
        server = self._keyring.server(credentials.api_domain)
        try:
            await server.revoke(credentials.refresh)
        except UpstreamError as error:
            _log.warning("oauth.not_revoked", code=error.code)
        finally:
            await server.close()

    async def _ended(self, known: SignIn, error: DealwrightError) -> Arrival:
        code, message = error.code, str(error)
        await self._keyring.store.write(
            lambda db: store_of.ended(db, known.state_hash, code=code, message=message)
        )
        _log.info("oauth.not_granted", code=code)
        return Arrival(code=code, message=message)

    def _known(self, db: sa.Connection, sign_in_id: str) -> SignIn:
        now_ms = self._keyring.now_ms()
        known = store_of.sign_in(db, sign_in_id, now_ms=now_ms)
        if known is None:
            raise _unknown()
        return known

    def _opened(self, sealed: bytes) -> Granted:
        kept = msgspec.json.decode(self._keyring.vault.open(sealed), type=_Kept)
        credentials = unpacked(kept.credentials)
        if not isinstance(credentials, OAuth):
            raise _unknown()
        again = self._keyring.vault.seal(kept.credentials)
        return Granted(credentials=credentials, sealed=again, user=kept.user)


def _hashed(text: str) -> str:
    # Random and long: a fast hash is right here.
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _unknown() -> ConfigError:
    return ConfigError(
        "This sign-in is unknown, was used already, belongs to another browser, or is older than "
        "10 minutes: begin again.",
        code="sign_in_unknown",
    )


def _denied(error: str) -> ConfigError:
    if error == "user_denied":
        return ConfigError(
            "The app was not allowed: somebody chose “Cancel” at Pipedrive. Nothing was stored; "
            "begin again when it is meant to be.",
            code="consent_denied",
        )
    shown = f" ({error})" if _WORD.fullmatch(error) else ""
    return ConfigError(
        f"Pipedrive sent no grant back{shown}. Nothing was stored; begin again.",
        code="consent_failed",
    )
