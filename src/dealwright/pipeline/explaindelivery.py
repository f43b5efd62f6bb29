"""ExplainDelivery: why one Delivery stands where it does, what it did, and what is to be done."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.delivery import State
from dealwright.core.explanations import explanation
from dealwright.core.journal import Act, Entry
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.explainlore import Lore, moment_words, steps_of
from dealwright.pipeline.explainvalues import in_words, record_page
from dealwright.pipeline.reviewitem import delivery_item, is_reviewed
from dealwright.pipeline.stories import DeliveryStory, Hint
from dealwright.store.connections import Connection, connection
from dealwright.store.delivery_list import Delivery, delivery
from dealwright.store.explaining import followers_of
from dealwright.store.journal import entries_of_deliveries

_REVIEW: Final = "dealwright review"


def explain_delivery(db: sa.Connection, number: int) -> DeliveryStory:
    """One Delivery; raises NotFound."""
    return story_of(Lore(db=db), delivery(db, number))


def story_of(lore: Lore, one: Delivery) -> DeliveryStory:
    """A Delivery that was read."""
    found = connection(lore.db, one.connection_id)
    written_by = one.written_by
    entries = entries_of_deliveries(lore.db, [written_by or one.id])
    others = followers_of(lore.db, one.id, connection_id=found.id)
    return DeliveryStory(
        id=one.id,
        connection=found.name,
        connection_id=found.id,
        state=one.state.value,
        code=one.code,
        message=one.message,
        hint=_hint(one, found),
        cause=lore.cause_of(one),
        record_kind=one.record_kind or "",
        record_id=one.record_id,
        url=_url(found, one.record_kind, one.record_id),
        next_at=None if one.next_at_ms is None else from_ms(one.next_at_ms),
        attempts=one.attempts,
        tokens=one.tokens,
        written_by=written_by,
        others=tuple(other.id for other in others),
        steps=tuple(steps_of(one)),
        changes=tuple(_changes(lore, found, entries)),
    )


def _hint(one: Delivery, found: Connection) -> Hint:
    told = explanation(one.code, one.state)
    means = told.means
    if one.written_by is not None:
        means = f"{means} It was written together with Delivery {one.written_by}, in one call."
    if one.state is State.WAITING and one.next_at_ms is not None:
        means = f"{means} The next try is at {moment_words(from_ms(one.next_at_ms))}."
    do = told.advice(
        delivery=one.id, connection=found.name, event=one.event_seq, mapping=one.mapping_id
    )
    if is_reviewed(one.state, one.code) and _REVIEW not in do:
        item = "" if one.meeting_id is not None else f" {delivery_item(one.id)}"
        do = f"{do} Or see what may be decided: `{_REVIEW}{item}`.".strip()
    return Hint(means=means, do=do, who=told.who.value)


def _changes(lore: Lore, found: Connection, entries: list[Entry]) -> Iterator[str]:
    """What was done, in sentences."""
    for entry in entries:
        yield f"{_change(lore, found, entry)}{'' if entry.is_sure else ' (no answer came)'}"


def _change(lore: Lore, found: Connection, entry: Entry) -> str:
    named = f"{entry.kind} {entry.record_id}"
    match entry.act:
        case Act.CREATE:
            return f"made {named} with {_values(lore, found, entry)}"
        case Act.UPDATE:
            return f"changed {named}: {_values(lore, found, entry)}"
        case Act.LINK:
            return f"linked “{entry.external_id}” to {named}"
        case Act.OPTIONS:
            labels = ", ".join(entry.after.get("ids", {}))
            return f"added to the field {entry.after.get('name', '')} the options {labels}"
        case _:
            return f"{_PLAIN[entry.act]} {named}"


_PLAIN = {
    Act.DELETE: "deleted",
    Act.UNLINK: "took the link away from",
    Act.JOIN: "added participants to",
    Act.LEAVE: "took participants out of",
    Act.MERGE: "merged",
}


_NONE: Final[Mapping[str, Any]] = {}


def _values(lore: Lore, found: Connection, entry: Entry) -> str:
    fields = lore.fields(found.id, entry.kind)
    custom: Mapping[str, Any] = entry.after.get("custom_fields", {})
    before: Mapping[str, Any] = entry.before.get("custom_fields") or _NONE
    told: list[str] = []
    pairs = [(key, entry.before.get(key), after) for key, after in entry.after.items()]
    pairs = [pair for pair in pairs if pair[0] != "custom_fields"]
    pairs += [(key, before.get(key), after) for key, after in custom.items()]
    for key, was, after in pairs:
        definition = fields.get(key)
        name = definition.field_name if definition is not None else key
        over = f"{in_words(was, definition)} → " if entry.act is Act.UPDATE else ""
        told.append(f"{name} {over}{in_words(after, definition)}")
    return "; ".join(told) or "nothing"


def _url(found: Connection, kind: str | None, record_id: RecordId | None) -> str:
    return "" if kind is None else record_page(found.base_url, RecordKind(kind), record_id)
