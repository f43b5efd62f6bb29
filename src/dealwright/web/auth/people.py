"""People: signing in and out, and setting up, over the store; passwords are compared in threads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import sqlalchemy as sa
import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.people import Principal, PrincipalKind, Role, Unfit
from dealwright.core.secret import Secret
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.people import User
from dealwright.store.secrets import Vault
from dealwright.store.sessions import NewSession, Stage
from dealwright.web.auth import tries
from dealwright.web.auth.errors import LinkSpent, WrongCredentials
from dealwright.web.auth.guard import SignedIn
from dealwright.web.auth.passwords import Passwords
from dealwright.web.auth.tokens import hash_token, new_token

#: How long somebody may look for the telephone with the second factor.
_SECOND_FACTOR_MS: Final = 10 * 60_000

T = TypeVar("T")

_log = structlog.get_logger("dealwright.people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, before it is known who that is: address, browser, and the session they had."""

    address: str
    agent: str
    session: SignedIn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A session that has begun; its token is known here and in the cookie only."""

    token: Secret
    user: User
    stage: Stage
    lasts_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link to set up is for; no user for the first owner's."""

    user: User | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where people reach the hub, and what the OpenID provider is called, None without one."""

    base_url: str
    provider: str | None = None


class People:
    """What somebody can do who is not signed in yet."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        vault: Vault,
        passwords: Passwords,
        site: Address,
    ) -> None:
        self.store = store
        self.clock = clock
        self.vault = vault
        self.passwords = passwords
        self.base_url = site.base_url
        self.provider = site.provider

    def now_ms(self) -> int:
        """The present moment, as tables store it."""
        return to_ms(self.clock.now())

    async def read(self, look: Callable[[sa.Connection], T]) -> T:
        """Look something up in the store."""
        return await self.store.read(look)

    async def write(self, change: Callable[[sa.Connection], T]) -> T:
        """Change something, all of it or nothing."""
        return await self.store.write(change)

    async def sign_in(self, visitor: Visitor, *, email: str, password: str) -> Begun:
        """Let somebody in by a password; the second factor may be still to come.

        The same work is done and the same is said for an address that has no account. Raises
        WrongCredentials and TooManyTries.
        """
        address = _account(email)
        await self.count(visitor, rules.account_key(address))
        user = await self.store.read(lambda db: people.find_user(db, address))
        kept = user.password_hash if user else ""
        if not await self.passwords.is_right(kept, password) or user is None:
            _log.warning("sign_in.refused", address=visitor.address)
            raise WrongCredentials("The address or the password is not right.")
        anew = await self.passwords.anew(kept, password)
        return await self.store.write(lambda db: self._let_in(db, visitor, user, anew))

    def _let_in(self, db: sa.Connection, visitor: Visitor, known: User, anew: str | None) -> Begun:
        user = people.find_user(db, known.email)
        if user is None or user.password_hash != known.password_hash:
            raise WrongCredentials("The address or the password is not right.")
        if anew is not None:
            people.set_password(db, user.id, password_hash=anew)
        sessions.forget_tries(db, rules.account_key(user.email))
        sessions.take_try_back(db, tries.address_key(visitor.address))
        return self.begin(db, visitor, user, method="password")

    async def link(self, token: str) -> Link:
        """What a link is for; raises LinkSpent."""
        return await self.store.read(lambda db: self._link(db, hash_token(token)))

    def _link(self, db: sa.Connection, token_hash: str) -> Link:
        found = people.link_of(db, token_hash, now_ms=self.now_ms())
        if found is None or (found[0] is None and people.list_users(db)):
            raise LinkSpent(
                "This link was used, replaced, or is too old. Get another one: "
                "dealwright users setup-link"
            )
        return Link(user=None if found[0] is None else people.user(db, found[0]))

    async def set_up(
        self, visitor: Visitor, token: str, *, password: str, email: str = "", name: str = ""
    ) -> Begun:
        """Choose a password by a link, once; by the first one an owner is made.

        All sessions that there were are over. Raises LinkSpent and Unfit.
        """
        token_hash = hash_token(token)
        link = await self.store.read(lambda db: self._link(db, token_hash))
        if link.user is None:
            rules.address_of(email)
        password_hash = await self.passwords.hash(password)

        def choose(db: sa.Connection) -> Begun:
            now = self._link(db, token_hash)
            # Whoever deletes the link has it: of two requests at once one is too late.
            if not people.use_links(db, None if now.user is None else now.user.id):
                raise LinkSpent("This link was just used.")
            user = now.user or self._first_owner(db, email=email, name=name)
            self.keep_password(db, rules.as_principal(user), user, password_hash)
            return self.begin(db, visitor, people.user(db, user.id), method="link")

        return await self.store.write(choose)

    def _first_owner(self, db: sa.Connection, *, email: str, name: str) -> User:
        first = Principal(
            kind=PrincipalKind.USER, id=0, name=rules.address_of(email), role=Role.OWNER
        )
        return rules.invite(
            db, first, email=email, name=name, role=Role.OWNER, now_ms=self.now_ms()
        )

    def keep_password(
        self, db: sa.Connection, who: Principal, user: User, password_hash: str
    ) -> None:
        """Change a password: every session, and every link, that there was is over."""
        people.set_password(db, user.id, password_hash=password_hash)
        people.use_links(db, user.id)
        sessions.end_sessions(db, user.id)
        sessions.forget_tries(db, rules.account_key(user.email))
        self.note(db, who, "user.password", user)

    def begin(
        self,
        db: sa.Connection,
        visitor: Visitor,
        user: User,
        *,
        method: str,
        stage: Stage | None = None,
    ) -> Begun:
        """Begin a session under a new token; the one that the browser had before is over.

        A token that somebody slipped into the browser is thus worth nothing.
        """
        reached = stage or (Stage.SECOND_FACTOR if user.totp_on else Stage.FULL)
        lasts_ms = rules.LONGEST_MS if reached is Stage.FULL else _SECOND_FACTOR_MS
        token, now_ms = new_token(), self.now_ms()
        if visitor.session is not None:
            sessions.end_session(db, visitor.session.session.id)
        new = NewSession(
            token_hash=hash_token(token.reveal()),
            user_id=user.id,
            stage=reached,
            method=method,
            address=visitor.address,
            agent=visitor.agent,
            expires_at_ms=now_ms + lasts_ms,
        )
        sessions.begin_session(db, new, now_ms=now_ms)
        if reached is Stage.FULL:
            people.note_sign_in(db, user.id, now_ms=now_ms)
            self.note(db, rules.as_principal(user), "session.begin", user, {"method": method})
        return Begun(token=token, user=user, stage=reached, lasts_s=lasts_ms // 1000)

    async def sign_out(self, signed: SignedIn) -> None:
        """End the session."""

        def end(db: sa.Connection) -> None:
            if sessions.end_session(db, signed.session.id):
                self.note(db, signed.principal, "session.end", signed.user)

        await self.store.write(end)

    async def count(self, visitor: Visitor, key: str) -> None:
        """Count a try of a visitor before it is made; raises TooManyTries."""
        now_ms = self.now_ms()

        def both(db: sa.Connection) -> int:
            return max(
                tries.counted(db, key, most=tries.PER_ACCOUNT, now_ms=now_ms),
                tries.counted(
                    db,
                    tries.address_key(visitor.address),
                    most=tries.PER_ADDRESS,
                    now_ms=now_ms,
                ),
            )

        tries.refuse(await self.store.write(both))

    def note(
        self,
        db: sa.Connection,
        who: Principal,
        action: str,
        user: User,
        after: dict[str, object] | None = None,
    ) -> None:
        """Record a change that somebody made to a user."""
        record(
            db,
            at_ms=self.now_ms(),
            principal=who,
            action=action,
            target=f"user:{user.id}",
            after=after,
        )


def _account(email: str) -> str:
    """The address as accounts have it; of what is none, something that no account has."""
    try:
        return rules.address_of(email)
    except Unfit:
        return f"?{email[:254]}"
