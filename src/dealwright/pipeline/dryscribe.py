"""DryScribe: takes Plans as if they were written, into the Overlay; nothing leaves this process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS, Catalogue
from dealwright.core.delivery import Step
from dealwright.core.plan import (
    Change,
    Create,
    Delete,
    Join,
    Leave,
    Link,
    Merge,
    Plan,
    SchemaChange,
    Unlink,
    Update,
)
from dealwright.core.record import RECORD_TYPES, Lead, Record, RecordId, RecordKind
from dealwright.core.schema import FIELD_KEY
from dealwright.core.standins import Made, StandIn, filled
from dealwright.core.written import Written
from dealwright.pipedrive.costs import price
from dealwright.pipeline.accounts import price_of
from dealwright.pipeline.dryworld import KeptLists, Overlay, stand_in
from dealwright.pipeline.estimate import delete_price, write_price
from dealwright.pipeline.past import Past

_BODY: Final = msgspec.json.Encoder(decimal_format="number")


def _nobody(_: RecordId) -> Record | None:
    return None


@dataclass(slots=True, kw_only=True)
class DryScribe:
    """Writes nothing for one would-be Delivery.

    `done` are the Changes, with stand-in ids for what would be made, and the id of the record;
    `stood` what was written into a record before, by its id; `tokens` what the Plan would cost.
    `present` gives the record that an Update is about; `catalogue` tells what Pipedrive fills in.
    """

    overlay: Overlay
    lists: KeptLists
    past: Past
    source_id: int
    catalogue: Catalogue
    present: Callable[[RecordId], Record | None] = _nobody
    steps: list[Step] = field(default_factory=list[Step])
    fresh: dict[RecordKind, Record] = field(default_factory=dict[RecordKind, Record])
    idle: bool = False
    done: list[tuple[Change, RecordId | None]] = field(
        default_factory=list[tuple[Change, "RecordId | None"]]
    )
    stood: dict[RecordId, Written] = field(default_factory=dict[RecordId, Written])
    tokens: int = 0
    _made: dict[int, RecordId] = field(default_factory=dict[int, RecordId])
    _options: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    async def write(self, plan: Plan) -> RecordId | None:
        """Take every Change as done; the id of the last record."""
        record_id = plan.record_id
        for change in plan.changes:
            if isinstance(change, Update):
                stood = await self.past.of(change.kind, change.record_id)
                self.stood[change.record_id] = stood
            record_id = self._done(change, record_id)
        return record_id

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Keep nothing: what is to be remembered, the Past of this run remembers."""

    def _done(self, change: Change, record_id: RecordId | None) -> RecordId | None:
        match change:
            case Create():
                return self._create(change)
            case Update():
                return self._update(change)
            case Link():
                self._link(change.kind, change.external_id, change.record_id)
            case Delete():
                self.overlay.delete(change.kind, change.record_id)
                self.tokens += delete_price(change.kind)
            case SchemaChange():
                self._add_options(change)
                return record_id
            case Join():
                return self._join(change, made=record_id)
            case Unlink() | Leave() | Merge():
                raise TypeError("no Mapping unlinks anything")
        self.done.append((change, change.record_id))
        return change.record_id

    def _create(self, change: Create) -> RecordId:
        values = filled(change.values, self._id)
        record_id = self.overlay.new_id(change.kind)
        self._made[id(change)] = record_id
        body = {**_filled_in(change.kind, values, self.catalogue), **values}
        record = _record(change.kind, record_id, {}, body)
        self._take(change.kind, record)
        if change.external_id:
            self._link(change.kind, change.external_id, record_id)
        self.tokens += write_price(change.kind)
        self.done.append((replace(change, values=values), record_id))
        return record_id

    def _update(self, change: Update) -> RecordId:
        values = filled(change.values, self._id)
        present = self.present(change.record_id)
        held: dict[str, Any] = {} if present is None else msgspec.to_builtins(present)
        self._take(change.kind, _record(change.kind, change.record_id, held, values))
        if change.external_id:
            self._link(change.kind, change.external_id, change.record_id)
        self.tokens += write_price(change.kind)
        self._made[id(change)] = change.record_id
        self.done.append((replace(change, values=values), change.record_id))
        return change.record_id

    def _join(self, change: Join, *, made: RecordId | None) -> RecordId | None:
        deal_id = change.deal if change.deal is not None else made
        persons = tuple(filled(change.person_ids, self._id))
        add = "/api/v1/deals/{id}/participants"
        self.tokens += price(f"GET {add}") + len(persons) * price(f"POST {add}")
        joined = replace(change, deal=cast("Any", deal_id), person_ids=persons)
        self.done.append((joined, deal_id))
        return deal_id

    def _add_options(self, change: SchemaChange) -> None:
        ids = self.lists.add_options(change)
        self._options |= {(change.field, label): at for label, at in ids.items()}
        self.tokens += 2 * price_of([FIELD_LISTS[change.kind]])
        self.tokens += price(f"POST /api/v2/{change.kind}Fields/{{field_code}}/options")
        self.done.append((change, None))

    def _take(self, kind: RecordKind, record: Record) -> None:
        self.overlay.put(kind, record)
        self.fresh[kind] = record

    def _link(self, kind: RecordKind, external_id: str, record_id: RecordId) -> None:
        self.overlay.links[self.source_id, kind, external_id] = record_id

    def _id(self, standin: StandIn) -> RecordId:
        if isinstance(standin, Made):
            return self._made[id(standin.create)]
        return self._options[standin.field, standin.label]


