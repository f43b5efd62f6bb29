"""Write: the Changes of a Plan, one after the other. Only `deliver` may call this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.core.delivery import Step
from dealwright.core.errors import MappingError, Rejected, Unavailable, UpstreamError
from dealwright.core.plan import (
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
from dealwright.core.record import Deal, Record, RecordId, RecordKind
from dealwright.core.standins import Made, StandIn, filled
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.notebook import Notebook
from dealwright.pipeline.options import Added, add_options
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.recover import Claims
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import GONE
from dealwright.store.intents import Intent, put_intent, settle_intent
from dealwright.store.journal import Act, NewEntry, make_sure, strike
from dealwright.store.merges import merged

# As it is sent: an amount is a number, and is looked for as one.
_BODY = msgspec.json.Encoder(decimal_format="number")

#: What may be deleted: what a Mapping says is to go, and a note of ours on somebody else. By a
#: Correction all that we have made.
_DELETABLE = frozenset({RecordKind.DEAL, RecordKind.NOTE})

Memo = Callable[[sa.Connection], object]

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes for one Delivery.

    What is to be remembered of a Change is stored with the intent of the next one, and after the
    last with the outcome of the try (`remember`): a Create and its Delivery end in one transaction.
    `begin` says in the store that the try begins: before anything is sent, else with the outcome.
    `unsure` tells, after an error, that a Create may have been done. `fresh` are the records that
    were written, as they are now. `idle` tells, after a Plan, that all it wanted was there already.
    """

    records: Records
    recent: Recent
    mirror: Reading
    accounts: AccountBook
    claims: Claims
    tenure: Tenure
    delivery_id: int
    source_id: int
    begin: Memo
    correction_id: int | None = None
    steps: list[Step] = field(default_factory=list[Step])
    unsure: bool = False
    fresh: dict[RecordKind, Record] = field(default_factory=dict[RecordKind, Record])
    idle: bool = False
    _begun: bool = False
    _sent_any: bool = False
    _made: dict[int, RecordId] = field(default_factory=dict[int, RecordId])
    _options: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _memos: list[Memo] = field(default_factory=list[Memo])

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change in order; the id of the last record written.

        Raises the UpstreamError tree; what was done before stays done, and is found again.
        """
        record_id = plan.record_id
        for change in plan.changes:
            match change:
                case SchemaChange():
                    await self._see_begun()
                    added = await add_options(change, accounts=self.accounts, records=self.records)
                    self._options |= {(change.field, label): at for label, at in added.ids.items()}
                    self._enter_options(change, added)
                    self._say(added.sentence)
                case Create() | Update():
                    values = filled(change.values, self._id)
                    record_id = await self._change(replace(change, values=values))
                    self._made[id(change)] = record_id
                case Join():
                    record_id = await self._join(change, made=record_id)
                case Leave():
                    record_id = await self._leave(change)
                case _:
                    record_id = await self._change(change)
        self.idle = plan.writes and not self._sent_any
        return record_id

    def adopt(self, record: Record, *, kind: RecordKind, intent: Intent) -> None:
        """Take a record as the one that an earlier try made."""
        body = msgspec.json.decode(intent.body)
        self._settle(record, kind=kind, external_id=intent.external_id, intent_id=intent.id)
        self._enter(
            NewEntry(
                act=Act.CREATE,
                kind=kind,
                record_id=record.id,
                after=body,
                update_time=record.update_time or "",
            )
        )
        self.steps.append(
            Step(stage="match", text=f"an earlier try, its answer lost, made {kind} {record.id}")
        )

    def give_up(self, intent_id: int) -> None:
        """Take an intended Create as not done."""
        now_ms = self.tenure.now_ms
        self._memos.append(lambda db: settle_intent(db, intent_id, record_id=None, now_ms=now_ms))

    def also(self, memo: Memo | None) -> None:
        """Have something stored with the outcome."""
        if memo is not None:
            self._memos.append(memo)

    def remember(self, db: sa.Connection) -> None:
        """Store what was learned, in the transaction of the outcome."""
        if not self._begun:
            self.begin(db)
        self.mirror.store(db)
        for memo in self._memos:
            memo(db)

    @property
    def _notebook(self) -> Notebook:
        return Notebook(
            tenure=self.tenure,
            delivery_id=self.delivery_id,
            source_id=self.source_id,
            correction_id=self.correction_id,
        )

    async def _see_begun(self) -> None:
        """Have it known that something is about to be sent."""
        if not self._begun:
            await self._keep(self.remember)

    async def _keep(self, store: Callable[[sa.Connection], T]) -> T:
        """Store what is to be remembered by now."""
        kept = await self.tenure.write(store)
        self._begun = True
        self._memos.clear()
        return kept

    async def _join(self, change: Join, *, made: RecordId | None) -> RecordId:
        deal_id = change.deal if change.deal is not None else made
        if not isinstance(deal_id, int):
            raise MappingError("Only deals have participants.", code="unsupported_change")
        present = await self.records.participants(deal_id)
        joined: list[RecordId] = []
        for person_id in filled(change.person_ids, self._id):
            if person_id not in present:
                await self._see_begun()
                await self.records.add_participant(deal_id, person_id)
                self._sent_any = True
                joined.append(person_id)
                self._say(f"person {person_id} takes part in deal {deal_id}")
        if joined:
            told = {"person_ids": joined}
            self._enter(NewEntry(act=Act.JOIN, kind=RecordKind.DEAL, record_id=deal_id, after=told))
        return deal_id

    async def _leave(self, change: Leave) -> RecordId:
        await self._see_begun()
        gone = await self.records.remove_participants(change.deal, change.person_ids)
        for person_id in gone:
            self._say(f"person {person_id} no longer takes part in deal {change.deal}")
        if gone:
            self._sent_any = True
            told = {"person_ids": gone}
            kind = RecordKind.DEAL
            self._enter(NewEntry(act=Act.LEAVE, kind=kind, record_id=change.deal, after=told))
        return change.deal

    def _id(self, standin: StandIn) -> RecordId:
        if isinstance(standin, Made):
            return self._made[id(standin.create)]
        return self._options[standin.field, standin.label]

    async def _change(self, change: Create | Update | Link | Unlink | Delete | Merge) -> RecordId:
        self._sent_any = self._sent_any or not isinstance(change, Link | Unlink)
        match change:
            case Create():
                return await self._create(change)
            case Update():
                return await self._update(change)
            case Link():
                self._link(change, source_id=change.source_id)
                return change.record_id
            case Unlink():
                self._unlink(change)
                return change.record_id
            case Delete():
                return await self._delete(change)
            case Merge():
                return await self._merge(change)

    async def _create(self, change: Create) -> RecordId:
        # Pipedrive has no idempotency key, so we write down what we mean before we ask for it.
        body = _BODY.encode(change.values)
        intent_id = await self._keep(lambda db: self._intend(db, change, body))
        async with self.claims.turn(change.kind, body):
            try:
                record = await self.records.create(change.kind, change.values)
            except UpstreamError as error:
                self.unsure = isinstance(error, Unavailable) and error.sent
                if not self.unsure:
                    self.give_up(intent_id)
                raise
            self.claims.add(change.kind, record.id)
        self.fresh[change.kind] = record
        self._settle(record, kind=change.kind, external_id=change.external_id, intent_id=intent_id)
        self._enter(
            NewEntry(
                act=Act.CREATE,
                kind=change.kind,
                record_id=record.id,
                after=change.values,
                update_time=record.update_time or "",
            )
        )
        self._say(f"created {change.kind} {record.id} with {_keys(change.values)}")
        if isinstance(record, Deal):
            self._say_defaults(record, change.values)
        return record.id

    async def _delete(self, change: Delete) -> RecordId:
        if change.kind not in _DELETABLE and self.correction_id is None:
            raise MappingError(f"No {change.kind} is deleted.", code="unsupported_change")
        await self._see_begun()
        await self.records.delete(change.kind, change.record_id)
        self.mirror.deleted(change.kind, change.record_id)
        held = {**change.image, "name": change.before}
        self._enter(
            NewEntry(act=Act.DELETE, kind=change.kind, record_id=change.record_id, before=held)
        )
        self._say(f"deleted {change.kind} {change.record_id}; Pipedrive's API cannot restore it")
        return change.record_id

    async def _merge(self, change: Merge) -> RecordId:
        kind, into = change.kind, change.into
        entry = NewEntry(
            act=Act.MERGE,
            kind=kind,
            record_id=change.record_id,
            after={"into": into},
            before=change.image,
            is_sure=False,
        )
        entry_id = await self._keep(lambda db: self._foretell(db, entry))
        try:
            await self.records.merge(kind, change.record_id, into=into)
        except UpstreamError as error:
            if isinstance(error, Unavailable) and error.sent:
                self.mirror.doubt(kind, change.record_id)
                self.mirror.doubt(kind, into)
            else:
                self._memos.append(lambda db: strike(db, entry_id))
            raise
        self.merged(change, entry_id)
        return into

    def merged(self, change: Merge, entry_id: int) -> None:
        """Take a merge, which was entered before it was sent, as done: now or by an earlier try."""
        kind, lost, into = change.kind, change.record_id, change.into
        at_ms, connection_id = self.tenure.now_ms, self.tenure.connection_id
        self.mirror.deleted(kind, lost)
        self.mirror.doubt(kind, into)
        self._memos.append(lambda db: make_sure(db, entry_id))
        self._memos.append(
            lambda db: merged(db, connection_id, kind, lost=lost, into=into, at_ms=at_ms)
        )
        self._say(f"{kind} {lost} has become part of {kind} {into}; it cannot be undone")

    async def _update(self, change: Update) -> RecordId:
        # What it writes over must be known however it ends. And a record that was made is looked
        # for by what it was made with: it must be known as ours before it is changed.
        entry = NewEntry(
            act=Act.UPDATE,
            kind=change.kind,
            record_id=change.record_id,
            after=change.values,
            before=change.before,
            is_sure=False,
        )
        entry_id = await self._keep(lambda db: self._foretell(db, entry))
        record = await self._sent(change, entry_id)
        now = record.update_time or ""
        self._memos.append(lambda db: make_sure(db, entry_id, update_time=now))
        self.fresh[change.kind] = record
        self.recent.note(change.kind, record, at_ms=self.tenure.now_ms)
        self.mirror.note(change.kind, record)
        self._say(f"updated {change.kind} {change.record_id}: {_keys(change.values)}")
        if change.external_id:
            self._link(change)
        return change.record_id

    async def _sent(self, change: Update, entry_id: int) -> Record:
        try:
            return await self.records.update(change.kind, change.record_id, change.values)
        except UpstreamError as error:
            if isinstance(error, Unavailable) and error.sent:
                self.mirror.doubt(change.kind, change.record_id)
                raise
            self._memos.append(lambda db: strike(db, entry_id))
            if isinstance(error, Rejected) and (
                error.code == GONE or error.status == HTTPStatus.GONE
            ):
                self.mirror.gone(change.kind, change.record_id)
            raise

    def _foretell(self, db: sa.Connection, entry: NewEntry) -> int:
        """Enter what is about to be sent; the entry's id."""
        self.remember(db)
        return self._notebook.enter(db, entry)

    def _enter_options(self, change: SchemaChange, added: Added) -> None:
        if added.new:
            told = {"field": change.field, "name": change.name, "ids": added.new}
            self._enter(NewEntry(act=Act.OPTIONS, kind=change.kind, record_id=None, after=told))

    def _enter(self, entry: NewEntry) -> None:
        """Have something entered that was done."""
        self._memos.append(lambda db: self._notebook.enter(db, entry))

    def _link(self, change: Link | Update, *, source_id: int | None = None) -> None:
        kind, external_id, record_id = change.kind, change.external_id, change.record_id
        self._memos.append(
            lambda db: self._notebook.link(db, kind, external_id, record_id, source_id=source_id)
        )
        self._say(f"linked {external_id} to {kind} {record_id}")

    def _unlink(self, change: Unlink) -> None:
        self._memos.append(lambda db: self._notebook.unlink(db, change))
        self._say(f"{change.external_id} is no longer linked to {change.kind} {change.record_id}")

    def _settle(
        self, record: Record, *, kind: RecordKind, external_id: str, intent_id: int
    ) -> None:
        now_ms = self.tenure.now_ms

        def settle(db: sa.Connection) -> None:
            settle_intent(db, intent_id, record_id=record.id, now_ms=now_ms)
            if external_id:
                self._notebook.link(db, kind, external_id, record.id)

        self.recent.note(kind, record, at_ms=now_ms)
        self.mirror.note(kind, record)
        self._memos.append(settle)

    def _intend(self, db: sa.Connection, change: Create, body: bytes) -> int:
        self.remember(db)
        return put_intent(
            db,
            self.delivery_id,
            connection_id=self.tenure.connection_id,
            kind=change.kind,
            external_id=change.external_id,
            body=body,
            created_at_ms=self.tenure.now_ms,
        )

    def _say_defaults(self, deal: Deal, sent: Mapping[str, Any]) -> None:
        """Tell what Pipedrive filled in by itself."""
        filled = [
            f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
            for key in ("value", "currency", "stage_id", "status")
            if key not in sent and (value := getattr(deal, key)) is not None
        ]
        if filled:
            self._say(f"Pipedrive set {', '.join(filled)}")

    def _say(self, text: str) -> None:
        self.steps.append(Step(stage="write", text=text))


def _keys(values: Mapping[str, Any]) -> str:
    return ", ".join(sorted(values)) or "nothing"
