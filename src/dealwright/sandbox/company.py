"""One company: its users, records, fields, search index and ledger, and who hears of changes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Literal, TypeAlias

from dealwright.sandbox.agenda import Agenda
from dealwright.sandbox.clock import DAY_MS, Clock
from dealwright.sandbox.fielddefs import FieldSet
from dealwright.sandbox.index import SearchIndex
from dealwright.sandbox.integrations import App, Grant, Webhook
from dealwright.sandbox.limits import Ledger
from dealwright.sandbox.options import PLANS, Options, Plan
from dealwright.sandbox.records import (
    Activity,
    ActivityType,
    Deal,
    DealParticipant,
    Key,
    Lead,
    LeadLabel,
    Note,
    NoteComment,
    Organization,
    Person,
    Pipeline,
    Stage,
    User,
)
from dealwright.sandbox.tables import Table

Source: TypeAlias = Literal["api", "app"]
PURGE_MS = 30 * DAY_MS
FIELD_KINDS = ("person", "organization", "deal", "activity", "note", "product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, and whether through the API or in Pipedrive's own pages."""

    user_id: int
    source: Source = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record before and after; `before` None is a creation, `after` None a purge.

    `merged_from` is the record that went into this one, if this write is a merge.
    """

    kind: str
    key: Key
    before: Any
    after: Any
    actor: Actor
    at_ms: int
    merged_from: Key | None = None


Listener: TypeAlias = Callable[["Company", Change], None]
FieldListener: TypeAlias = Callable[["Company", str], None]


class Company:
    """One Pipedrive account."""

    def __init__(self, *, number: int, domain: str, name: str, options: Options, agenda: Agenda):
        self.id = number
        self.domain = domain
        self.name = name
        self.country = "DE"
        self.industry = "IT Services"
        self.options = options
        self.clock: Clock = agenda.clock
        self.random = Random(options.random_seed + number)  # noqa: S311 -- repeatable ids, no secrets
        self.plan: Plan = PLANS[options.plan]
        self.ledger = Ledger(daily=self.plan.multiplier * 30_000 * options.seats)
        self.persons: Table[Person] = Table("org_id")
        self.organizations: Table[Organization] = Table()
        self.deals: Table[Deal] = Table("person_id", "org_id")
        self.activities: Table[Activity] = Table("deal_id", "person_id", "org_id", "lead_id")
        self.notes: Table[Note] = Table("deal_id", "person_id", "org_id", "lead_id")
        self.leads: Table[Lead] = Table("person_id", "organization_id")
        self.pipelines: Table[Pipeline] = Table()
        self.stages: Table[Stage] = Table("pipeline_id")
        self.activity_types: Table[ActivityType] = Table()
        self.lead_labels: Table[LeadLabel] = Table()
        self.deal_participants: Table[DealParticipant] = Table("deal_id", "person_id")
        self.note_comments: Table[NoteComment] = Table("note_id")
        self.users: Table[User] = Table()
        self.apps: Table[App] = Table()
        self.grants: Table[Grant] = Table()
        self.webhooks: Table[Webhook] = Table()
        self.tables: dict[str, Table[Any]] = {
            "user": self.users,
            "pipeline": self.pipelines,
            "stage": self.stages,
            "activity_type": self.activity_types,
            "lead_label": self.lead_labels,
            "organization": self.organizations,
            "person": self.persons,
            "deal": self.deals,
            "lead": self.leads,
            "activity": self.activities,
            "note": self.notes,
            "deal_participant": self.deal_participants,
            "note_comment": self.note_comments,
            "app": self.apps,
            "grant": self.grants,
            "webhook": self.webhooks,
        }
        self._listeners: list[Listener] = []
        self._field_listeners: list[FieldListener] = []
        self.fields: dict[str, FieldSet] = {
            kind: FieldSet(partial(self._tell_fields, kind)) for kind in FIELD_KINDS
        }
        self.fields["lead"] = self.fields["deal"]
        self.index = SearchIndex(self)
        self.agenda = agenda
        self.conversions: dict[str, Any] = {}

    def on_change(self, listener: Listener) -> None:
        """Call `listener` after each write."""
        self._listeners.append(listener)

    def on_fields(self, listener: FieldListener) -> None:
        """Call `listener` with the kind of record after each change of its fields."""
        self._field_listeners.append(listener)

    def save(self, kind: str, record: Any, actor: Actor, *, merged_from: Key | None = None) -> None:
        """Store a record and tell the index and everybody who listens."""
        now = self.clock.now_ms()
        before = self.tables[kind].put(record.id, record)
        self.index.note(kind, record, now)
        if self._listeners:
            self._tell(Change(
                kind=kind, key=record.id, before=before, after=record, actor=actor, at_ms=now,
                merged_from=merged_from,
            ))  # fmt: skip

    def purge(self, kind: str, key: Key, actor: Actor) -> None:
        """Take a record away for good."""
        before = self.tables[kind].drop(key)
        self.index.forget(kind, key)
        if before is not None:
            self._tell(Change(
                kind=kind, key=key, before=before, after=None, actor=actor,
                at_ms=self.clock.now_ms(),
            ))  # fmt: skip

    def gone(self, record: Any) -> bool:
        """Whether a deleted record is past the 30 days after which nobody finds it."""
        return record.is_deleted and self.clock.now_ms() - record.update_time > PURGE_MS

    def fresh_hash(self) -> str:
        """A new 40-hex field code, random for this account."""
        return f"{self.random.getrandbits(160):040x}"

    def fresh_uuid(self) -> str:
        """A new uuid, repeatable for one seed."""
        raw = f"{self.random.getrandbits(128):032x}"
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"

    def _tell_fields(self, kind: str) -> None:
        for listener in self._field_listeners:
            listener(self, kind)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(self, change)
