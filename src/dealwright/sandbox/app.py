"""The sandbox as an ASGI application: admits, meters, routes, answers, and writes it down."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dealwright.sandbox import costs
from dealwright.sandbox.answers import (
    Answer,
    Header,
    Json,
    Refusal,
    forbidden_scope,
    retired,
    unauthorized,
    unknown_method,
    wrong_method,
)
from dealwright.sandbox.asgi import serve_scope
from dealwright.sandbox.call import Call, Principal
from dealwright.sandbox.calllog import CallLog, LoggedCall
from dealwright.sandbox.clock import Clock
from dealwright.sandbox.company import Actor, Company
from dealwright.sandbox.courier import Courier, Sender
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.faults import FaultRule, fits_call
from dealwright.sandbox.journal import Journal
from dealwright.sandbox.languages import localized
from dealwright.sandbox.limits import (
    abuse_page,
    burst_refusal,
    daily_refusal,
    day_headers,
    rate_headers,
    writes_header,
)
from dealwright.sandbox.oauthgrants import Grants
from dealwright.sandbox.oauthscopes import opens
from dealwright.sandbox.options import Options
from dealwright.sandbox.router import Route
from dealwright.sandbox.routes import Handler, router
from dealwright.sandbox.rulebook import Rulebook
from dealwright.sandbox.seed import demo_company, new_account
from dealwright.sandbox.state import COLLECTIONS, StateError, load, load_file, record_json
from dealwright.sandbox.webhookdelivery import Deliveries
from dealwright.sandbox.world import World

_log = logging.getLogger("dealwright.sandbox")
_COUNTED = frozenset({"POST", "PUT"})
_ADVICE = (
    "A token came in an address (?api_token=). Pipedrive has documented only the header "
    "x-api-token since 2025; addresses end up in logs."
)
_QUERY_TOKEN_WARNING = (b"warning", b'299 - "api_token in the query is out of support"')


class Sandbox:
    """A Pipedrive in one process. Call it as an ASGI application, or reach in from a test."""

    def __init__(
        self,
        options: Options,
        *,
        follow: Callable[[], datetime] | None = None,
        sender: Sender | None = None,
    ) -> None:
        self.options = options
        self.clock = Clock(options.frozen_at, follow=follow)
        self.world = World(options, self.clock)
        self.grants = Grants(self.world)
        self.courier = Courier(self.clock, sender)
        self.deliveries = Deliveries(self.world, self.courier)
        self.faults: Rulebook[FaultRule] = Rulebook(fits_call)
        self.log = CallLog()
        self.token = options.token or secrets.token_hex(20)
        self._warned = False
        self._router = router(legacy_v1=options.legacy_v1)
        costs.listed()
        self._retired = costs.retired_paths()
        self._journal = (
            Journal(options.state_dir, self.world) if options.state_dir is not None else None
        )
        self._begin()

    @property
    def calls(self) -> list[LoggedCall]:
        """The calls so far, oldest first (the newest 100,000)."""
        return list(self.log)

    @property
    def total_cost(self) -> int:
        """Tokens spent since the start or the last reset."""
        return self.log.total_cost

    def _begin(self) -> None:
        journal = self._journal
        if journal is None or not journal.exists():
            self._seed()
        else:
            journal.restore()
            self._hand_out_token(self.options.token)
        self._register_apps()
        if journal is not None:
            journal.start()
        self.deliveries.start()

    def _register_apps(self) -> None:
        for app in self.options.apps:
            self.grants.register(app)

    def _seed(self) -> None:
        seed = self.options.seed
        if seed == "demo":
            demo_company(self.world)
        else:
            company = new_account(self.world, domain="sandbox", name="Sandbox Ltd")
            if seed != "empty":
                load_file(company, Path(seed), actor=_app_actor(company))
                company.index.flush()
        self._hand_out_token(self.token)

    def _hand_out_token(self, token: str | None) -> None:
        company = self.world.default_company
        admin = next(iter(company.users.values()))
        known = [p.token for p in self.world.api_tokens() if p.company is company]
        self.token = token or (known[0] if known else self.token)
        self.world.issue(company, admin, self.token)

    def reset(self) -> None:
        """Back to the beginning: records, calls, faults, budget; the clock stays."""
        self.world.clear()
        self.faults.clear()
        self.log.clear()
        self.grants.clear()
        self.deliveries.clear()
        self._seed()
        self._register_apps()
        if self._journal is not None:
            self._journal.compact()

    def close(self) -> None:
        """Write the state down for the last time, if it is kept."""
        if self._journal is not None:
            self._journal.stop()

    def records(self, collection: str) -> list[Json]:
        """All records of a collection ("persons", "deals", …) of the first company."""
        kind, _ = COLLECTIONS[collection]
        rows = self.world.default_company.tables[kind].values()
        return [record_json(row) for row in rows]

    def record(self, kind: str, key: int | str) -> Json | None:
        """One record by kind ("person", …) and id, or None."""
        found = self.world.default_company.tables[kind].get(key)
        return None if found is None else record_json(found)

    def put_state(
        self, state: Json, *, replace: bool = False, company: Company | None = None
    ) -> None:
        """Put records in, whole or partial; search finds them at once. Raises StateError."""
        company = company or self.world.default_company
        load(company, state, replace=replace, actor=_app_actor(company))
        company.index.flush()

    def add_fault(self, **rule: Any) -> None:
        """Arm a rule; the keywords are those of FaultRule."""
        self.faults.add(msgspec.convert(rule, FaultRule))

    def lose_next_answer(self, method: str, path: str) -> None:
        """The next such call does its work, and its answer is lost on the way back."""
        self.add_fault(method=method, path=path, reset=True, after_commit=True, times=1)

    def act(self, principal: Principal, method: str, path: str, *, body: bytes) -> Answer:
        """Do what the API would, unmetered and unlogged: a person in Pipedrive's own pages."""
        self.world.agenda.run_due()
        headers = {b"content-type": b"application/json"}
        exchange = Exchange(method, path, query_string="", headers=headers, body=body)
        return self._route(principal, exchange)

    def handle(self, exchange: Exchange) -> Answer:
        """Answer one request, with metering, without writing it down."""
        self.world.agenda.run_due()
        try:
            principal = self._admit(exchange)
        except Refusal as refusal:
            return refusal.answer
        refused = self._meter(principal, exchange)
        if refused is not None:
            return refused
        answer = self._route(principal, exchange)
        now = self.clock.now_ms()
        if answer.status < 500 and (answer.status < 400 or self.options.limits.refused_calls_cost):
            principal.company.ledger.charge(exchange.cost, now)
        else:
            exchange.cost = 0
        if exchange.method in _COUNTED:
            self.world.limits(principal).writes.charge(1, now)
        answer.headers = (*answer.headers, *self._headers(principal, exchange, now))
        return answer

    def _admit(self, exchange: Exchange) -> Principal:
        if exchange.token_in_query and not self.options.switches.query_token:
            raise unauthorized()
        principal = self.world.admit(exchange.token) if exchange.token else None
        if principal is None:
            raise unauthorized()
        if exchange.token_in_query and not self._warned:
            self._warned = True
            _log.warning(_ADVICE)
        exchange.principal = principal
        return principal

    def _meter(self, principal: Principal, exchange: Exchange) -> Answer | None:
        limits = self.options.limits
        now = self.clock.now_ms()
        windows = self.world.limits(principal)
        if principal.kind == "api_token" and windows.abuse.blocked(now):
            return abuse_page()
        ledger = principal.company.ledger
        refused: Answer | None = None
        if limits.daily and ledger.remaining(now) <= 0:
            refused = daily_refusal(ledger, now)
        elif not self._in_window(principal, exchange, now):
            refused = burst_refusal()
        if refused is None:
            windows.abuse.obeyed()
            return None
        windows.abuse.refused(now, after=limits.abuse_after, minutes=limits.abuse_minutes)
        refused.headers = (*refused.headers, *self._headers(principal, exchange, now))
        return refused

    def _in_window(self, principal: Principal, exchange: Exchange, now: int) -> bool:
        limits = self.options.limits
        windows = self.world.limits(principal)
        is_search = exchange.path.endswith("/search") or "/itemSearch" in exchange.path
        if limits.search_burst and is_search:
            if not windows.search.take(now):
                return False
            if not limits.search_counts_as_burst:
                return True
        return not limits.burst or windows.burst.take(now)

    def _route(self, principal: Principal, exchange: Exchange) -> Answer:
        path = exchange.path if exchange.path.startswith("/api/") else f"/api{exchange.path}"
        route, params = self._router.match(exchange.method, path)
        try:
            if principal.scopes is not None:
                _check_scopes(principal.scopes, route)
            if route is None:
                raise self._no_route(path)
            exchange.template = route.template
            exchange.cost = costs.price(route.method, route.template)
            call = Call(
                principal,
                path,
                query_string=exchange.query_string,
                body=exchange.body,
                content_type=exchange.content_type,
            )
            call.params = params
            return _run(route, call)
        except Refusal as refusal:
            user = principal.company.users.get(principal.user_id)
            return localized(refusal.answer, user.language if user else "en")

    def _no_route(self, path: str) -> Refusal:
        if path.startswith("/api/v1/"):
            return retired() if _is_retired(path, self._retired) else unknown_method()
        if path.startswith("/api/v2/users"):
            # Not a 404: seen live.
            return forbidden_scope()
        return wrong_method() if self._router.methods(path) else unknown_method()

    def _headers(self, principal: Principal, exchange: Exchange, now: int) -> tuple[Header, ...]:
        counted = self.world.limits(principal)
        more: list[Header] = []
        if exchange.token_in_query:
            more.append(_QUERY_TOKEN_WARNING)
        if exchange.method in _COUNTED and principal.kind == "api_token":
            more.append(writes_header(counted.writes, now))
        return (
            *rate_headers(counted.burst, now),
            *day_headers(principal.company.ledger, now),
            *more,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI entry."""
        await serve_scope(self, scope, receive, send)


def _check_scopes(scopes: frozenset[str], route: Route[Handler] | None) -> None:
    if route is None or not opens(scopes, route.method, route.template):
        raise forbidden_scope()


def _run(route: Route[Handler], call: Call) -> Answer:
    try:
        return route.handler(call)
    except Refusal:
        raise
    except Exception:  # noqa: BLE001 -- whatever breaks, the caller gets Pipedrive's 500
        _log.exception("sandbox.fault %s %s", route.method, route.template)
        raise Refusal(
            500, {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"}
        ) from None


def _is_retired(path: str, templates: frozenset[str]) -> bool:
    segments = path.strip("/").split("/")
    for template in templates:
        parts = template.strip("/").split("/")
        if len(parts) == len(segments) and all(
            segment.isdecimal() if part.startswith("{") else part == segment
            for part, segment in zip(parts, segments, strict=True)
        ):
            return True
    return False


def _app_actor(company: Company) -> Actor:
    return Actor(user_id=next(iter(company.users.values())).id, source="app")


def create_app(
    options: Options | None = None,
    *,
    follow: Callable[[], datetime] | None = None,
    sender: Sender | None = None,
) -> Sandbox:
    """A sandbox, seeded and ready; `follow` lets it live by somebody else's clock.

    `sender` is asked to send webhooks and uninstall notices; without one they go over HTTP.
    Raises StateError if the seed file does not fit.
    """
    return Sandbox(options or Options(), follow=follow, sender=sender)


__all__ = ["Sandbox", "StateError", "create_app"]
