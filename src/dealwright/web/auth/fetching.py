"""Fetching: what the hub asks an OpenID provider, over verified https and nowhere else."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlencode, urlsplit

from dealwright.core.errors import DealwrightError
from dealwright.core.secret import Secret
from dealwright.pipeline.outside import Call, Outside
from dealwright.web.auth.errors import ProviderFailed

_PATIENCE_S: Final = 10.0
_MOST_BYTES: Final = 1_000_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One request: a GET, or a POST of `form`; `basic` are user and password."""

    url: str
    form: Mapping[str, str] | None = field(default=None, repr=False)
    basic: tuple[str, Secret] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back; the body never shows in a log."""

    status: int
    body: bytes = field(repr=False)


Fetch = Callable[[Wanted], Awaitable[Fetched]]
"""Asks once; raises ProviderFailed when there is no answer."""


def check_url(url: str) -> str:
    """The same address, if the hub may ask there: https, or plain on this machine."""
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        parts, is_plain = urlsplit(""), False
    if not parts.hostname or not (parts.scheme == "https" or is_plain):
        raise ProviderFailed("The OpenID provider names an address that is not https.")
    return url


def fetching(outside: Outside) -> Fetch:
    """Ask through `outside`; redirects are not followed, since a secret may go along."""

    async def fetch(wanted: Wanted) -> Fetched:
        try:
            reply = await outside.fetch(_call(wanted))
        except DealwrightError as error:
            raise ProviderFailed(
                f"The OpenID provider cannot be asked: {error} Try again, or look at "
                "DEALWRIGHT_OIDC_ISSUER."
            ) from error
        return Fetched(status=reply.status, body=reply.body)

    return fetch


def _call(wanted: Wanted) -> Call:
    headers = {"accept": "application/json"}
    if wanted.basic is not None:
        headers["authorization"] = _basic(*wanted.basic)
    body = None
    if wanted.form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = urlencode(wanted.form).encode()
    return Call(
        url=check_url(wanted.url),
        method="GET" if body is None else "POST",
        headers=headers,
        body=body,
        max_bytes=_MOST_BYTES,
        total_s=_PATIENCE_S,
        max_redirects=0,
    )


def _basic(user: str, password: Secret) -> str:
    # Encoded as a form first: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
    pair = f"{quote_plus(user)}:{quote_plus(password.reveal())}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
