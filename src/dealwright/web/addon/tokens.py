"""Tokens: whether Google sent a request, and for which of its users.

https://developers.google.com/workspace/add-ons/guides/alternate-runtimes#validate-requests
"""

import hmac
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
import msgspec

from dealwright.core.clock import Clock
from dealwright.web.addon.keys import GoogleKeys
from dealwright.web.addon.refusal import NotGoogle

_ISSUERS: Final = frozenset({"https://accounts.google.com", "accounts.google.com"})
_ALGORITHM: Final = "RS256"
_LEEWAY_S: Final = 60
#: Google's have about a thousand characters.
_LONGEST: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn:
    """The add-on, as Google knows it: where it is reached, and as whom it calls."""

    public_url: str
    service_account: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleUser:
    """A user of Google's: issuer and subject are who it is; the address is only to be shown."""

    iss: str
    sub: str
    email: str = field(repr=False)

    @property
    def key(self) -> str:
        """What buttons of this user's cards are signed for."""
        return f"google {self.iss} {self.sub}"


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str
    email: str
    email_verified: bool
    exp: float
    iat: float
    nbf: float | None = None


class Verifier:
    """Verifies both tokens. There is no way around it, not even for tests: they have own keys."""

    def __init__(self, add_on: AddOn, *, keys: GoogleKeys, clock: Clock) -> None:
        self._add_on = add_on
        self._keys = keys
        self._clock = clock

    async def system(self, authorization: str | None, *, path: str) -> str:
        """Make sure that Google calls this add-on at this path; the token, for the body's copy.

        Raises NotGoogle and NoKeys.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotGoogle("There is no bearer token of Google's.")
        claims = await self._claims(token)
        # Of configuration, byte for byte: the Host header is whatever the sender likes.
        if claims.aud != f"{self._add_on.public_url}{path}":
            raise NotGoogle("The token is for another address.")
        # A token of somebody else's add-on that names our address fails here and only here.
        if not hmac.compare_digest(claims.email.encode(), self._add_on.service_account.encode()):
            raise NotGoogle("The token is of another add-on.")
        return token

    async def user(self, token: str) -> GoogleUser:
        """Whom an ID token is of; raises NotGoogle and NoKeys."""
        claims = await self._claims(token)
        if claims.aud != self._add_on.client_id:
            raise NotGoogle("The user's token is for another client.")
        return GoogleUser(iss="https://accounts.google.com", sub=claims.sub, email=claims.email)

    async def _claims(self, token: str) -> _Claims:
        if len(token) > _LONGEST:
            raise NotGoogle("The token is none of Google's.")
        try:
            # Which key is looked for, the token may say; with which algorithm, it may not.
            header = jwt.get_unverified_header(token)
            key_id = header.get("kid")
            if header.get("alg") != _ALGORITHM or not isinstance(key_id, str):
                raise NotGoogle("The token is not signed as Google signs.")
            key = await self._keys.key(key_id)
            if key is None:
                raise NotGoogle("The token is signed with a key that Google does not publish.")
            claims = msgspec.convert(_signed(token, key), _Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError) as error:
            raise NotGoogle("The token is none of Google's.") from error
        self._check(claims)
        return claims

    def _check(self, claims: _Claims) -> None:
        now_s = self._clock.now().timestamp()
        if claims.iss not in _ISSUERS:
            raise NotGoogle("The token is of another issuer.")
        if not now_s <= claims.exp + _LEEWAY_S:
            raise NotGoogle("The token has expired.")
        if not max(claims.iat, claims.nbf or claims.iat) <= now_s + _LEEWAY_S:
            raise NotGoogle("The token is of a time to come.")
        if not claims.email_verified or not claims.sub:
            raise NotGoogle("The token is of an address that is not verified.")


def _signed(token: str, key: jwt.PyJWK) -> dict[str, Any]:
    """The claims, of which the signature is right; PyJWT would read the machine's clock."""
    return jwt.decode(
        token,
        key,
        algorithms=[_ALGORITHM],
        options={
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_aud": False,
            "verify_iss": False,
            "verify_sub": False,
            "verify_jti": False,
        },
    )
