"""Gather: everything that stands around a person, parts side by side, of which none waits."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from dealwright.cards.known import Known, Lists, Part
from dealwright.core.catalogue import AccountList
from dealwright.core.clock import from_ms
from dealwright.core.record import (
    Activity,
    Deal,
    Note,
    Organization,
    Person,
    Record,
    RecordKind,
)
from dealwright.pipedrive import cardcalls
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.cardlines import Line
from dealwright.pipeline.cardmirror import Seen, Shelf, belonging, by_id, one_of
from dealwright.pipeline.cardorder import (
    deals_first,
    notes_count,
    open_first,
    owner,
    pinned_first,
    references,
)
from dealwright.pipeline.cardpace import CardPace
from dealwright.pipeline.cardparts import Asking
from dealwright.pipeline.cardtimes import recent_events, recent_meetings
from dealwright.pipeline.mirrored import row_of
from dealwright.store.engine import Store
from dealwright.store.mirror import put_records

#: Which lists are read for which parts; the others are shown as far as they are kept.
_LISTS: Final = {
    "person_fields": AccountList.PERSON_FIELDS,
    "deal_fields": AccountList.DEAL_FIELDS,
    "organization_fields": AccountList.ORGANIZATION_FIELDS,
    "users": AccountList.USERS,
    "activity_types": AccountList.ACTIVITY_TYPES,
    "pipelines": AccountList.PIPELINES,
    "stages": AccountList.STAGES,
}


class Subject(NamedTuple):
    """Whom it is about: as the mirror has him, or as a search told of him (`hint`)."""

    person_id: int
    person: Person | None = None
    org_id: int | None = None
    hint: Person | None = None


class _Around(NamedTuple):
    """What the mirror has around a person."""

    organization: Seen = Seen()
    deals: Seen = Seen()
    activities: Seen = Seen()
    notes: Seen = Seen()
    deal_notes: Mapping[int, Seen] = {}
    deal_activities: Mapping[int, Seen] = {}
    meetings: tuple[Any, ...] = ()
    events: tuple[Any, ...] = ()


@dataclass(slots=True, kw_only=True)
class Gathering:
    """One card in the making: what is kept of an account, its line, and what is wanted."""

    store: Store
    shelf: Shelf
    line: Line
    asking: Asking
    parts: Collection[Part]
    sections_off: Collection[str]
    base_url: str
    pace: CardPace
    whole: str = ""
    learned: list[tuple[RecordKind, Record]] = field(
        default_factory=list[tuple[RecordKind, Record]]
    )
    left_out: dict[str, int] = field(default_factory=dict[str, int])

    async def known(self, subject: Subject, address: str) -> Known:
        """Everything that can be had of a person; parts that cannot are named in `missing`."""
        around = await self.store.look(lambda db: self._around(db, subject))
        (person, organization), deals, activities, notes, lists = await asyncio.gather(
            self._who(subject, around),
            self._deals(subject, around),
            self._activities(subject, around),
            self._notes(subject, around),
            self.lists(),
        )
        shown = self._cut("deals", deals_first(deals), self.pace.deals)
        names, noted = await asyncio.gather(
            self._names(person, organization, shown, lists), self._deal_notes(shown, around)
        )
        await self._learn()
        found = self.shelf.found
        mirrored = around.activities.sure or RecordKind.ACTIVITY in self.shelf.eye.states
        return Known(
            connection=found.id,
            connection_name=found.name,
            company=company_of(found.base_url),
            address=address,
            person=person,
            organization=organization,
            deals=tuple(shown),
            deal_notes=noted,
            deal_activities=self._deal_activities(shown, activities, around),
            activities=tuple(self._cut("activities", open_first(activities), self.pace.activities)),
            only_primary=not mirrored,
            notes=tuple(self._cut("notes", pinned_first(notes), self.pace.notes)),
            owner=owner(person, lists),
            persons=names[0],
            organizations=names[1],
            lists=lists,
            meetings=around.meetings,
            events=around.events,
            left_out=self.left_out,
            missing=self.asking.missing,
            as_of=self._as_of(),
            sections_off=tuple(self.sections_off),
            sections_order=self.shelf.settings.sections or (),
            writes_forbidden=self.shelf.settings.writes_forbidden,
        )

    async def lists(self) -> Lists:
        """The account's own lists; those that cannot be had are empty, and named as missing."""
        wanted = {name: one for name, one in _LISTS.items() if self._wants_list(one)}
        book, records = self.line.book, self.line.records

        async def all_of_them() -> dict[str, Any]:
            return {name: await book.read(one, records) for name, one in wanted.items()}

        async def currency() -> str:
            me = await book.read(AccountList.ME, records)
            return me.default_currency or ""

        told = await self.asking.part(Part.LISTS, all_of_them, None)
        if told is None:
            kept = await book.catalogue()
            told = {name: getattr(kept, name) or () for name in _LISTS}
        return Lists(**told, currency=await self.asking.part(Part.LISTS, currency, ""))

    # -- what is kept

    def _around(self, db: sa.Connection, subject: Subject) -> _Around:
        eye, connection_id, person_id = self.shelf.eye, self.shelf.found.id, subject.person_id

        def mine(
            kind: RecordKind, part: Part, of: RecordKind, to: Collection[int]
        ) -> dict[int, Seen]:
            if part not in self.parts:
                return dict.fromkeys(to, Seen(sure=True))
            return belonging(db, connection_id, eye, kind, of=of, to=to)

        def of_person(kind: RecordKind, part: Part) -> Seen:
            return mine(kind, part, RecordKind.PERSON, [person_id])[person_id]

        deals = of_person(RecordKind.DEAL, Part.DEALS)
        ids = [deal.id for deal in deals_first(deals.items)[: self.pace.deals]]
        org_id = subject.person.org_id if subject.person else subject.org_id
        organization = Seen()
        if org_id and Part.ORGANIZATION in self.parts:
            organization = one_of(db, connection_id, eye, RecordKind.ORGANIZATION, org_id)
        off = self.sections_off
        return _Around(
            organization=organization,
            deals=deals,
            activities=of_person(RecordKind.ACTIVITY, Part.ACTIVITIES),
            notes=of_person(RecordKind.NOTE, Part.NOTES),
            deal_notes=mine(RecordKind.NOTE, Part.DEAL_NOTES, RecordKind.DEAL, ids),
            deal_activities=mine(RecordKind.ACTIVITY, Part.DEAL_ACTIVITIES, RecordKind.DEAL, ids),
            meetings=()
            if "meetings" in off
            else recent_meetings(
                db, connection_id, RecordKind.PERSON, person_id, base_url=self.base_url
            ),
            events=()
            if "events" in off
            else recent_events(db, connection_id, RecordKind.PERSON, person_id),
        )

    # -- the parts

    async def _who(
        self, subject: Subject, around: _Around
    ) -> tuple[Person | None, Organization | None]:
        if subject.org_id and subject.person is None:
            return await asyncio.gather(
                self._person(subject), self._organization(subject.org_id, around)
            )
        person = await self._person(subject)
        if person is None or person.org_id is None:
            return person, None
        return person, await self._organization(person.org_id, around)

    async def _person(self, subject: Subject) -> Person | None:
        if subject.person is not None:
            return subject.person

        async def ask() -> Record | None:
            return await self.line.records.get(RecordKind.PERSON, subject.person_id)

        found = await self.asking.part(Part.PERSON, ask, None)
        return self._note(RecordKind.PERSON, found) if isinstance(found, Person) else None

    async def _organization(self, org_id: int, around: _Around) -> Organization | None:
        if Part.ORGANIZATION not in self.parts:
            return None

        async def ask() -> tuple[Any, ...]:
            found = await self.line.records.get(RecordKind.ORGANIZATION, org_id)
            return () if found is None else (self._note(RecordKind.ORGANIZATION, found),)

        found = await self.asking.belonging(Part.ORGANIZATION, around.organization, ask)
        return found[0] if found else None

    async def _deals(self, subject: Subject, around: _Around) -> tuple[Deal, ...]:
        async def ask() -> tuple[Any, ...]:
            some = await cardcalls.deals_of(self.line.client, subject.person_id)
            return self._all(RecordKind.DEAL, some)

        return await self.asking.belonging(Part.DEALS, around.deals, ask)

    async def _activities(self, subject: Subject, around: _Around) -> tuple[Activity, ...]:
        async def ask() -> tuple[Any, ...]:
            some = await cardcalls.activities_of(self.line.client, subject.person_id)
            self._all(RecordKind.ACTIVITY, some)
            # Those in which somebody else is the main contact are only in the mirror.
            told = {one.id for one in some.items}
            beside = (
                one
                for one in around.activities.items
                if one.person_id != subject.person_id and one.id not in told
            )
            return (*some.items, *beside)

        return await self.asking.belonging(Part.ACTIVITIES, around.activities, ask)

    async def _notes(self, subject: Subject, around: _Around) -> tuple[Note, ...]:
        async def ask() -> tuple[Any, ...]:
            some = await cardcalls.notes_of(self.line.client, person_id=subject.person_id)
            return self._all(RecordKind.NOTE, some)

        return await self.asking.belonging(Part.NOTES, around.notes, ask)

    async def _deal_notes(
        self, deals: Sequence[Deal], around: _Around
    ) -> dict[int, tuple[Note, ...]]:
        if Part.DEAL_NOTES not in self.parts:
            return {}
        seen = {deal.id: around.deal_notes.get(deal.id, Seen()) for deal in deals}
        sure = {key: pinned_first(one.items) for key, one in seen.items() if one.sure}
        noted = [deal for deal in deals if deal.id not in sure and notes_count(deal)]
        most = self.shelf.settings.deal_notes
        opened = [deal for deal in noted if self.whole == f"deal_notes:{deal.id}"]
        read = opened or noted[:most]
        for deal in noted:
            if deal in read:
                continue
            self.left_out[f"deal_notes:{deal.id}"] = notes_count(deal)

        async def notes_of(deal: Deal) -> tuple[int, tuple[Note, ...]]:
            async def ask() -> tuple[Any, ...]:
                some = await cardcalls.notes_of(self.line.client, deal_id=deal.id)
                return self._all(RecordKind.NOTE, some)

            return deal.id, await self.asking.belonging(Part.DEAL_NOTES, seen[deal.id], ask)

        asked = dict(await asyncio.gather(*(notes_of(deal) for deal in read)))
        most = self.pace.deal_notes
        return {
            key: tuple(self._cut(f"deal_notes:{key}", notes, most))
            for key, notes in {**sure, **asked}.items()
            if notes
        }

    def _deal_activities(
        self, deals: Sequence[Deal], activities: Iterable[Activity], around: _Around
    ) -> dict[int, tuple[Activity, ...]]:
        """Those of each deal; where they are not mirrored, those in which the person takes part."""
        if Part.DEAL_ACTIVITIES not in self.parts:
            return {}
        mine = list(activities)
        found: dict[int, tuple[Activity, ...]] = {}
        for deal in deals:
            seen = around.deal_activities.get(deal.id, Seen())
            some = seen.items if seen.sure else [one for one in mine if one.deal_id == deal.id]
            key = f"deal_activities:{deal.id}"
            if shown := self._cut(key, open_first(some), self.pace.deal_notes):
                found[deal.id] = tuple(shown)
        return found

    async def _names(
        self,
        person: Person | None,
        organization: Organization | None,
        deals: Sequence[Deal],
        lists: Lists,
    ) -> tuple[dict[int, Person], dict[int, Organization]]:
        """Whom fields and deals refer to: of the mirror, else all in one call of each kind."""
        persons, orgs = references(person, deals, lists)
        own = {organization.id: organization} if organization else {}
        # What could not be had a moment ago is not asked for again.
        orgs -= (
            {person.org_id} if person and Part.ORGANIZATION in self.asking.missing else own.keys()
        )
        connection_id = self.shelf.found.id

        def look(db: sa.Connection) -> tuple[dict[int, Any], dict[int, Any]]:
            return (
                by_id(db, connection_id, RecordKind.PERSON, persons),
                by_id(db, connection_id, RecordKind.ORGANIZATION, orgs),
            )

        there, at = await self.store.look(look) if persons or orgs else ({}, {})
        who, where = persons - there.keys(), orgs - at.keys()
        client, part = self.line.client, self.asking.part
        more, further = await asyncio.gather(
            part(Part.NAMES, lambda: cardcalls.persons(client, who), []) if who else _none(),
            part(Part.NAMES, lambda: cardcalls.organizations(client, where), [])
            if where
            else _none(),
        )
        for kind, told in ((RecordKind.PERSON, more), (RecordKind.ORGANIZATION, further)):
            self.learned += ((kind, one) for one in told)
        return there | {one.id: one for one in more}, own | at | {one.id: one for one in further}

    # -- what was learned, and what is left out

    def _wants_list(self, one: AccountList) -> bool:
        if one in {AccountList.PIPELINES, AccountList.STAGES, AccountList.DEAL_FIELDS}:
            return Part.DEALS in self.parts
        if one is AccountList.ACTIVITY_TYPES:
            return bool({Part.ACTIVITIES, Part.DEAL_ACTIVITIES} & set(self.parts))
        return one is not AccountList.ORGANIZATION_FIELDS

    def _note(self, kind: RecordKind, record: Any) -> Any:
        self.learned.append((kind, record))
        return record

    def _all(self, kind: RecordKind, some: cardcalls.Some) -> tuple[Any, ...]:
        self.learned += ((kind, one) for one in some.items)
        return some.items

    def _cut(self, section: str, items: Sequence[Any], most: int) -> Sequence[Any]:
        if self.whole == section or len(items) <= most:
            return items
        self.left_out[section] = len(items) - most
        return items[:most]

    async def _learn(self) -> None:
        """Take over into the mirror what was told, of the kinds that it has."""
        eye, found = self.shelf.eye, self.shelf.found
        rows = [
            row_of(record, kind, checked_at_ms=eye.now_ms, exact=True, region=found.defaults.region)
            for kind, record in self.learned
            if kind in eye.states
        ]
        if rows:
            await self.store.write(lambda db: put_records(db, found.id, rows))

    def _as_of(self) -> Any:
        times = self.asking.as_of_ms
        return from_ms(min(times)) if times else None


async def _none() -> list[Any]:
    return []
