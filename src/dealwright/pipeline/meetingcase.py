"""MeetingCase: what is known of a meeting while it is logged: people, names, guests, deal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dealwright.core.clock import from_ms
from dealwright.core.record import ActivityType, Member
from dealwright.meetings.guest import Guest
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.naming import title_of, type_of
from dealwright.meetings.note import Frame
from dealwright.meetings.outcome import DealChoice, Matched, MeetingResult, NearMiss, Suggestion
from dealwright.meetings.participants import Participant
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.telling import called, seen, shown
from dealwright.pipeline.meetingpen import MeetingPen
from dealwright.store.meetings import StoredMeeting

#: Who is the primary guest: told, then found by e-mail, then by phone, then made.
_RANKS: Mapping[Matched, int] = {
    Matched.LINKED: 0,
    Matched.EMAIL: 1,
    Matched.PHONE: 2,
    Matched.CREATED: 3,
}


class Account(NamedTuple):
    """The lists of the account that a meeting needs."""

    users: Sequence[Member]
    types: Sequence[ActivityType]


@dataclass(slots=True, kw_only=True)
class MeetingCase:
    """A meeting under way.

    `chosen` are persons that somebody chose, `made` those that were made, both by the guest's slot.
    `removes`: what was written about somebody who is no guest is to go.
    """

    stored: StoredMeeting
    people: tuple[Participant, ...]
    account: Account
    presenter: Member | None
    source_title: str = ""
    chosen: Mapping[str, int] = field(default_factory=dict[str, int])
    removes: bool = False
    named: tuple[Participant, ...] = ()
    title: str = ""
    type: str = ""
    guests: list[Guest] = field(default_factory=list[Guest])
    made: dict[str, int] = field(default_factory=dict[str, int])
    warnings: list[str] = field(default_factory=list[str])
    deal: DealChoice | None = None
    linked: int | None = None
    reason: str = ""
    near_misses: tuple[NearMiss, ...] = ()

    @property
    def body(self) -> Meeting:
        """What its Sources told."""
        return self.stored.body

    @property
    def settings(self) -> MeetingSettings:
        """Its Source's settings."""
        return self.stored.settings

    @property
    def start(self) -> datetime:
        """When it began; when it was first heard of, where nobody told that."""
        return self.body.started_at or from_ms(self.stored.created_at_ms)

    @property
    def somebodies(self) -> list[Guest]:
        """The guests with a person, each person once, the primary one first."""
        there = sorted(
            (guest for guest in self.guests if guest.is_somebody),
            key=lambda guest: _RANKS[guest.match],
        )
        first: dict[int | str, Guest] = {}
        for guest in there:
            first.setdefault(guest.person.id if guest.person else guest.slot, guest)
        return list(first.values())

    def person_id(self, guest: Guest) -> int:
        """The id of a guest's person, who is there by now."""
        return guest.person.id if guest.person else self.made[guest.slot]

    def name(self) -> None:
        """Say what everybody, and the meeting, is called, as far as that is known by now."""
        self.named = called(self.people, self.guests)
        self.title = title_of(self.body, self.named)
        self.type = type_of(
            self.body,
            title=self.title,
            activity_types=[one.name for one in self.account.types],
            rules=self.settings.conversation_type,
        )

    def frame(self, base_url: str) -> Frame:
        """What a note says of it beside what its Source told."""
        zone = self.presenter.timezone_name if self.presenter else None
        return Frame(
            title=self.title,
            page_url=f"{base_url.rstrip('/')}/s/{self.stored.public_id}",
            meeting_id=self.stored.public_id,
            conversation_type=self.type,
            source=self.source_title,
            zone=zone or self.body.timezone or self.settings.timezone,
            people=shown(self.named, self.people, self.guests),
            language=self.settings.labels_language,
            no_quotes=self.settings.no_quotes,
        )

    def result(
        self,
        state: str,
        *,
        reason: str,
        suggestions: Sequence[Suggestion],
        pen: MeetingPen | None,
    ) -> MeetingResult:
        """What pages show of it."""
        primary = self.person_id(self.somebodies[0]) if pen and self.somebodies else None
        told = self.body.summary.warnings if self.body.summary else ()
        return MeetingResult(
            state=state,
            title=self.title,
            conversation_type=self.type,
            participants=seen(self.people, self.guests, named=self.named, made=self.made),
            suggestions=tuple(suggestions),
            conflicts=tuple(guest.conflict for guest in self.guests if guest.conflict),
            primary=primary,
            linked_deal_id=self.linked,
            deal=self.deal,
            activity_reason=reason,
            near_misses=self.near_misses,
            warnings=tuple(dict.fromkeys((*self.warnings, *told))),
            edited=tuple(pen.edited) if pen else (),
        )
