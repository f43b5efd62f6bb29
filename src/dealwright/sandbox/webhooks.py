"""v1 webhooks: list, create, delete. Source: openapi-v1 `/webhooks`, the webhooks guides."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dealwright.sandbox.answers import Answer, Json, Refusal, encode, forbidden_scope
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339_ms
from dealwright.sandbox.company import Company
from dealwright.sandbox.integrations import Webhook

ACTIONS = ("create", "change", "delete", "*")
OBJECTS = (
    "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product",
    "stage", "user", "*",
)  # fmt: skip
MAX_PER_USER = 40
MAX_NAME = 255
_LOOPBACK = ("localhost", "127.", "::1", "[::1]")
_BAD_URL = "invalid or non-reachable URL"


def _answer(status: int, **more: Any) -> Answer:
    return Answer(status, encode({"status": "ok", "success": True, **more}))


def _refused(status: int, errors: Mapping[str, list[str]]) -> Refusal:
    return Refusal(status, {"status": "error", "success": False, "errors": errors})


def view(company: Company, row: Webhook) -> Json:
    """The webhook as v1 shows it."""
    return {
        "id": row.id,
        "company_id": company.id,
        "owner_id": row.owner_id,
        "user_id": row.user_id,
        "event_action": row.event_action,
        "event_object": row.event_object,
        "subscription_url": row.subscription_url,
        "version": "2.0",
        "is_active": 1,
        "add_time": rfc3339_ms(row.add_time),
        "remove_time": None,
        "type": kind(row),
        "http_auth_user": row.http_auth_user,
        "http_auth_password": row.http_auth_password,
        "remove_reason": None,
        "last_delivery_time": rfc3339_ms(row.last_delivery_time),
        "last_http_status": row.last_http_status,
        "admin_id": row.owner_id,
        "name": row.name,
    }


def kind(row: Webhook) -> str:
    """`application` for one that an app made, else `general`."""
    return "general" if row.app is None else "application"


def list_webhooks(call: Call) -> Answer:
    """`GET /webhooks`: an app sees its own, an API token those that no app made."""
    rows = [row for row in call.company.webhooks.values() if _within_reach(call, row)]
    return _answer(200, data=[view(call.company, row) for row in rows])


def create(call: Call) -> Answer:
    """`POST /webhooks`: 201; 422 for the 41st of a user (or of an app's user)."""
    body = call.form_or_json()
    errors = {
        name: [sentence]
        for name, check in _CHECKS.items()
        if (sentence := check(call, body)) is not None
    }
    if errors:
        raise _refused(400, errors)
    mine = [
        row for row in call.company.webhooks.values()
        if row.owner_id == call.user.id and row.app == call.principal.app
    ]  # fmt: skip
    if len(mine) >= MAX_PER_USER:
        raise _refused(422, {"webhook": [f"limit of {MAX_PER_USER} webhooks per user reached"]})
    row = Webhook(
        id=call.company.webhooks.next_id(),
        owner_id=call.user.id,
        user_id=body.get("user_id") or call.user.id,
        event_action=body["event_action"],
        event_object=body["event_object"],
        subscription_url=body["subscription_url"],
        name=body.get("name") or "",
        app=call.principal.app,
        http_auth_user=body.get("http_auth_user"),
        http_auth_password=body.get("http_auth_password"),
        add_time=call.now_ms,
    )
    call.company.save("webhook", row, call.actor)
    return _answer(201, data=view(call.company, row))


def delete(call: Call) -> Answer:
    """`DELETE /webhooks/{id}`: one's own, or anybody's for an admin."""
    text = call.params[0]
    row = call.company.webhooks.get(int(text)) if text.isdecimal() else None
    if row is None or not _within_reach(call, row):
        raise _refused(404, {"id": ["not found"]})
    if row.owner_id != call.user.id and not call.user.is_admin:
        raise Refusal(403, {"success": False, "message": "Forbidden"})
    call.company.purge("webhook", row.id, call.actor)
    return _answer(200)


def _within_reach(call: Call, row: Webhook) -> bool:
    if row.app != call.principal.app:
        return False
    return row.app is None or row.owner_id == call.user.id


def _check_url(call: Call, body: Json) -> str | None:
    url = body.get("subscription_url")
    if not isinstance(url, str):
        return _BAD_URL
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return _BAD_URL
    if parts.scheme not in {"http", "https"} or not host:
        return _BAD_URL
    switches = call.company.options.switches
    if is_loopback(host):
        return None if switches.loopback else _BAD_URL
    # Pipedrive's own API is no place to send to (openapi-v1).
    if host == "pipedrive.com" or host.endswith(".pipedrive.com"):
        return _BAD_URL
    if parts.scheme == "http" and switches.plain_http_webhooks == "refuse":
        raise forbidden_scope()
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, which the real Pipedrive could never reach."""
    return host.startswith(_LOOPBACK)


def _check_action(call: Call, body: Json) -> str | None:
    del call
    return None if body.get("event_action") in ACTIONS else "Event action unsupported"


def _check_object(call: Call, body: Json) -> str | None:
    del call
    return None if body.get("event_object") in OBJECTS else "Event object unsupported"


def _check_name(call: Call, body: Json) -> str | None:
    del call
    # Required in openapi-v1, optional in the guide; the guide's examples have none.
    name = body.get("name")
    fits = name is None or (isinstance(name, str) and len(name) <= MAX_NAME)
    return None if fits else f"must be a text of up to {MAX_NAME} characters"


def _check_version(call: Call, body: Json) -> str | None:
    del call
    fits = body.get("version") in {None, "2.0"}
    return None if fits else "The sandbox sends version 2.0 only"


def _check_user(call: Call, body: Json) -> str | None:
    asked = body.get("user_id")
    fits = asked is None or (type(asked) is int and call.company.users.get(asked) is not None)
    return None if fits else "user not found"


_CHECKS = {
    "subscription_url": _check_url,
    "event_action": _check_action,
    "event_object": _check_object,
    "name": _check_name,
    "version": _check_version,
    "user_id": _check_user,
}
