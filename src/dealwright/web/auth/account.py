"""Account: what somebody changes about their own way in: password, second factor, sessions."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.people import Conflicting
from dealwright.core.secret import Secret
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.people import User
from dealwright.store.sessions import Stage
from dealwright.web.auth import totp, tries
from dealwright.web.auth.errors import WrongCredentials
from dealwright.web.auth.guard import SignedIn
from dealwright.web.auth.people import Begun, People, Visitor
from dealwright.web.auth.tokens import hash_recovery_code, new_recovery_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A second factor that is to be proved: the secret, and the same as an app reads it."""

    secret: Secret
    address: Secret


class Account:
    """What somebody does who is signed in, or has only the second factor before them."""

    def __init__(self, people_of: People) -> None:
        self._people = people_of

    async def second_factor(self, visitor: Visitor, signed: SignedIn, code: str) -> Begun:
        """Go on from the password: a code of the app, or one of the recovery codes, each once.

        After 5 wrong ones the password is asked for anew. Raises WrongCredentials, TooManyTries.
        """
        await self._people.count(visitor, rules.factor_key(signed.user.id))

        def go_on(db: sa.Connection) -> Begun | None:
            if sessions.count_session_try(db, signed.session.id) > tries.PER_SESSION:
                sessions.end_session(db, signed.session.id)
                return None
            user = people.user(db, signed.user.id)
            if not self._take_code(db, user, code):
                return None
            sessions.forget_tries(db, rules.factor_key(user.id))
            sessions.take_try_back(db, tries.address_key(visitor.address))
            method = f"{signed.session.method}+code"
            return self._people.begin(db, visitor, user, method=method, stage=Stage.FULL)

        begun = await self._people.store.write(go_on)
        if begun is None:
            raise _wrong_code()
        return begun

    async def change_password(
        self, visitor: Visitor, signed: SignedIn, *, present: str, new: str
    ) -> Begun:
        """Change one's password; all sessions end, and this one goes on under a new token."""
        await self._prove(visitor, signed, present)
        password_hash = await self._people.passwords.hash(new)

        def change(db: sa.Connection) -> Begun:
            self._people.keep_password(db, signed.principal, signed.user, password_hash)
            user = people.user(db, signed.user.id)
            return self._people.begin(
                db, visitor, user, method=signed.session.method, stage=Stage.FULL
            )

        return await self._people.store.write(change)

    async def offer_totp(self, visitor: Visitor, signed: SignedIn, password: str) -> Offer:
        """Offer a second factor, which is asked for once it has been proved."""
        if signed.user.totp_on:
            raise Conflicting("There is a second factor already: remove it first.", code="totp_on")
        await self._prove(visitor, signed, password)
        secret = totp.new_secret()
        sealed = self._people.vault.seal(secret.reveal().encode())
        await self._people.store.write(
            lambda db: people.offer_totp(db, signed.user.id, sealed=sealed)
        )
        return Offer(secret=secret, address=totp.address(secret, email=signed.user.email))

    async def confirm_totp(self, visitor: Visitor, signed: SignedIn, code: str) -> list[Secret]:
        """Prove the second factor that was offered; the recovery codes, shown this once.

        Other sessions are over. Raises Conflicting (`totp_not_offered`) and WrongCredentials.
        """
        await self._people.count(visitor, rules.factor_key(signed.user.id))
        codes = new_recovery_codes()

        def switch_on(db: sa.Connection) -> None:
            user = people.user(db, signed.user.id)
            if user.totp is None or user.totp_on:
                raise Conflicting("No second factor was offered.", code="totp_not_offered")
            if not self._take_step(db, user, code):
                raise _wrong_code()
            hashes = [hash_recovery_code(user.id, one.reveal()) for one in codes]
            people.switch_totp_on(db, user.id, code_hashes=hashes)
            sessions.end_sessions(db, user.id, but=signed.session.id)
            sessions.forget_tries(db, rules.factor_key(user.id))
            self._people.note(db, signed.principal, "user.totp", user, {"second_factor": True})

        await self._people.store.write(switch_on)
        return codes

    async def drop_totp(
        self, visitor: Visitor, signed: SignedIn, *, password: str, code: str
    ) -> None:
        """Do without a second factor, by password and a code."""
        await self._prove(visitor, signed, password)
        await self._people.count(visitor, rules.factor_key(signed.user.id))

        def switch_off(db: sa.Connection) -> None:
            user = people.user(db, signed.user.id)
            if not user.totp_on:
                raise Conflicting("There is no second factor.", code="totp_not_offered")
            if not self._take_code(db, user, code):
                raise _wrong_code()
            people.switch_totp_off(db, user.id)
            self._people.note(db, signed.principal, "user.totp", user, {"second_factor": False})

        await self._people.store.write(switch_off)

    async def _prove(self, visitor: Visitor, signed: SignedIn, password: str) -> None:
        """Have the password typed again: a browser left open is not enough for these."""
        key = rules.account_key(signed.user.email)
        await self._people.count(visitor, key)
        if not await self._people.passwords.is_right(signed.user.password_hash, password):
            raise WrongCredentials("The password is not right.", code="wrong_password")
        await self._people.store.write(_all(key, visitor))

    def _take_code(self, db: sa.Connection, user: User, code: str) -> bool:
        if not user.totp_on:
            return False
        code_hash = hash_recovery_code(user.id, code)
        if people.use_recovery_code(db, user.id, code_hash=code_hash):
            left = people.count_recovery_codes(db, user.id)
            after: dict[str, object] = {"recovery_codes": left}
            self._people.note(db, rules.as_principal(user), "user.recovery_code", user, after)
            return True
        return self._take_step(db, user, code)

    def _take_step(self, db: sa.Connection, user: User, code: str) -> bool:
        if user.totp is None:
            return False
        secret = Secret(self._people.vault.open(user.totp).decode())
        step = totp.step_of(secret, code, now=self._people.clock.now())
        return step is not None and people.take_step(db, user.id, step=step)


def _all(key: str, visitor: Visitor) -> Callable[[sa.Connection], None]:
    def forget(db: sa.Connection) -> None:
        sessions.forget_tries(db, key)
        sessions.take_try_back(db, tries.address_key(visitor.address))

    return forget


def _wrong_code() -> WrongCredentials:
    return WrongCredentials(
        "The code is not right, or was used before. Take the next one.", code="wrong_code"
    )
