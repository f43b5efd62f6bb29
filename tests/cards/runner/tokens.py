"""Google's tokens, made at home (fixtures/README.md, section 3)."""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.cards.runner.shape import Recipe

BASE: Final = "https://hub.example.test"
CLIENT: Final = "1098765432109-hubtest.apps.googleusercontent.com"
PROJECT: Final = "123456789012"
ACCOUNT: Final = f"service-{PROJECT}@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
REP: Final = "110248495921238986420"
_ROBOT: Final = "103438788618831168836"
_BOTH: Final[dict[str, Any]] = {
    "iss": "https://accounts.google.com",
    "email_verified": True,
    "iat": -5,
    "exp": 3600,
}
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "system": _BOTH | {"azp": _ROBOT, "sub": _ROBOT, "email": ACCOUNT},
    "user": _BOTH
    | {"aud": CLIENT, "azp": CLIENT, "sub": REP, "email": "rep@hub.test", "hd": "hub.test"},
}


@cache
def key(kid: str) -> rsa.RSAPrivateKey:
    """A key of this run."""
    assert kid
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks() -> bytes:
    """The keys that Google publishes."""
    to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
    listed = [
        json.loads(to_jwk(key(kid).public_key())) | {"kid": kid, "use": "sig", "alg": "RS256"}
        for kid in ("k1", "k2")
    ]
    return json.dumps({"keys": listed}).encode()


def mint(recipe: Recipe, path: str, now: int) -> str:
    """The token of a recipe."""
    own = {"aud": BASE + path} if recipe.kind == "system" else {}
    told = _DEFAULTS[recipe.kind] | own | recipe.claims
    claims = {
        name: now + value if name in {"iat", "exp", "nbf"} else value
        for name, value in told.items()
        if value is not None
    }
    if recipe.alg != "RS256":
        return _unsigned(recipe, claims)
    token = jwt.encode(claims, key(recipe.kid), algorithm="RS256", headers={"kid": recipe.kid})
    if recipe.tamper:
        head, _, signature = token.split(".")
        token = ".".join((head, _part(claims | {"email": "boss@hub.test"}), signature))
    return token


def _unsigned(recipe: Recipe, claims: dict[str, Any]) -> str:
    """Signed by nobody, or with the public key as a shared secret."""
    signed = f"{_part({'alg': recipe.alg, 'typ': 'JWT', 'kid': recipe.kid})}.{_part(claims)}"
    pem = key("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = {"none": "", "HS256": _part(hmac.digest(pem, signed.encode(), hashlib.sha256))}
    return f"{signed}.{made[recipe.alg]}"


def _part(value: dict[str, Any] | bytes) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
