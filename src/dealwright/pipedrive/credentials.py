"""Credentials: what a Connection signs in with, as it is sealed."""

from typing import Any

import msgspec

from dealwright.core.secret import Secret


class ApiToken(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="api_token"):
    """A user's API token: the whole user, until it is regenerated."""

    token: Secret


class OAuth(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="oauth"):
    """What a user granted our app; `api_domain` is the one host that `access` may be sent to."""

    access: Secret
    refresh: Secret
    expires_at_ms: int
    scopes: tuple[str, ...]
    api_domain: str


Credentials = ApiToken | OAuth


def packed(credentials: Credentials) -> bytes:
    """The bytes that a Vault seals."""
    return msgspec.json.encode(credentials, enc_hook=_revealed)


def unpacked(plain: bytes) -> Credentials:
    """What was packed. Anything else is an API token alone, as it was sealed at first."""
    try:
        return msgspec.json.decode(plain, type=Credentials, dec_hook=_hidden)
    except msgspec.MsgspecError:
        return ApiToken(token=Secret(plain.decode("utf-8", "replace")))


def _revealed(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _hidden(kind: type[Any], value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(kind.__name__)
