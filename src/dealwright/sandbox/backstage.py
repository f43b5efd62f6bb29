"""More of `/_sandbox/*`: apps, uninstalling, webhook deliveries and their faults, edits."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from dealwright.sandbox.answers import Answer, encode
from dealwright.sandbox.clock import rfc3339_ms
from dealwright.sandbox.company import Company
from dealwright.sandbox.courier import Outgoing, Parcel
from dealwright.sandbox.edit import Edit, edit
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.integrations import App, Grant
from dealwright.sandbox.oauthscopes import SCOPES
from dealwright.sandbox.state import StateError
from dealwright.sandbox.webhookdelivery import WebhookFault
from dealwright.sandbox.webhooks import is_loopback

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox


class _NewApp(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    redirect_uri: str
    scopes: list[str] = []
    client_id: str | None = None
    client_secret: str | None = None


class _Uninstall(msgspec.Struct, forbid_unknown_fields=True):
    client_id: str
    user_id: int | None = None


def asked_company(sandbox: "Sandbox", exchange: Exchange) -> Company:
    """The company that `?company=ID` names, or the first. Raises StateError."""
    asked = exchange.query.get("company")
    if asked is None:
        return sandbox.world.default_company
    company = sandbox.world.companies.get(int(asked) if asked.isdecimal() else 0)
    if company is None:
        raise StateError(f"There is no company {asked}.")
    return company


def _app_view(app: App) -> Any:
    return {
        "client_id": app.id,
        "client_secret": app.client_secret,
        "name": app.name,
        "redirect_uri": app.redirect_uri,
        "scopes": app.scopes,
    }


def _apps(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    return {"apps": [_app_view(app) for app in sandbox.grants.apps()]}


def _add_app(sandbox: "Sandbox", exchange: Exchange) -> Any:
    asked = msgspec.json.decode(exchange.body, type=_NewApp)
    unknown = [scope for scope in asked.scopes if scope not in SCOPES]
    if unknown:
        raise StateError(f"scopes: {unknown[0]} is none. There are: {', '.join(SCOPES)}.")
    if not urlsplit(asked.redirect_uri).hostname:
        raise StateError("redirect_uri: give the whole callback URL, with http:// or https://.")
    app = App(
        id=asked.client_id or secrets.token_hex(8),
        client_secret=asked.client_secret or secrets.token_hex(20),
        name=asked.name,
        redirect_uri=asked.redirect_uri,
        scopes=tuple(dict.fromkeys(["base", *asked.scopes])),
        add_time=sandbox.clock.now_ms(),
    )
    return _app_view(sandbox.grants.register(app))


def _uninstall(sandbox: "Sandbox", exchange: Exchange) -> Any:
    asked = msgspec.json.decode(exchange.body, type=_Uninstall)
    app = sandbox.grants.app(asked.client_id)
    if app is None:
        raise StateError(f"client_id: there is no app {asked.client_id}.")
    company = asked_company(sandbox, exchange)
    grants = [
        grant for grant in company.grants.values()
        if grant.client_id == app.id and asked.user_id in {None, grant.user_id}
    ]  # fmt: skip
    for grant in grants:
        sandbox.grants.uninstall(company, grant)
        notify_uninstall(sandbox, company, app, grant)
    return {"uninstalled": [grant.user_id for grant in grants]}


def notify_uninstall(sandbox: "Sandbox", company: Company, app: App, grant: Grant) -> None:
    """`DELETE` to the callback, whose reply is ignored. Source: the app-uninstallation page."""
    host = urlsplit(app.redirect_uri).hostname or ""
    if is_loopback(host) and not sandbox.options.switches.loopback:
        return
    pair = b64encode(f"{app.id}:{app.client_secret}".encode()).decode()
    body = {
        "client_id": app.id,
        "company_id": company.id,
        "user_id": grant.user_id,
        "timestamp": rfc3339_ms(sandbox.clock.now_ms()),
    }
    outgoing = Outgoing(
        method="DELETE",
        url=app.redirect_uri,
        headers={"content-type": "application/json", "authorization": f"Basic {pair}"},
        body=encode(body),
    )
    sandbox.courier.put(Parcel(lane=app.id, pack=lambda: outgoing, done=lambda _: None))


def _deliveries(sandbox: "Sandbox", exchange: Exchange) -> Any:
    since = exchange.query.get("since", "0")
    attempts = sandbox.deliveries.attempts(int(since) if since.isdecimal() else 0)
    return {
        "attempts": attempts,
        "next": sandbox.deliveries.count,
        "waiting": sandbox.courier.waiting(),
    }


def _webhook_faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    return {"faults": sandbox.deliveries.faults.rules()}


def _add_webhook_faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    single = exchange.body.lstrip()[:1] == b"{"
    raw = b"[" + exchange.body + b"]" if single else exchange.body
    for rule in msgspec.json.decode(raw, type=list[WebhookFault]):
        sandbox.deliveries.faults.add(rule)
    return _webhook_faults(sandbox, exchange)


def _clear_webhook_faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    sandbox.deliveries.faults.clear()
    return _webhook_faults(sandbox, exchange)


def _edit(sandbox: "Sandbox", exchange: Exchange) -> Answer:
    wanted = msgspec.json.decode(exchange.body, type=Edit)
    return edit(sandbox, asked_company(sandbox, exchange), wanted)


BACKSTAGE: dict[tuple[str, str], Callable[["Sandbox", Exchange], Any]] = {
    ("GET", "apps"): _apps,
    ("POST", "apps"): _add_app,
    ("POST", "uninstall"): _uninstall,
    ("GET", "webhooks"): _deliveries,
    ("GET", "webhook-faults"): _webhook_faults,
    ("POST", "webhook-faults"): _add_webhook_faults,
    ("DELETE", "webhook-faults"): _clear_webhook_faults,
    ("POST", "edit"): _edit,
}
