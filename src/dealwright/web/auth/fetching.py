"""Fetching: what the hub asks an OpenID provider, over verified https and nowhere else."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus, urlsplit

import aiohttp

from dealwright.core.secret import Secret
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


async def fetch(wanted: Wanted) -> Fetched:
    """Ask with aiohttp; redirects are not followed, since a secret may go along."""
    url = check_url(wanted.url)
    headers = {"accept": "application/json"}
    if wanted.basic is not None:
        headers["authorization"] = _basic(*wanted.basic)
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(
                "GET" if wanted.form is None else "POST",
                url,
                data=wanted.form,
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            body = await answer.content.read(_MOST_BYTES)
            while len(body) < _MOST_BYTES and (more := await answer.content.read(_MOST_BYTES)):
                body += more
            return Fetched(status=answer.status, body=body)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ProviderFailed(
            f"The OpenID provider does not answer ({type(error).__name__}). Try again, or look at "
            "DEALWRIGHT_OIDC_ISSUER."
        ) from error


def _basic(user: str, password: Secret) -> str:
    # Encoded as a form first: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
    pair = f"{quote_plus(user)}:{quote_plus(password.reveal())}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
