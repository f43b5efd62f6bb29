"""The OAuth server: authorize, token, revoke. Source: the marketplace OAuth pages, RFC 6749."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from dealwright.sandbox.answers import Answer, Json, encode
from dealwright.sandbox.company import Company
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.integrations import App, Grant
from dealwright.sandbox.oauthgrants import ACCESS_MS
from dealwright.sandbox.oauthpage import Account, consent_page, fault_page

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

_FORM = "application/x-www-form-urlencoded"


def answer_oauth(sandbox: "Sandbox", exchange: Exchange, *, origin: str) -> Answer:
    """Answer one request below `/oauth/`; `origin` is where the caller found this sandbox."""
    # openapi-v1 writes the refresh with a slash at the end; both are served.
    match exchange.method, exchange.path.rstrip("/"):
        case "GET", "/oauth/authorize":
            return _ask(sandbox, _pairs(exchange.query_string))
        case "POST", "/oauth/authorize":
            return _decide(sandbox, _pairs(exchange.body.decode("utf-8", "replace")))
        case "POST", "/oauth/token":
            return _token(sandbox, exchange, origin)
        case "POST", "/oauth/revoke":
            return _revoke(sandbox, exchange)
        case _:
            return _fault(404, "not_found", "There are /oauth/authorize, /token and /revoke.")


def _pairs(text: str) -> Mapping[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _fault(status: int, error: str, message: str) -> Answer:
    # Nobody has published these bodies: RFC 6749's `error`, in Pipedrive's envelope.
    body = encode({"success": False, "error": error, "message": message})
    return Answer(status, body, headers=((b"cache-control", b"no-store"),))


def _accounts(sandbox: "Sandbox") -> list[Account]:
    return [
        Account(
            key=f"{company.id}:{user.id}",
            company=company.name,
            user=user.name,
            email=user.email,
            is_admin=user.is_admin,
        )
        for company in sandbox.world.companies.values()
        for user in company.users.values()
        if user.active_flag
    ]


def _asked_app(sandbox: "Sandbox", asked: Mapping[str, str]) -> App | Answer:
    app = sandbox.grants.app(asked.get("client_id", ""))
    if app is None:
        return fault_page(
            "This app is not known here",
            "No app has this client_id. Register it with POST /_sandbox/apps.",
        )
    if asked.get("redirect_uri") != app.redirect_uri:
        return fault_page(
            "Redirect URI match failed",
            f"The app “{app.name}” is registered with the callback {app.redirect_uri}; "
            "redirect_uri must be exactly that.",
        )
    return app


def _ask(sandbox: "Sandbox", asked: Mapping[str, str]) -> Answer:
    app = _asked_app(sandbox, asked)
    if isinstance(app, Answer):
        return app
    return consent_page(app, _accounts(sandbox), state=asked.get("state"))


def _decide(sandbox: "Sandbox", asked: Mapping[str, str]) -> Answer:
    app = _asked_app(sandbox, asked)
    if isinstance(app, Answer):
        return app
    state = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("decision") != "allow":
        return _redirect(app.redirect_uri, {"error": "user_denied", **state})
    account = next((a for a in _accounts(sandbox) if a.key == asked.get("account")), None)
    if account is None:
        return fault_page("Nobody is signed in", "Choose who allows it, then press Allow again.")
    company_id, user_id = (int(part) for part in account.key.split(":"))
    code = sandbox.grants.allow(app, sandbox.world.companies[company_id], user_id)
    return _redirect(app.redirect_uri, {"code": code, **state})


def _redirect(uri: str, more: Mapping[str, str]) -> Answer:
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(more)) if part)
    target = urlunsplit(parts._replace(query=query)).encode()
    return Answer(302, b"", headers=((b"location", target), (b"cache-control", b"no-store")))


def _client(sandbox: "Sandbox", exchange: Exchange, form: Mapping[str, str]) -> App | None:
    """The app behind HTTP Basic, or behind credentials in the body, which are tolerated."""
    header = exchange.headers.get(b"authorization", b"").decode("latin-1")
    if header[:6].lower() == "basic ":
        client_id, secret = _basic(header[6:])
    else:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    app = sandbox.grants.app(client_id)
    known = app is not None and compare_digest(app.client_secret.encode(), secret.encode())
    return app if known else None


def _basic(encoded: str) -> tuple[str, str]:
    try:
        text = b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = text.partition(":")
    return name, secret


def _not_client() -> Answer:
    return _fault(401, "invalid_client", "The client id or the client secret is wrong.")


def _token(sandbox: "Sandbox", exchange: Exchange, origin: str) -> Answer:
    if not exchange.content_type.startswith(_FORM):
        return _fault(400, "invalid_request", f"Send the body as {_FORM}.")
    form = _pairs(exchange.body.decode("utf-8", "replace"))
    app = _client(sandbox, exchange, form)
    if app is None:
        return _not_client()
    match form.get("grant_type"):
        case "authorization_code":
            if form.get("redirect_uri") != app.redirect_uri:
                return _fault(400, "invalid_grant", "redirect_uri is not the app's callback.")
            granted = sandbox.grants.redeem(form.get("code", ""), app)
            wrong = "The code is unknown, used, older than 5 minutes, or another app's."
        case "refresh_token":
            granted = sandbox.grants.refresh(form.get("refresh_token", ""), app)
            wrong = "The refresh token is unknown, revoked, or was unused for 60 days."
        case _:
            return _fault(400, "unsupported_grant_type", "Use authorization_code or refresh_token.")
    if granted is None:
        return _fault(400, "invalid_grant", wrong)
    return Answer(
        200, encode(_token_body(*granted, origin)), headers=((b"cache-control", b"no-store"),)
    )


def _token_body(company: Company, grant: Grant, origin: str) -> Json:
    del company
    return {
        "access_token": grant.access[-1].token,
        "token_type": "Bearer",
        "expires_in": ACCESS_MS // 1000 - 1,
        "refresh_token": grant.id,
        "scope": ",".join(grant.scopes),
        "api_domain": origin,
    }


def _revoke(sandbox: "Sandbox", exchange: Exchange) -> Answer:
    form = _pairs(exchange.body.decode("utf-8", "replace"))
    app = _client(sandbox, exchange, form)
    if app is None:
        return _not_client()
    sandbox.grants.revoke(form.get("token", ""), app)
    # 200 for a token that nobody knows, too (RFC 7009).
    return Answer(200, encode({"success": True}))
