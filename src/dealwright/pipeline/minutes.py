"""Minutes: the notes and the activity of a meeting, each on its records (MEETINGS 4.5, 5)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from dealwright.core.catalogue import AccountList
from dealwright.core.delivery import Step
from dealwright.core.errors import Rejected, Unauthorized
from dealwright.core.record import ActivityType, RecordId, RecordKind
from dealwright.meetings import writings
from dealwright.meetings.choosing import activity_type
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.guest import Guest
from dealwright.meetings.note import activity_note, note_html
from dealwright.meetings.outcome import DealChoice
from dealwright.meetings.settings import NotePer
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.surroundings import planned_with
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.meetingcase import MeetingCase
from dealwright.pipeline.meetingdeals import NO_DEAL
from dealwright.pipeline.meetingpen import MeetingPen


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """Writes down one case, whose guests and deal are known and whose persons are there."""

    case: MeetingCase
    pen: MeetingPen
    client: Client
    accounts: AccountBook
    base_url: str

    async def notes(self, own_deals: Mapping[str, DealChoice]) -> RecordId | None:
        """Write a note for each guest; the id of the primary one's.

        `own_deals` are those of the others, by slot. With no guest it stands on the deal alone.
        """
        case = self.case
        # A long summary takes its time, and zones are read from files.
        content = await asyncio.to_thread(note_html, case.body, case.frame(self.base_url))
        at = case.body.ended_at if case.settings.backdate else None
        guests: Sequence[Guest | None] = case.somebodies or [None]
        if case.settings.note_per is NotePer.PRIMARY_ONLY:
            guests = guests[:1]
        ids: list[RecordId | None] = []
        for guest in guests:
            deal = own_deals.get(guest.slot, NO_DEAL) if guest and ids else case.deal or NO_DEAL
            values = writings.note_values(content, self._place(guest, deal), at=at)
            slot, person_id = (guest.slot, case.person_id(guest)) if guest else ("deal", 0)
            put = self.pen.put(RecordKind.NOTE, values, slot=slot, person_id=person_id)
            ids.append(await put)
        return ids[0]

    async def activity(self) -> Becomes:
        """Write the activity as far as there is to be one; how the meeting ends.

        A refusal (403) is final and keeps nothing else from being written.
        """
        case, rules = self.case, self.case.settings.activities
        if not rules.enabled or case.type in rules.off_types:
            case.reason = "activities_off"
            return Becomes.SYNCED
        kind = await self._type()
        if kind is None:
            case.reason = "activity_type_not_found"
            self._say(f"no active activity type is called “{case.type}”")
            if not self._has_activity:
                return Becomes.SYNCED
        if writings.is_capped(case.body):
            case.warnings.append("duration_capped")
        if self.pen.is_refused:
            return self._forbidden("the activity was refused before; it is not tried by itself")
        try:
            await self._put(kind)
        except (Rejected, Unauthorized) as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            self.pen.refused()
            return self._forbidden(f"the activity was refused: {error}")
        return Becomes.SYNCED

    def _forbidden(self, text: str) -> Becomes:
        self.case.reason = "activity_forbidden"
        self._say(text)
        return Becomes.FORBIDDEN

    async def _type(self) -> ActivityType | None:
        """The activity type; one that was added a moment ago is asked for."""
        case, rules = self.case, self.case.settings.activities
        chosen = activity_type(case.account.types, case.type, rules=rules)
        if chosen.type is None and self.accounts.forget_old():
            types = await self.accounts.read(AccountList.ACTIVITY_TYPES, self.pen.records)
            chosen = activity_type(types, case.type, rules=rules)
        case.near_misses = chosen.near_misses
        return chosen.type

    @property
    def _has_activity(self) -> bool:
        """Whether an earlier version wrote one, which says what is so now, whatever its type."""
        return (RecordKind.ACTIVITY.value, 0) in self.pen.writes

    async def _put(self, kind: ActivityType | None) -> None:
        case, deal = self.case, self.case.deal or NO_DEAL
        guests = case.somebodies
        persons = [case.person_id(guest) for guest in guests]
        place = self._place(guests[0] if guests else None, deal, with_organization=True)
        note = await asyncio.to_thread(activity_note, case.body, case.frame(self.base_url))
        values = writings.activity_values(
            case.body,
            start=case.start,
            title=case.title,
            kind=kind,
            note=note,
            where=place._replace(
                deal_id=deal.deal_id, lead_id=None if deal.deal_id else place.lead_id
            ),
            persons=persons,
            owner=case.presenter,
            public=case.settings.activities.summary_is_public,
        )
        if case.settings.activities.complete_existing and persons and not self._has_activity:
            for planned in await planned_with(self.client, persons[0]):
                if writings.is_at(planned, case.start):
                    await self.pen.complete(planned, values)
                    return
        await self.pen.put(RecordKind.ACTIVITY, values, slot="activity", person_id=0)

    def _place(
        self, guest: Guest | None, deal: DealChoice, *, with_organization: bool = False
    ) -> writings.Where:
        settings = self.case.settings
        if settings.note_per is NotePer.DEAL_ONLY_WHEN_LINKED and deal.why != "linked":
            deal = NO_DEAL
        person = guest.person if guest else None
        organization = person.org_id if person else None
        return writings.Where(
            person_id=self.case.person_id(guest) if guest else None,
            deal_id=deal.deal_id,
            lead_id=deal.lead_id or None,
            org_id=organization if settings.org_note or with_organization else None,
        )

    def _say(self, text: str) -> None:
        self.pen.scribe.steps.append(Step(stage="write", text=text))
