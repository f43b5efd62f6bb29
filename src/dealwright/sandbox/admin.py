"""`/_sandbox/*`: how a script looks behind the scenes and moves them. Costs nothing."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from dealwright.sandbox.answers import Answer, encode
from dealwright.sandbox.backstage import BACKSTAGE, asked_company
from dealwright.sandbox.clock import ClockError, rfc3339_ms
from dealwright.sandbox.company import Company
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.faults import FaultRule
from dealwright.sandbox.seed import new_account
from dealwright.sandbox.state import StateError, dump

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox


class _Move(msgspec.Struct, forbid_unknown_fields=True):
    advance_s: float | None = None
    set: datetime | None = None


class _NewCompany(msgspec.Struct, forbid_unknown_fields=True):
    domain: str
    name: str | None = None


class _NewToken(msgspec.Struct, forbid_unknown_fields=True):
    user_id: int = 1
    token: str | None = None


def answer_admin(sandbox: "Sandbox", exchange: Exchange) -> Answer:
    """Answer one admin call; 400 with a sentence for a body that does not fit."""
    name = exchange.path.removeprefix("/_sandbox/").strip("/")
    handler = _HANDLERS.get((exchange.method, name))
    if handler is None:
        known = ", ".join(f"{method} {path}" for method, path in _HANDLERS)
        return _answer({"error": f"No such admin call. There are: {known}"}, status=404)
    try:
        return _answer(handler(sandbox, exchange))
    except (StateError, ClockError, msgspec.MsgspecError, KeyError, TypeError) as fault:
        return _answer({"error": str(fault)}, status=400)


def _answer(value: Any, *, status: int = 200) -> Answer:
    if isinstance(value, Answer):
        return value
    return Answer(status, encode(value))


def _companies(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    return {
        "companies": [
            {"id": company.id, "domain": company.domain, "name": company.name}
            for company in sandbox.world.companies.values()
        ]
    }


def _found_company(sandbox: "Sandbox", exchange: Exchange) -> Any:
    asked = msgspec.json.decode(exchange.body, type=_NewCompany)
    company = new_account(sandbox.world, domain=asked.domain, name=asked.name or asked.domain)
    return {"id": company.id, "token": _issue(sandbox, company, 1)}


def _issue_token(sandbox: "Sandbox", exchange: Exchange) -> Any:
    asked = msgspec.json.decode(exchange.body, type=_NewToken)
    return {"token": _issue(sandbox, asked_company(sandbox, exchange), asked.user_id, asked.token)}


def _issue(sandbox: "Sandbox", company: Company, user_id: int, token: str | None = None) -> str:
    user = company.users.get(user_id)
    if user is None:
        raise StateError(f"There is no user {user_id}.")
    return sandbox.world.issue(company, user, token or secrets.token_hex(20)).token


def _state(sandbox: "Sandbox", exchange: Exchange) -> Any:
    state = dump(asked_company(sandbox, exchange))
    state["clock"] = rfc3339_ms(sandbox.clock.now_ms())
    return state


def _put_state(sandbox: "Sandbox", exchange: Exchange) -> Any:
    body = msgspec.json.decode(exchange.body, type=dict[str, Any])
    replace = exchange.query.get("replace") == "true"
    sandbox.put_state(body, replace=replace, company=asked_company(sandbox, exchange))
    return {"ok": True}


def _calls(sandbox: "Sandbox", exchange: Exchange) -> Any:
    since = exchange.query.get("since", "0")
    calls = sandbox.log.since(int(since) if since.isdecimal() else 0)
    return {"calls": calls, "total_cost": sandbox.log.total_cost, "next": sandbox.log.count}


def _faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    return {"faults": sandbox.faults.rules()}


def _add_faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    single = exchange.body.lstrip()[:1] == b"{"
    raw = b"[" + exchange.body + b"]" if single else exchange.body
    for rule in msgspec.json.decode(raw, type=list[FaultRule]):
        sandbox.faults.add(rule)
    return {"faults": sandbox.faults.rules()}


def _clear_faults(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    sandbox.faults.clear()
    return {"faults": []}


def _clock(sandbox: "Sandbox", exchange: Exchange) -> Any:
    move = msgspec.json.decode(exchange.body, type=_Move)
    if move.set is not None:
        moment = move.set if move.set.tzinfo else move.set.replace(tzinfo=UTC)
        sandbox.clock.set(moment)
    if move.advance_s is not None:
        sandbox.clock.advance(move.advance_s)
    return _now(sandbox, exchange)


def _now(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    return {"now": rfc3339_ms(sandbox.clock.now_ms())}


def _reset(sandbox: "Sandbox", exchange: Exchange) -> Any:
    del exchange
    sandbox.reset()
    return {"ok": True}


def _budget(sandbox: "Sandbox", exchange: Exchange) -> Any:
    ledger = asked_company(sandbox, exchange).ledger
    now = sandbox.clock.now_ms()
    return {
        "daily": ledger.daily,
        "remaining": ledger.remaining(now),
        "spent_since_start": ledger.spent_ever,
        "resets_in_s": ledger.reset_in_s(now),
    }


_HANDLERS: dict[tuple[str, str], Callable[["Sandbox", Exchange], Any]] = {
    ("GET", "state"): _state,
    ("PUT", "state"): _put_state,
    ("GET", "calls"): _calls,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "clock"): _now,
    ("POST", "clock"): _clock,
    ("POST", "reset"): _reset,
    ("GET", "budget"): _budget,
    ("GET", "companies"): _companies,
    ("POST", "companies"): _found_company,
    ("POST", "tokens"): _issue_token,
    **BACKSTAGE,
}
