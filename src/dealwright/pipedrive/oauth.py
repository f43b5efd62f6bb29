"""OAuth: how an app asks for, renews and gives back what a user grants it. No I/O of its own.

Source: https://pipedrive.readme.io/docs/marketplace-oauth-authorization. A refresh token stays the
same and lives 60 days from its last use; an access token lives an hour.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from dealwright.core.errors import ConfigError, Rejected, Unauthorized, Unavailable, UpstreamError
from dealwright.core.secret import Secret
from dealwright.pipedrive import faults
from dealwright.pipedrive.badge import FixedBadge, app_badge, is_token
from dealwright.pipedrive.credentials import OAuth
from dealwright.pipedrive.urls import checked_url
from dealwright.pipedrive.wire import Request, Response

if TYPE_CHECKING:
    from dealwright.pipedrive.sender import Sender

#: Where Pipedrive's own OAuth server is, for every account.
SERVER: Final = "https://oauth.pipedrive.com"

#: What a callback has below the hub's own address; one per app, also told of an uninstall.
CALLBACK: Final = "/oauth/pipedrive/callback"

_FORM: Final = "application/x-www-form-urlencoded"
_HOUR_S: Final = 3600
_LONGEST_LIFE_S: Final = 30 * 86_400

#: What RFC 6749 5.2 calls a client that is not known, or may not do this.
_NOT_OUR_APP: Final = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as Pipedrive's Developer Hub registers it. Raises ConfigError (`invalid_app`)."""

    client_id: str
    secret: Secret

    def __post_init__(self) -> None:
        if not is_token(self.client_id) or ":" in self.client_id or not self.secret.reveal():
            raise ConfigError(
                "The client id or secret of the Pipedrive app is none: copy both from the app's "
                "page in Pipedrive's Developer Hub.",
                code="invalid_app",
            )

    @property
    def badge(self) -> FixedBadge:
        """What the app shows to the OAuth server."""
        return app_badge(self.client_id, self.secret)


def server_for(base_url: str) -> str:
    """The OAuth server of an account: Pipedrive's, or the sandbox itself."""
    return SERVER if urlsplit(base_url).scheme == "https" else base_url


def authorize_url(server: str, *, client_id: str, redirect_uri: str, state: str) -> str:
    """Where a user is sent to allow the app. `redirect_uri` is the registered one, exactly."""
    asked = {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    return f"{server}/oauth/authorize?{urlencode(asked)}"


class OAuthServer:
    """What an app asks an OAuth server, by `sender`; `server` decides which hosts it may name.

    All of it raises Unavailable, and Unauthorized: `app_refused` when the app is not known,
    `api_domain_refused` when the account's address is none.
    """

    def __init__(self, sender: "Sender", *, server: str) -> None:
        self._sender = sender
        self._server = server

    async def exchange(self, code: Secret, *, redirect_uri: str, now_ms: int) -> OAuth:
        """What a user granted, for the code of the callback, which is then used up.

        Raises Rejected (`oauth_code_refused`).
        """
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": redirect_uri,
        }
        response = await self._ask("/oauth/token", form)
        if response.status == 400 and _error(response.body) == "invalid_grant":
            raise Rejected(
                "Pipedrive does not take its own code any more: it lives 5 minutes and counts "
                "once. Begin again.",
                code="oauth_code_refused",
                status=400,
            )
        return _granted(response, server=self._server, now_ms=now_ms)

    async def refresh(self, refresh: Secret, *, now_ms: int) -> OAuth:
        """A new access token. Raises Unauthorized (`reauth`): the grant has ended."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh.reveal()}
        response = await self._ask("/oauth/token", form)
        return _granted(response, server=self._server, now_ms=now_ms)

    async def revoke(self, refresh: Secret) -> None:
        """Give back what was granted; of one that is unknown nothing is left to do (RFC 7009)."""
        form = {"token": refresh.reveal(), "token_type_hint": "refresh_token"}
        response = await self._ask("/oauth/revoke", form)
        if not 200 <= response.status < 300:
            raise _fault(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()

    async def _ask(self, path: str, form: dict[str, str]) -> Response:
        # Without a slash at the end: a redirect to it would make a GET of a POST.
        request = Request(
            method="POST",
            path=path,
            operation=f"POST {path}",
            tokens=0,
            body=urlencode(form).encode("ascii"),
            content_type=_FORM,
        )
        return await self._sender.send(request)


class _Answer(msgspec.Struct):
    access_token: str
    refresh_token: str
    api_domain: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token
    scope: str = ""
    expires_in: float = _HOUR_S


def _granted(response: Response, *, server: str, now_ms: int) -> OAuth:
    if not 200 <= response.status < 300:
        raise _fault(response)
    try:
        told = msgspec.json.decode(response.body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable(response.status) from None
    kind, tokens = told.token_type.casefold(), (told.access_token, told.refresh_token)
    if kind != "bearer" or not all(is_token(token) for token in tokens):
        raise _unreadable(response.status)
    life_s = min(max(told.expires_in, 0), _LONGEST_LIFE_S)
    return OAuth(
        access=Secret(told.access_token),
        refresh=Secret(told.refresh_token),
        expires_at_ms=now_ms + int(life_s * 1000),
        scopes=tuple(sorted(told.scope.replace(",", " ").split())),
        api_domain=api_domain_of(told.api_domain, server=server),
    )


def api_domain_of(told: str, *, server: str) -> str:
    """The address that an OAuth server named, if a token may go there.

    From Pipedrive's own server that is a host below pipedrive.com, by https; from a sandbox's the
    sandbox alone. Raises Unauthorized (`api_domain_refused`).
    """
    try:
        url = checked_url(told)
    except ConfigError:
        url = ""
    fits = url.startswith("https://") if server == SERVER else url == server
    if not fits:
        shown = "".join(c for c in told[:80] if c.isprintable())
        raise Unauthorized(
            f"The OAuth server named “{shown}” as the account's address, which is none of "
            "Pipedrive's. Nothing was sent there, and nothing is stored.",
            code="api_domain_refused",
        )
    return url


def _fault(response: Response) -> UpstreamError:
    """What a refusal means; nothing of its text is shown, for it may repeat what was sent."""
    status, error = response.status, _error(response.body)
    if status == 400 and error == "invalid_grant":
        return Unauthorized(
            "Pipedrive has ended what was granted to the app: it was uninstalled, its user left, "
            "or it was unused for 60 days. Reconnect: dealwright connections reconnect NAME.",
            code="reauth",
            status=status,
        )
    if status == 401 or error in _NOT_OUR_APP:
        return Unauthorized(
            "Pipedrive does not know the app: set DEALWRIGHT_PIPEDRIVE_CLIENT_ID and "
            "DEALWRIGHT_PIPEDRIVE_CLIENT_SECRET to what its Developer Hub shows.",
            code="app_refused",
            status=status,
        )
    if 300 <= status < 400:
        return Unavailable(
            "Pipedrive's OAuth server answered with a redirect, which is not followed because the "
            "app's secret would go along. It is tried again by itself.",
            code="redirected",
            status=status,
        )
    return Unavailable(
        f"Pipedrive's OAuth server does not answer as it should (status {status}). "
        "It is tried again by itself.",
        status=status,
        retry_after_s=faults.seconds(response.headers.get("retry-after")),
    )


def _unreadable(status: int) -> Unavailable:
    return Unavailable(
        "What Pipedrive's OAuth server answered is no token. It is tried again by itself.",
        code="unreadable_answer",
        status=status,
    )


def _error(body: bytes) -> str:
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    error = told.get("error") if isinstance(told, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return error if isinstance(error, str) else ""
