"""LogMeeting: one try at a meeting: who is who, which deal, the note, the activity (MEETINGS 4, 5).

Everything is looked up before anything is written, and written by the one way to write.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import AccountList
from dealwright.core.delivery import State, Step
from dealwright.core.errors import Rejected
from dealwright.core.record import Person, Record, RecordId, RecordKind
from dealwright.meetings.choosing import Setting
from dealwright.meetings.contacts import clean_email
from dealwright.meetings.deciding import Becomes, decided_early
from dealwright.meetings.guest import Guest, as_guests, slot_of
from dealwright.meetings.naming import presenter_of
from dealwright.meetings.outcome import DealChoice, Matched, MeetingResult, Suggestion
from dealwright.meetings.participants import Judge, Participant, Role
from dealwright.meetings.settings import MeetingSettings, NotePer
from dealwright.meetings.telling import suggestions
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.guestbook import Guestbook
from dealwright.pipeline.meetingcase import Account, MeetingCase
from dealwright.pipeline.meetingdeals import NO_DEAL, SEVERAL, MeetingDeals
from dealwright.pipeline.meetingpen import MeetingPen, Scribe
from dealwright.pipeline.minutes import Minutes
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.connections import connection
from dealwright.store.links import links
from dealwright.store.meeting_choices import Choice, choices_of
from dealwright.store.meetings import (
    LinkedDeal,
    MeetingWrite,
    StoredMeeting,
    linked_deal,
    meeting,
    put_result,
    writes_of,
)
from dealwright.store.mirror_people import known_people

#: What says by itself why there is no activity, and what leaves that to the case.
_WRITTEN = frozenset({Becomes.SYNCED, Becomes.FORBIDDEN})


def _as_they_are(settings: MeetingSettings) -> MeetingSettings:
    return settings


class _Facts(NamedTuple):
    stored: StoredMeeting
    linked: LinkedDeal | None
    choices: list[Choice]
    company: str
    writes: dict[tuple[str, int], MeetingWrite]


@dataclass(slots=True, kw_only=True)
class LogMeeting:
    """Logs one Meeting in Pipedrive, or says why not.

    `titles` are what recorders are called. `adopted` are records that an earlier try made though
    its answer was lost, by kind and external id. `settings` may look at the Source's otherwise.
    After a try `result` is what it found; None where it did not look.
    """

    meeting_id: int
    source_id: int
    tenure: Tenure
    client: Client
    mirror: Reading
    resolver: Resolver
    accounts: AccountBook
    scribe: Scribe
    base_url: str
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    adopted: Mapping[tuple[RecordKind, str], Record] = field(
        default_factory=dict[tuple[RecordKind, str], Record]
    )
    settings: Callable[[MeetingSettings], MeetingSettings] = _as_they_are
    result: MeetingResult | None = None
    _stands_on: list[tuple[RecordKind, RecordId]] = field(
        default_factory=list[tuple[RecordKind, RecordId]]
    )

    async def verdict(self) -> Verdict:
        """Try once. Raises the UpstreamError tree: nothing is concluded from an outage."""
        try:
            return await self._tried()
        except Rejected as error:
            if error.status != HTTPStatus.NOT_FOUND or not self._stands_on:
                raise
            for kind, record_id in self._stands_on:
                self.mirror.doubt(kind, record_id)
            text = "a record that it was to stand on is not there: who and which deal, once more"
            self.scribe.steps.append(Step(stage="match", text=text))
            return await self._tried()

    async def _tried(self) -> Verdict:
        facts = await self.tenure.read(self._load)
        stored = facts.stored
        if stored.deleted_at_ms is not None:
            message = "The recorder has deleted the meeting; what stands in Pipedrive stays."
            return Verdict(state=State.DROPPED, code="meeting_deleted", message=message)
        if stored.state == Becomes.PENDING and stored.next_at_ms is not None:
            return self._later(stored.next_at_ms)
        case = await self._case(facts)
        deals = self._deals(case, facts)
        early = decided_early(
            case.body, case.people, settings=case.settings, conversation_type=case.type
        )
        if early is Becomes.INTERNAL_ONLY and case.settings.sync_internal_only:
            case.deal = await deals.of_link()
            early = None if case.deal else early
        if early is not None:
            return await self._ended(case, early)
        pen = self._pen(case, facts.writes)
        if case.deal is None and (unmatched := await self._matched(case, pen)):
            return await self._ended(case, unmatched)
        return await self._written(case, deals, pen)

    # -- what is known

    def _load(self, db: sa.Connection) -> _Facts:
        stored = meeting(db, self.meeting_id)
        stored = replace(stored, settings=self.settings(stored.settings))
        linked = linked_deal(
            db, self.tenure.connection_id, meeting_id=stored.id, ical_uid=stored.body.ical_uid
        )
        writes = {(one.kind, one.person_id): one for one in writes_of(db, stored.id)}
        company = company_of(connection(db, self.tenure.connection_id).base_url)
        return _Facts(stored, linked, choices_of(db, stored.id), company, writes)

    def _later(self, at_ms: int) -> Verdict:
        """Wait for the summary; the Meeting's own clock says when no more."""
        return Verdict(
            state=State.WAITING,
            code=Becomes.PENDING.code,
            message=Becomes.PENDING.sentence,
            wait_s=max((at_ms - self.tenure.now_ms) / 1000, 1.0),
            counts=False,
        )

    async def _case(self, facts: _Facts) -> MeetingCase:
        stored = facts.stored
        records = self.resolver.records
        account = Account(
            await self.accounts.read(AccountList.USERS, records),
            await self.accounts.read(AccountList.ACTIVITY_TYPES, records),
        )
        judge = Judge(stored.settings, users=account.users)
        if doubtful := judge.doubtful(stored.body):
            known = [one for one in doubtful if await self.resolver.has_email(one)]
            judge = Judge(stored.settings, users=account.users, known=known)
        chosen = {one.slot: one.person_id for one in facts.choices}
        people = as_guests(judge.people(stored.body), chosen)
        case = MeetingCase(
            stored=stored,
            people=people,
            account=account,
            presenter=presenter_of(stored.body, people, account.users),
            source_title=self.titles.get(stored.body.source, stored.body.source),
            chosen=chosen,
            removes=any(one.removes for one in facts.choices),
        )
        case.name()
        return case

    def _deals(self, case: MeetingCase, facts: _Facts) -> MeetingDeals:
        crm, linked = case.body.crm, facts.linked
        # A link in an invitation may lead to another company's account.
        ours = not crm.invited_to or facts.company in {"", crm.invited_to.casefold()}
        case.linked = crm.deal_id if ours else None
        if linked is not None and (linked.origin == "user" or case.linked is None):
            case.linked = linked.deal_id
        there = {email for one in case.people for email in one.emails}
        were_there = {
            user.id for user in case.account.users if clean_email(user.email or "") in there
        }
        return MeetingDeals(
            client=self.client,
            records=self.resolver.records,
            mirror=self.mirror,
            settings=case.settings,
            setting=Setting(started_at=case.start, user_ids=were_there),
            linked=case.linked,
            warnings=case.warnings,
            steps=self.scribe.steps,
        )

    def _pen(self, case: MeetingCase, writes: dict[tuple[str, int], MeetingWrite]) -> MeetingPen:
        return MeetingPen(
            scribe=self.scribe,
            records=self.resolver.records,
            tenure=self.tenure,
            meeting_id=self.meeting_id,
            prefix=f"meeting/{case.stored.public_id}",
            policy=case.settings.edited_note,
            writes=writes,
            adopted=self.adopted,
        )

    # -- who

    async def _matched(self, case: MeetingCase, pen: MeetingPen) -> Becomes | None:
        """Look the guests up; why nobody of them is a person, or None."""
        externals = [one for one in case.people if one.role is Role.EXTERNAL]
        book = Guestbook(
            resolver=self.resolver,
            mirror=self.mirror,
            client=self.client,
            settings=case.settings,
            presenter=case.presenter,
            made=await self._made_before(externals, pen),
            chosen=case.chosen,
            steps=self.scribe.steps,
        )
        case.guests = await book.match(externals, told_person=case.body.crm.person_id)
        case.warnings += [warning for guest in case.guests for warning in guest.warnings]
        case.name()
        if case.somebodies:
            return None
        ambiguous = any(guest.match is Matched.AMBIGUOUS for guest in case.guests)
        return Becomes.AMBIGUOUS if ambiguous else Becomes.NO_PERSON

    async def _made_before(
        self, externals: Sequence[Participant], pen: MeetingPen
    ) -> dict[str, Person]:
        """Persons that earlier tries at this meeting made, by slot."""
        slots = [slot_of(one) for one in externals]
        names = {slot: pen.external_id(RecordKind.PERSON, slot) for slot in slots}
        known: Mapping[str, RecordId] = await self.tenure.read(
            lambda db: links(
                db,
                self.tenure.connection_id,
                source_id=self.source_id,
                kind=RecordKind.PERSON,
                external_ids=list(names.values()),
            )
        )
        made: dict[str, Person] = {}
        for slot, name in names.items():
            record = self.adopted.get((RecordKind.PERSON, name))
            if record is None and name in known:
                record = await self.mirror.read(RecordKind.PERSON, known[name])
            if isinstance(record, Person) and not record.is_deleted:
                made[slot] = record
        return made

    # -- write

    async def _written(self, case: MeetingCase, deals: MeetingDeals, pen: MeetingPen) -> Verdict:
        guests = case.somebodies
        there = {guest.person.id for guest in guests if guest.person}
        deals.setting = replace(deals.setting, guest_ids=there)
        if case.deal is None:
            case.deal = await deals.of_link() or await _own_deal(guests[0], deals)
        if case.deal.why == SEVERAL:
            return await self._ended(case, Becomes.SEVERAL_DEALS)
        own_deals = await self._own_deals(case, guests[1:], deals)
        for guest in guests:
            if guest.create is not None:
                made = await pen.person(guest.create, guest.slot)
                case.made[guest.slot] = int(made.id)
        self._stands_on = [(RecordKind.PERSON, case.person_id(guest)) for guest in guests]
        if case.deal.deal_id is not None:
            self._stands_on.append((RecordKind.DEAL, case.deal.deal_id))
        await pen.follow_merges({case.person_id(guest) for guest in guests})
        organizations = {guest.person.org_id for guest in guests if guest.person} - {None}
        if len(organizations) > 1:
            case.warnings.append("externals_from_several_organisations")
        minutes = Minutes(
            case=case,
            pen=pen,
            client=self.client,
            accounts=self.accounts,
            base_url=self.base_url,
        )
        note_id = await minutes.notes(own_deals)
        if case.removes:
            await pen.remove_notes(except_of={case.person_id(guest) for guest in guests})
        return await self._ended(case, await minutes.activity(), pen=pen, note_id=note_id)

    async def _own_deals(
        self, case: MeetingCase, others: Sequence[Guest], deals: MeetingDeals
    ) -> dict[str, DealChoice]:
        """The deals for the notes of the other guests: their own, where it is another one."""
        if case.settings.note_per is not NotePer.MATCHED_PERSON:
            return {}
        taken = case.deal.deal_id if case.deal else None
        found = {guest.slot: await _own_deal(guest, deals) for guest in others}
        return {
            slot: NO_DEAL if own.deal_id in {None, taken} else own for slot, own in found.items()
        }

    # -- the end

    async def _ended(
        self,
        case: MeetingCase,
        ends: Becomes,
        *,
        pen: MeetingPen | None = None,
        note_id: RecordId | None = None,
    ) -> Verdict:
        """Have what was found kept with the outcome, and say how it ended."""
        reason = case.reason if ends in _WRITTEN else ends.code
        found = await self._suggestions(case, ends)
        result = case.result(ends.value, reason=reason, suggestions=found, pen=pen)
        self.result = result
        body, revision, now_ms = msgspec.json.encode(result), case.stored.revision, self._now_ms

        def keep(db: sa.Connection) -> None:
            put_result(
                db, self.meeting_id, revision=revision, result=body, state=ends.value, now_ms=now_ms
            )

        self.scribe.also(keep)
        self.scribe.steps.append(Step(stage="plan", text=f"{ends.value}: {ends.sentence}"))
        idle = ends is Becomes.SYNCED and pen is not None and not pen.wrote
        return Verdict(
            state=State.UNCHANGED if idle else ends.delivery,
            code="unchanged" if idle else ends.code,
            message="Nothing of the meeting is new; nothing was sent." if idle else ends.sentence,
            record_kind=None if note_id is None else RecordKind.NOTE,
            record_id=note_id,
        )

    async def _suggestions(self, case: MeetingCase, ends: Becomes) -> Sequence[Suggestion]:
        """Who may be meant by those without a person; of a meeting that is left out, nobody."""
        if ends.delivery is State.DROPPED:
            return ()
        return await self.tenure.survey(
            lambda db: suggestions(
                case.people, case.guests, known_people(db, self.tenure.connection_id)
            )
        )

    @property
    def _now_ms(self) -> int:
        return self.tenure.now_ms


async def _own_deal(guest: Guest, deals: MeetingDeals) -> DealChoice:
    return await deals.of_person(guest.person.id) if guest.person else NO_DEAL
