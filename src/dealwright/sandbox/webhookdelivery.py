"""Delivery of webhooks: attempts, retries, bans, deletion, and bad days by rule.

Source: the webhooks v2 guide: success is any 2xx within 10 s, else again after 3, 30 and 150 s;
10 failed first attempts ban a webhook for 30 minutes, 3 days without success delete it.
"""

from base64 import b64encode
from collections import deque
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from dealwright.sandbox.clock import DAY_MS, rfc3339_ms
from dealwright.sandbox.company import Actor, Change, Company
from dealwright.sandbox.courier import Courier, Outgoing, Parcel
from dealwright.sandbox.integrations import Webhook
from dealwright.sandbox.rulebook import Rule, Rulebook
from dealwright.sandbox.webhookevents import Notice, event_of, notice, payload, wants
from dealwright.sandbox.world import World

RETRIES_S = (3, 30, 150)
BAN_AFTER = 10
BAN_MS = 30 * 60_000
GONE_AFTER_MS = 3 * DAY_MS
KEPT = 10_000
_SYSTEM = Actor(user_id=0, source="app")
Fate: TypeAlias = Literal["delivered", "failed", "lost", "banned", "removed"]


class WebhookFault(Rule, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong with webhooks.

    `lose` an event, `double` it (two deliveries, one `meta.id`), or hold it back for `hold_s`
    so that later ones overtake it (`reorder`). `event` says which: `change.person`, `*.deal`,
    None for all.
    """

    kind: Literal["lose", "double", "reorder"]
    event: str | None = None
    webhook_id: int | None = None
    hold_s: float = 5.0


def fits_event(rule: WebhookFault, told: Notice) -> bool:
    """Whether a rule is for this event of this webhook."""
    if rule.webhook_id not in {None, told.webhook.id}:
        return False
    if rule.event is None:
        return True
    action, _, entity = rule.event.partition(".")
    return action in {"*", told.event.action} and entity in {"*", told.event.entity}


class DeliveryAttempt(Struct, frozen=True, kw_only=True):
    """One try, or what stood in for it. `status` None: no answer within 10 s."""

    index: int
    at: str
    company_id: int
    webhook_id: int
    event: str
    entity_id: str
    event_id: str
    change_source: str
    attempt: int
    url: str
    fate: Fate
    status: int | None


class _Health:
    __slots__ = ("banned_until", "strikes")

    def __init__(self) -> None:
        self.strikes = 0
        self.banned_until = 0


class Deliveries:
    """Hears of every change, tells every webhook that asked, and keeps book."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier
        self._health: dict[tuple[int, int], _Health] = {}
        self._log: deque[DeliveryAttempt] = deque(maxlen=KEPT)
        self._count = 0
        self.faults: Rulebook[WebhookFault] = Rulebook(fits_event)

    def start(self) -> None:
        """Listen from now on; what was before (seed, restored state) is no event."""
        self._world.on_change(self._changed)
        for company in self._world.companies.values():
            for webhook in company.webhooks.values():
                self._watch(company, webhook)

    def clear(self) -> None:
        """Forget everything but the way here."""
        self._health.clear()
        self._log.clear()
        self._count = 0
        self.faults.clear()
        self._courier.clear()

    def attempts(self, since: int = 0) -> list[DeliveryAttempt]:
        """The attempts from this index on, oldest first (the newest 10,000)."""
        first = self._count - len(self._log)
        return list(self._log)[max(0, since - first) :]

    @property
    def count(self) -> int:
        """How many attempts there were."""
        return self._count

    def banned_until_ms(self, company: Company, webhook_id: int) -> int | None:
        """When a ban ends, or None."""
        until = self._of(company, webhook_id).banned_until
        return until if until > self._world.clock.now_ms() else None

    def _changed(self, company: Company, change: Change) -> None:
        if not company.webhooks:
            return
        event = event_of(company, change)
        if event is None:
            return
        for webhook in company.webhooks.values():
            if wants(webhook, event):
                self._post(company, notice(event, webhook))

    def _post(self, company: Company, told: Notice) -> None:
        fault = self.faults.strike(told)
        if fault is not None and fault.kind == "lose":
            self._note(company, told, 1, "lost", None)
            return
        delay = int(fault.hold_s * 1000) if fault is not None and fault.kind == "reorder" else 0
        self._send(company, told, attempt=1, delay_ms=delay)
        if fault is not None and fault.kind == "double":
            self._send(company, told, attempt=1, delay_ms=0)

    def _send(self, company: Company, told: Notice, *, attempt: int, delay_ms: int) -> None:
        self._courier.put(
            Parcel(
                lane=f"{company.id}:{told.webhook.id}",
                pack=lambda: self._pack(company, told, attempt),
                done=lambda status: self._done(company, told, attempt, status),
            ),
            delay_ms=delay_ms,
        )

    def _pack(self, company: Company, told: Notice, attempt: int) -> Outgoing | None:
        webhook = told.webhook
        if company.webhooks.get(webhook.id) is None:
            return None
        if self.banned_until_ms(company, webhook.id) is not None:
            # Events in the time of a ban are lost (guide); so are retries, we assume.
            self._note(company, told, attempt, "banned", None)
            return None
        headers = {"content-type": "application/json", "user-agent": "Pipedrive Webhooks"}
        if webhook.http_auth_user is not None:
            pair = f"{webhook.http_auth_user}:{webhook.http_auth_password or ''}"
            headers["authorization"] = "Basic " + b64encode(pair.encode()).decode()
        body = payload(company, told, attempt=attempt)
        return Outgoing(method="POST", url=webhook.subscription_url, headers=headers, body=body)

    def _done(self, company: Company, told: Notice, attempt: int, status: int | None) -> None:
        good = status is not None and 200 <= status < 300
        self._note(company, told, attempt, "delivered" if good else "failed", status)
        webhook = company.webhooks.get(told.webhook.id)
        if webhook is None:
            return
        now = self._world.clock.now_ms()
        since = None if good else webhook.failing_since or now
        changed = msgspec.structs.replace(
            webhook, last_delivery_time=now, last_http_status=status, failing_since=since
        )
        company.save("webhook", changed, _SYSTEM)
        if good:
            return
        if webhook.failing_since is None:
            self._watch(company, changed)
        if attempt == 1:
            self._strike(company, webhook)
        if attempt <= len(RETRIES_S):
            delay_ms = RETRIES_S[attempt - 1] * 1000
            self._send(company, told, attempt=attempt + 1, delay_ms=delay_ms)

    def _strike(self, company: Company, webhook: Webhook) -> None:
        # Only a ban sets the counter back; the guide names nothing else.
        health = self._of(company, webhook.id)
        health.strikes += 1
        if health.strikes >= BAN_AFTER:
            health.strikes = 0
            health.banned_until = self._world.clock.now_ms() + BAN_MS

    def _watch(self, company: Company, webhook: Webhook) -> None:
        """Delete the webhook if by then nothing has got through."""
        since = webhook.failing_since
        if since is None:
            return

        def look() -> None:
            known = company.webhooks.get(webhook.id)
            if known is not None and known.failing_since == since:
                company.purge("webhook", webhook.id, _SYSTEM)

        self._world.agenda.at(since + GONE_AFTER_MS, look)

    def _of(self, company: Company, webhook_id: int) -> _Health:
        return self._health.setdefault((company.id, webhook_id), _Health())

    def _note(
        self, company: Company, told: Notice, attempt: int, fate: Fate, status: int | None
    ) -> None:
        self._log.append(
            DeliveryAttempt(
                index=self._count,
                at=rfc3339_ms(self._world.clock.now_ms()) or "",
                company_id=company.id,
                webhook_id=told.webhook.id,
                event=told.event.name,
                entity_id=told.event.entity_id,
                event_id=told.id,
                change_source=told.event.source,
                attempt=attempt,
                url=told.webhook.subscription_url,
                fate=fate,
                status=status,
            )
        )
        self._count += 1
