"""Card acts: one try at a button that was pressed, by the same way to write as everything else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa

from dealwright.core import identifier
from dealwright.core.cardact import WRITES, CardAct
from dealwright.core.catalogue import AccountList
from dealwright.core.delivery import State, Step
from dealwright.core.identifier import Identifier
from dealwright.core.match import Reference
from dealwright.core.plan import Create, Plan
from dealwright.core.record import Organization, Person, Record, RecordId, RecordKind
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.cardplans import Sight, plan_of
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.card_acts import CardAct as Stored
from dealwright.store.card_acts import act, forget_body
from dealwright.store.links import links

#: Ops that need the account's types of activity.
_OF_TYPES: Final = frozenset({"activity_create", "log_email"})


class Scribe(Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as a card needs it."""

    steps: list[Step]

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change."""
        ...

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Have something stored with the outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PressButton:
    """Does what a button of a card says, or says why not.

    `adopted` are records that an earlier try made though its answer was lost, by kind and external
    id.
    """

    act_id: int
    tenure: Tenure
    mirror: Reading
    resolver: Resolver
    accounts: AccountBook
    scribe: Scribe
    adopted: Mapping[tuple[RecordKind, str], Record] = field(
        default_factory=dict[tuple[RecordKind, str], Record]
    )

    async def verdict(self) -> Verdict:
        """Try once. Raises the UpstreamError tree, MappingError and NeedsChoice."""
        stored = await self.tenure.read(lambda db: act(db, self.act_id))
        wanted = msgspec.json.decode(stored.body, type=CardAct)
        plan = plan_of(wanted, await self._sight(stored, wanted))
        record_id = await self.scribe.write(plan)
        self.scribe.also(lambda db: forget_body(db, self.act_id))
        self.scribe.steps.append(
            Step(stage="plan", text=f"{wanted.op}, pressed by {stored.user_name}")
        )
        return _ended(wanted, plan, record_id)

    async def _sight(self, stored: Stored, wanted: CardAct) -> Sight:
        prefix = _prefix(stored, wanted)
        made = await self._made(prefix)
        subject = None
        if wanted.record:
            record = await self.mirror.read(wanted.on, int(wanted.record))
            subject = None if record is None or record.is_deleted else record
        persons, organizations = await self._named(wanted, made)
        types: Any = ()
        if wanted.op in _OF_TYPES:
            types = await self.accounts.read(AccountList.ACTIVITY_TYPES, self.resolver.records)
        return Sight(
            subject=subject,
            persons=persons,
            organizations=organizations,
            types=types,
            made=made,
            prefix=prefix,
        )

    async def _named(
        self, wanted: CardAct, made: Mapping[RecordKind, RecordId]
    ) -> tuple[tuple[Person, ...], tuple[Organization, ...]]:
        """Who has the address of the form, and what has the organization's name."""
        persons: tuple[Record, ...] = ()
        organizations: tuple[Record, ...] = ()
        email, org = wanted.text("email"), wanted.text("org")
        if wanted.op == "contact_create" and email and RecordKind.PERSON not in made:
            persons = await self._sighted(RecordKind.PERSON, identifier.email(email))
        if org and not persons and RecordKind.ORGANIZATION not in made:
            organizations = await self._sighted(RecordKind.ORGANIZATION, identifier.name(org))
        return (
            tuple(one for one in persons if isinstance(one, Person)),
            tuple(one for one in organizations if isinstance(one, Organization)),
        )

    async def _sighted(self, kind: RecordKind, key: Identifier) -> tuple[Record, ...]:
        found = await self.resolver.sight(Reference(role=kind.value, kind=kind, keys=(key,)))
        return found.records

    async def _made(self, prefix: str) -> dict[RecordKind, RecordId]:
        """What earlier tries made, and what the same e-mail was logged as."""
        connection_id = self.tenure.connection_id

        def known(db: sa.Connection) -> dict[RecordKind, RecordId]:
            found: dict[RecordKind, RecordId] = {}
            for kind in {RecordKind.ORGANIZATION, *WRITES.values()}:
                name = f"{prefix}/{kind}"
                there = links(db, connection_id, source_id=0, kind=kind, external_ids=[name])
                if name in there:
                    found[kind] = there[name]
            return found

        made = await self.tenure.read(known)
        lost = {
            kind: record.id
            for (kind, name), record in self.adopted.items()
            if name == f"{prefix}/{kind}"
        }
        return made | lost


def _prefix(stored: Stored, wanted: CardAct) -> str:
    """What the act's records are known by: an e-mail's is the same for all colleagues."""
    if wanted.op == "log_email" and wanted.mail:
        return f"mail/{wanted.mail}/{wanted.on}/{wanted.record}"
    return f"card/{stored.nonce}"


def _ended(wanted: CardAct, plan: Plan, record_id: RecordId | None) -> Verdict:
    kind = WRITES[wanted.op] if plan.writes or not wanted.record else wanted.on
    named = f"{kind.capitalize()} {record_id}"
    if not plan.writes:
        return Verdict(
            state=State.UNCHANGED,
            code=plan.code or "unchanged",
            message=f"{named} is already as wanted; nothing was sent.",
            record_kind=kind,
            record_id=record_id,
        )
    is_new = any(isinstance(change, Create) for change in plan.changes)
    return Verdict(
        state=State.DELIVERED,
        code="created" if is_new else "updated",
        message=f"{named} was {'created' if is_new else 'updated'}.",
        record_kind=kind,
        record_id=record_id,
    )
