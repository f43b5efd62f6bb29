"""Guestbook: which person of Pipedrive each guest of a meeting is (MEETINGS 4.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dealwright.core.delivery import Step
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.match import Found, Reference, age
from dealwright.core.plan import Create
from dealwright.core.record import Member, Person, RecordKind
from dealwright.meetings.choosing import (
    Chosen,
    company_domain,
    one_of_address,
    one_of_number,
    share_a_word,
)
from dealwright.meetings.contacts import email_key, phone_keys, without_tag
from dealwright.meetings.guest import Guest
from dealwright.meetings.outcome import Conflict, Matched
from dealwright.meetings.participants import Participant
from dealwright.meetings.settings import Creating, MeetingSettings, SharedPhone
from dealwright.meetings.summary.clean import clean_line
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.surroundings import deals_of, last_activity_of
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.resolve import Resolver
from dealwright.store.meeting_choices import NEW_PERSON


@dataclass(slots=True, kw_only=True)
class Guestbook:
    """Looks up the guests of one meeting; in a complete mirror that costs nothing.

    `made` are persons that an earlier try at this meeting made, `chosen` the ids of those that
    people chose, NEW_PERSON where one is to be made, both by the guest's slot. Of several persons
    with one address, their deals are asked for (10 tokens each). Raises the UpstreamError tree: an
    outage is never nobody.
    """

    resolver: Resolver
    mirror: Reading
    client: Client
    settings: MeetingSettings
    presenter: Member | None
    made: Mapping[str, Person] = field(default_factory=dict[str, Person])
    chosen: Mapping[str, int] = field(default_factory=dict[str, int])
    steps: list[Step] = field(default_factory=list[Step])

    async def match(
        self, externals: Sequence[Participant], *, told_person: int | None
    ) -> list[Guest]:
        """The guests in their order; `told_person` is whom the sender says the first one is."""
        found = [
            await self._found(one, told_person if position == 0 else None)
            for position, one in enumerate(externals)
        ]
        # Who shares a number is told apart by the others, wherever they stand in the list.
        certain = [one for one in found if isinstance(one, Guest)]
        guests: list[Guest] = []
        for one in found:
            if isinstance(one, Guest):
                guests.append(one)
                continue
            others = [other for other in externals if other is not one.guest.participant]
            shared = await self._by_phone(one.guest, one.persons, _Company.of(certain, others))
            certain += shared
            guests += shared
        return self._completed(guests)

    async def _found(self, one: Participant, told: int | None) -> "Guest | _Shared":
        nobody = Guest(participant=one, match=Matched.NONE)
        chosen = self.chosen.get(nobody.slot, told)
        if chosen == NEW_PERSON and nobody.slot not in self.made:
            self._say(f"{one.label}: a new person, as it was told")
            return replace(nobody, match=Matched.CREATED, create=self._create(nobody))
        if chosen and (person := await self._person(chosen)):
            self._say(f"{one.label}: person {chosen}, as it was told")
            return replace(nobody, person=person, match=Matched.LINKED)
        if (person := self.made.get(nobody.slot)) is not None:
            self._say(f"{one.label}: person {person.id}, made by an earlier try")
            return replace(nobody, person=person, match=Matched.CREATED)
        keys = (*_email_keys(one), *(key for number in one.phones for key in phone_keys(number)))
        if not keys:
            return nobody
        guest = Reference(role="guest", kind=RecordKind.PERSON, keys=keys)
        taught = await self.resolver.said(guest, self.steps)
        if isinstance(taught, Found) and isinstance(taught.record, Person):
            return replace(nobody, person=taught.record, match=Matched.LINKED)
        sighting = await self.resolver.sight(guest)
        persons = [one for one in sighting.records if isinstance(one, Person)]
        if sighting.key is None or not persons:
            self._say(f"{one.label}: nobody by {_told(keys)}")
            return nobody
        self._say(f"{one.label}: {len(persons)} by {sighting.key.kind} {sighting.key.value}")
        if sighting.key.kind is IdentifierKind.EMAIL:
            return await self._by_email(nobody, persons)
        return _phoned(nobody, persons[0]) if len(persons) == 1 else _Shared(nobody, persons)

    async def _by_email(self, guest: Guest, persons: Sequence[Person]) -> Guest:
        if len(persons) == 1:
            return replace(guest, person=persons[0], match=Matched.EMAIL)
        open_ones = {
            person.id
            for person in persons
            if any(deal.status == "open" for deal in await deals_of(self.client, person.id))
        }
        chosen = one_of_address(persons, with_open_deal=open_ones)
        return replace(
            guest,
            person=chosen.person,
            match=Matched.EMAIL,
            conflict=self._conflict(guest, "duplicate_email", persons, chosen),
            warnings=("duplicate_email",),
        )

    async def _by_phone(
        self, guest: Guest, persons: Sequence[Person], company: "_Company"
    ) -> list[Guest]:
        """Of several persons with one number the one who is meant, as far as anything tells."""
        chosen = one_of_number(
            persons,
            guest.participant,
            domains=company.domains,
            organizations=company.organizations,
        )
        if chosen.person is None:
            chosen = await self._settled(persons)
        conflict = self._conflict(guest, "shared_phone", persons, chosen)
        if chosen.person is not None:
            found = replace(_phoned(guest, chosen.person), conflict=conflict)
            return [replace(found, warnings=("shared_phone", *found.warnings))]
        if self.settings.shared_phone is SharedPhone.ALL:
            everybody = [_phoned(guest, person) for person in sorted(persons, key=age)]
            return [replace(one, warnings=("shared_phone",)) for one in everybody]
        return [replace(guest, match=Matched.AMBIGUOUS, conflict=conflict)]

    async def _settled(self, persons: Sequence[Person]) -> Chosen:
        """Who is meant by a shared number where a setting decides it."""
        match self.settings.shared_phone:
            case SharedPhone.FIRST:
                return Chosen(min(persons, key=age), "first")
            case SharedPhone.LATEST_ACTIVITY:
                times = [await last_activity_of(self.client, person.id) for person in persons]
                latest = max(times)
                busy = [person for person, at in zip(persons, times, strict=True) if at == latest]
                return Chosen(min(busy, key=age), "latest_activity")
            case _:
                return Chosen(None, None)

    def _completed(self, guests: Sequence[Guest]) -> list[Guest]:
        """The guests with somebody to be made of those whom nobody knows, as far as is wanted."""
        how = self.settings.create_missing_persons
        nobody_matched = not any(guest.person for guest in guests)
        makes = how is Creating.ALWAYS or (
            how is Creating.ONLY_IF_NOBODY_MATCHED and nobody_matched
        )
        return [
            replace(guest, match=Matched.CREATED, create=self._create(guest))
            if makes and guest.match is Matched.NONE
            else guest
            for guest in guests
        ]

    def _create(self, guest: Guest) -> Create:
        one = guest.participant
        local = one.email.partition("@")[0]
        values: dict[str, object] = {"name": clean_line(one.name) or local or one.phone}
        if one.emails:
            values["emails"] = _labelled(one.emails)
        if one.phones:
            values["phones"] = _labelled(one.phones)
        if self.presenter is not None:
            values["owner_id"] = self.presenter.id
        return Create(kind=RecordKind.PERSON, values=values)

    async def _person(self, person_id: int) -> Person | None:
        record = await self.mirror.read(RecordKind.PERSON, person_id)
        return record if isinstance(record, Person) and not record.is_deleted else None

    def _conflict(
        self, guest: Guest, why: str, persons: Sequence[Person], chosen: Chosen
    ) -> Conflict:
        ids = tuple(person.id for person in sorted(persons, key=age))
        taken = chosen.person.id if chosen.person else None
        step = f"person {taken} by {chosen.decided_by}" if taken else "nobody is chosen"
        self._say(f"{guest.participant.label}: {why} of {', '.join(map(str, ids))}; {step}")
        return Conflict(
            participant=guest.participant.label,
            why=why,
            candidates=ids,
            chosen=taken,
            decided_by=chosen.decided_by,
        )

    def _say(self, text: str) -> None:
        self.steps.append(Step(stage="match", text=text))


class _Shared(NamedTuple):
    """A guest whose number several persons have."""

    guest: Guest
    persons: Sequence[Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Company:
    """The companies of the other guests."""

    domains: frozenset[str]
    organizations: frozenset[int]

    @classmethod
    def of(cls, found: Sequence[Guest], others: Sequence[Participant]) -> "_Company":
        domains = {company_domain(email) for one in others for email in one.emails}
        orgs = {guest.person.org_id for guest in found if guest.person}
        return cls(
            domains=frozenset(domains - {""}),
            organizations=frozenset(org for org in orgs if org is not None),
        )


def _email_keys(one: Participant) -> list[Identifier]:
    """The addresses as they are, then without what follows a plus sign."""
    written = [*one.emails, *(without_tag(email) for email in one.emails)]
    return [email_key(address) for address in dict.fromkeys(written)]


def _phoned(guest: Guest, person: Person) -> Guest:
    name = guest.participant.name
    differs = bool(name and person.name) and not share_a_word(name, person.name)
    warnings = ("phone_name_differs",) if differs else ()
    return replace(guest, person=person, match=Matched.PHONE, warnings=warnings)


def _labelled(values: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"value": value, "primary": position == 0, "label": "work"}
        for position, value in enumerate(values)
    ]


def _told(keys: Sequence[Identifier]) -> str:
    return ", ".join(dict.fromkeys(f"{key.kind} {key.value}" for key in keys))
