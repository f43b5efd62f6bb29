"""An OpenID provider of one user, that can be made to lie."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.clock import ManualClock

CLIENT_ID = "hub"
CLIENT_SECRET = "the-hubs-secret"
KEY = generate_private_key(public_exponent=65_537, key_size=2_048)
OTHER_KEY = generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass(kw_only=True)
class IdProvider:
    """What it says; `issuer` is known once it listens."""

    clock: ManualClock
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    key: RSAPrivateKey = KEY
    algorithm: str = "RS256"
    token_status: int = 200
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    forms: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def app(self) -> Starlette:
        """It as an application."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def consent(self, url: str, code: str = "code-1") -> str:
        """The user signs in at the address that the hub named; the query they come back with."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        self.codes[code] = asked
        return f"code={code}&state={asked['state']}"

    async def _configuration(self, _: Request) -> Response:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        return JSONResponse(told | self.metadata)

    async def _jwks(self, _: Request) -> Response:
        public = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return JSONResponse({"keys": [public | {"kid": "k-1", "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.forms.append(form)
        asked = self.codes.pop(form["code"], None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if (
            asked is None
            or request.headers.get("authorization") != f"Basic {basic}"
            or form["redirect_uri"] != asked["redirect_uri"]
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        told = {"access_token": "at", "token_type": "Bearer", "id_token": self._id_token(asked)}
        return JSONResponse(told, status_code=self.token_status)

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(self.clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "s-1",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": "ada@hub.example",
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": "k-1"}
        if self.algorithm == "RS256":
            return jwt.encode(claims, self.key, "RS256", headers=headers)
        if self.algorithm == "none":
            return jwt.encode(claims, None, "none", headers=headers)
        # The old trick: the public key, which everybody has, as the secret of an HMAC.
        public = json.dumps(RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True))
        return jwt.encode(claims, public, "HS256", headers=headers)
