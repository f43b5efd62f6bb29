"""OpenID Connect: sign-in by the company's own provider (code flow, PKCE, nonce).

Authlib builds the requests and checks the claims, PyJWT the signature; the time is the Clock's.
Source: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 7636.
"""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import jwt
import msgspec
from authlib.oauth2.rfc6749 import parameters
from authlib.oauth2.rfc7636 import challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from dealwright.core.clock import Clock
from dealwright.core.secret import Secret
from dealwright.web.auth.errors import ProviderFailed, SignInRefused
from dealwright.web.auth.fetching import Fetch, Wanted, check_url

T = TypeVar("T")

# Authlib has no types.
_grant_uri: Callable[..., str] = cast(Any, parameters).prepare_grant_uri
_challenge: Callable[[str], str] = cast(Any, challenge).create_s256_code_challenge

#: Signatures by the provider's private key; never one that the client secret, or nobody, makes.
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY_S: Final = 60
#: What the provider says about itself is believed for so long.
_STALE_AFTER_S: Final = 3_600.0
#: However many tokens with unknown keys come, the keys are read no more often.
_BETWEEN_KEYS_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The operator's OpenID provider, and who the hub is there."""

    issuer: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a browser is sent, and what has to be known when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider has signed in. `email` is "" unless the provider has verified it."""

    subject: str
    email: str


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    # https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata has the defaults.
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Granted(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class Oidc:
    """Speaks with one provider."""

    def __init__(
        self, provider: Provider, *, fetch: Fetch, clock: Clock, redirect_uri: str
    ) -> None:
        self.provider = provider
        self._fetch = fetch
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._metadata: _Metadata | None = None
        self._metadata_at_s = -math.inf
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._keys_at_s = -math.inf

    async def depart(self) -> Departure:
        """Begin a sign-in; raises ProviderFailed."""
        metadata = await self._known()
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(48)
        url = _grant_uri(
            metadata.authorization_endpoint,
            self.provider.client_id,
            "code",
            redirect_uri=self._redirect_uri,
            scope="openid email profile",
            state=state,
            nonce=nonce,
            code_challenge=_challenge(verifier),
            code_challenge_method="S256",
        )
        return Departure(url=url, state=state, nonce=nonce, verifier=Secret(verifier))

    async def arrive(self, code: str, *, nonce: str, verifier: Secret) -> Identity:
        """Redeem the code of somebody who comes back; raises ProviderFailed, SignInRefused."""
        metadata = await self._known()
        granted = await self._redeem(metadata, code, verifier)
        header, claims = await self._opened(metadata, granted.id_token)
        token: Any = CodeIDToken(
            claims,
            header,
            options={
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": self.provider.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": self.provider.client_id,
                "access_token": granted.access_token,
            },
        )
        try:
            token.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY_S)
        except (JoseError, ValueError, TypeError) as error:
            raise _untrue(type(error).__name__) from error
        return _identity(metadata.issuer, claims)

    async def _known(self) -> _Metadata:
        now_s = self._clock.monotonic_s()
        if self._metadata is None or now_s - self._metadata_at_s > _STALE_AFTER_S:
            issuer = self.provider.issuer.rstrip("/")
            found = await self._fetch(Wanted(url=f"{issuer}/.well-known/openid-configuration"))
            metadata = _read(found.body, _Metadata) if found.status == 200 else None
            if metadata is None or metadata.issuer.rstrip("/") != issuer:
                raise ProviderFailed(
                    "What stands at DEALWRIGHT_OIDC_ISSUER is not the configuration of that issuer."
                )
            for url in (
                metadata.authorization_endpoint,
                metadata.token_endpoint,
                metadata.jwks_uri,
            ):
                check_url(url)
            self._metadata, self._metadata_at_s = metadata, now_s
            return metadata
        return self._metadata

    async def _redeem(self, metadata: _Metadata, code: str, verifier: Secret) -> _Granted:
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier.reveal(),
        }
        basic = None
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            basic = (provider.client_id, provider.client_secret)
        else:
            form |= {
                "client_id": provider.client_id,
                "client_secret": provider.client_secret.reveal(),
            }
        found = await self._fetch(Wanted(url=metadata.token_endpoint, form=form, basic=basic))
        granted = _read(found.body, _Granted) if found.status == 200 else None
        if granted is None:
            raise SignInRefused(
                f"The OpenID provider does not redeem its code ({found.status}). Sign in again; if "
                "that fails too, look at DEALWRIGHT_OIDC_CLIENT_ID and its secret."
            )
        return granted

    async def _opened(
        self, metadata: _Metadata, id_token: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            key_id = jwt.get_unverified_header(id_token).get("kid")
            key = await self._key(metadata, key_id)
            opened = jwt.decode_complete(
                id_token,
                key,
                algorithms=list(_ALGORITHMS),
                # Only the signature: PyJWT would look at the machine's clock for the rest.
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_iss": False,
                },
            )
        except jwt.PyJWTError as error:
            raise _untrue(type(error).__name__) from error
        return opened["header"], opened["payload"]

    async def _key(self, metadata: _Metadata, key_id: str | None) -> jwt.PyJWK:
        now_s = self._clock.monotonic_s()
        if key_id not in self._keys and now_s - self._keys_at_s > _BETWEEN_KEYS_S:
            found = await self._fetch(Wanted(url=metadata.jwks_uri))
            listed = _read(found.body, dict[str, Any]) if found.status == 200 else None
            try:
                keys = jwt.PyJWKSet.from_dict(listed or {}).keys
            except (jwt.PyJWTError, TypeError, AttributeError, ValueError) as error:
                raise ProviderFailed("The OpenID provider's keys cannot be read.") from error
            self._keys = {key.key_id: key for key in keys}
            self._keys_at_s = now_s
        if key_id not in self._keys:
            raise _untrue("its key is unknown")
        return self._keys[key_id]


def _identity(issuer: str, claims: dict[str, Any]) -> Identity:
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not subject:
        raise _untrue("sub")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return Identity(subject=f"{issuer}|{subject}", email=str(email) if is_verified else "")


def _read(body: bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _untrue(why: str) -> SignInRefused:
    return SignInRefused(f"What the OpenID provider says cannot be believed ({why}). Try again.")
