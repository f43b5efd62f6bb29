"""Events of webhooks v2: what happened, for whose eyes, and the JSON that tells it."""

from typing import Literal, TypeAlias
from uuid import uuid4

from msgspec import Struct

from dealwright.sandbox.answers import Json, encode
from dealwright.sandbox.clock import rfc3339_ms
from dealwright.sandbox.company import Change, Company
from dealwright.sandbox.integrations import Webhook
from dealwright.sandbox.visibility import sees
from dealwright.sandbox.webhooks import kind
from dealwright.sandbox.webhookviews import VIEWS, changed_keys

Action: TypeAlias = Literal["create", "change", "delete"]


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to one record. `data` None: it is gone, `previous` is its last."""

    action: Action
    entity: str
    entity_id: str
    data: Json | None
    previous: Json | None
    user_id: int
    source: str
    at_ms: int
    permitted: tuple[int, ...]
    merged_to: str | None = None
    merged_from: str | None = None

    @property
    def name(self) -> str:
        """`change.person`."""
        return f"{self.action}.{self.entity}"


def event_of(company: Company, change: Change) -> Event | None:
    """The event of a write; None if it is none that webhooks tell of."""
    view = VIEWS.get(change.kind)
    action = None if view is None else _action(change)
    if view is None or action is None:
        return None
    before: Json | None = None if change.before is None else view(company, change.before)
    after: Json | None = None if action == "delete" else view(company, change.after)
    previous = before
    if action == "change" and before is not None and after is not None:
        previous = changed_keys(before, after)
        if not previous and change.merged_from is None:
            return None
    record = change.before if change.after is None else change.after
    merged_to = getattr(record, "merged_to", None)
    return Event(
        action=action,
        entity=change.kind,
        entity_id=str(change.key),
        data=after,
        previous=previous,
        user_id=change.actor.user_id,
        source=change.actor.source,
        at_ms=change.at_ms,
        permitted=_permitted(company, record),
        merged_to=None if merged_to is None else str(merged_to),
        merged_from=None if change.merged_from is None else str(change.merged_from),
    )


def _action(change: Change) -> Action | None:
    was = change.before is not None and not getattr(change.before, "is_deleted", False)
    is_there = change.after is not None and not getattr(change.after, "is_deleted", False)
    # A user who goes is told as a change with `active_flag` false (migration guide).
    if was and is_there:
        return "change"
    if was:
        return "delete"
    return "create" if is_there else None


def _permitted(company: Company, record: object) -> tuple[int, ...]:
    return tuple(
        user.id
        for user in company.users.values()
        if user.active_flag and (not hasattr(record, "visible_to") or sees(user, company, record))
    )


def wants(webhook: Webhook, event: Event) -> bool:
    """Whether a webhook asks for this event and its user may know of it."""
    return (
        webhook.event_action in {"*", event.action}
        and webhook.event_object in {"*", event.entity}
        and webhook.user_id in event.permitted
    )


class Notice(Struct, frozen=True, kw_only=True):
    """One event for one webhook; every attempt carries the same ids."""

    event: Event
    webhook: Webhook
    id: str
    correlation_id: str


def notice(event: Event, webhook: Webhook) -> Notice:
    """A notice with ids of its own."""
    return Notice(event=event, webhook=webhook, id=str(uuid4()), correlation_id=str(uuid4()))


def payload(company: Company, told: Notice, *, attempt: int) -> bytes:
    """The body of one attempt; all ids in `meta` are texts."""
    event, webhook = told.event, told.webhook
    meta: Json = {
        "action": event.action,
        "company_id": str(company.id),
        "correlation_id": told.correlation_id,
        "entity": event.entity,
        "entity_id": event.entity_id,
        "id": told.id,
        "is_bulk_edit": False,
        "timestamp": _timestamp(event),
        "type": kind(webhook),
        "user_id": str(event.user_id),
        "version": "2.0",
        "webhook_id": str(webhook.id),
        "webhook_owner_id": str(webhook.owner_id),
        "change_source": event.source,
        "permitted_user_ids": [str(user_id) for user_id in event.permitted],
        "attempt": attempt,
        "host": f"{company.domain}.pipedrive.com",
    }
    if event.merged_to is not None:
        meta["merged_to_id"] = event.merged_to
    if event.merged_from is not None:
        meta["merged_from_id"] = event.merged_from
    return encode({"meta": meta, "data": event.data, "previous": event.previous})


def _timestamp(event: Event) -> str | int:
    # The user entity alone has seconds as a number (migration guide).
    return event.at_ms // 1000 if event.entity == "user" else rfc3339_ms(event.at_ms) or ""
