"""Arrivals: people who come back from the OpenID provider, and whom of the hub's users they are."""

from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.people import Unfit
from dealwright.core.secret import Secret
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.people import User
from dealwright.web.auth import tries
from dealwright.web.auth.errors import SignInRefused
from dealwright.web.auth.oidc import Identity, Oidc
from dealwright.web.auth.people import Begun, People, Visitor
from dealwright.web.auth.tokens import hash_token, new_token

#: How long somebody may take at the provider.
_VISIT_MS: Final = 10 * 60_000


class _Kept(msgspec.Struct, frozen=True):
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A browser that is sent to the provider; `bond` goes into a cookie of its own."""

    url: str
    bond: Secret


class Arrivals:
    """Sends people to the provider and lets them in when they come back."""

    def __init__(self, of: People, oidc: Oidc) -> None:
        self._people = of
        self._oidc = oidc

    async def send(self, visitor: Visitor) -> Sent:
        """Send a browser to the provider. Raises ProviderFailed and TooManyTries."""
        now_ms = self._people.now_ms()
        key = f"visit:{tries.address_key(visitor.address)}"
        tries.refuse(
            await self._people.store.write(
                lambda db: tries.counted(db, key, most=tries.PER_ADDRESS, now_ms=now_ms)
            )
        )
        departure = await self._oidc.depart()
        bond = new_token()
        kept = _Kept(nonce=departure.nonce, verifier=departure.verifier.reveal())
        sealed = self._people.vault.seal(msgspec.json.encode(kept))
        await self._people.store.write(
            lambda db: sessions.begin_visit(
                db,
                hash_token(departure.state),
                bound_to=hash_token(bond.reveal()),
                sealed=sealed,
                expires_at_ms=now_ms + _VISIT_MS,
            )
        )
        return Sent(url=departure.url, bond=bond)

    async def let_in(self, visitor: Visitor, *, state: str, bond: str, code: str) -> Begun:
        """Let somebody in who comes back with a code; raises SignInRefused, ProviderFailed.

        The state counts once, and only in the browser that was sent: nobody is signed in by
        another person's code.
        """
        sealed = await self.waiting(state=state, bond=bond)
        kept = msgspec.json.decode(self._people.vault.open(sealed), type=_Kept)
        identity = await self._oidc.arrive(code, nonce=kept.nonce, verifier=Secret(kept.verifier))
        return await self._people.store.write(lambda db: self._begin(db, visitor, identity))

    async def waiting(self, *, state: str, bond: str) -> bytes:
        """What was kept for a state, which is used up; raises SignInRefused."""
        now_ms = self._people.now_ms()
        state_hash, bound_to = hash_token(state), hash_token(bond)
        sealed = await self._people.store.write(
            lambda db: sessions.end_visit(db, state_hash, bound_to=bound_to, now_ms=now_ms)
        )
        if sealed is None:
            raise SignInRefused("This sign-in was not begun here, or is too old. Begin anew.")
        return sealed

    def _begin(self, db: sa.Connection, visitor: Visitor, identity: Identity) -> Begun:
        user = people.user_by_subject(db, identity.subject) or self._linked(db, identity)
        if user is None:
            raise SignInRefused(
                "Nobody here has your address. Ask an owner or admin of the hub to add you."
            )
        return self._people.begin(db, visitor, user, method="oidc")

    def _linked(self, db: sa.Connection, identity: Identity) -> User | None:
        """Whoever has the verified address and came from no provider yet is this one from now."""
        try:
            user = people.find_user(db, rules.address_of(identity.email))
        except Unfit:
            return None
        if user is None or user.subject is not None:
            return None
        people.set_subject(db, user.id, subject=identity.subject)
        after: dict[str, object] = {"subject": identity.subject}
        self._people.note(db, rules.as_principal(user), "user.oidc", user, after)
        return user