def _filled_in(
    kind: RecordKind, values: Mapping[str, Any], catalogue: Catalogue
) -> Mapping[str, Any]:
    """What Pipedrive itself gives a new record, as far as the account's lists tell."""
    me = catalogue.me
    owner = {} if me is None else {"owner_id": me.id}
    if kind is not RecordKind.DEAL:
        return {} if kind is RecordKind.NOTE else owner
    stage_id, pipeline_id = values.get("stage_id"), values.get("pipeline_id")
    stages = [one for one in catalogue.stages or () if not one.is_deleted]
    pipelines = [one for one in catalogue.pipelines or () if not one.is_deleted]
    if stage_id is not None:
        pipeline_id = next((one.pipeline_id for one in stages if one.id == stage_id), None)
    elif pipeline_id is None and pipelines:
        pipeline_id = min(pipelines, key=lambda one: (one.order_nr, one.id)).id
    if stage_id is None:
        inside = [one for one in stages if one.pipeline_id == pipeline_id]
        stage_id = min(inside, key=lambda one: one.order_nr).id if inside else None
    currency = None if me is None else me.default_currency
    found = {"pipeline_id": pipeline_id, "stage_id": stage_id, "currency": currency, "value": 0}
    return owner | {key: one for key, one in found.items() if one is not None}


def _record(
    kind: RecordKind, record_id: RecordId, held: Mapping[str, Any], body: Mapping[str, Any]
) -> Record:
    """What Pipedrive would have after a body was written over what it holds."""
    values: dict[str, Any] = msgspec.json.decode(_BODY.encode(body))
    custom: dict[str, Any] = {
        **held.get("custom_fields", {}),
        **(values.get("custom_fields") or {}),
    }
    if RECORD_TYPES[kind] is Lead:
        custom |= {key: value for key, value in values.items() if FIELD_KEY.match(key)}
    whole = {**held, **values, "id": record_id, "custom_fields": custom}
    # Pipedrive writes null where a field of ours is never null.
    told = {key: value for key, value in whole.items() if value is not None}
    return msgspec.convert(told, RECORD_TYPES[kind], strict=False)


def shown_id(kind: RecordKind, record_id: object) -> str:
    """A record in words.

    >>> shown_id(RecordKind.PERSON, 42), shown_id(RecordKind.LEAD, "new-1")
    ('person 42', 'new lead 1')
    """
    number = stand_in(record_id)
    return f"{kind} {record_id}" if number is None else f"new {kind} {number}"
