"""Telling: the people of a meeting as pages and notes show them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from dealwright.core.mailproviders import PUBLIC_DOMAINS
from dealwright.core.record import Labelled
from dealwright.meetings.choosing import company_domain, fits
from dealwright.meetings.contacts import clean_email, domain_of
from dealwright.meetings.guest import Guest
from dealwright.meetings.meeting import Part
from dealwright.meetings.note import Seat, Shown
from dealwright.meetings.outcome import Matched, Seen, Suggestion
from dealwright.meetings.participants import Participant, Role


class Known(Protocol):
    """A person as far as a suggestion needs them."""

    @property
    def id(self) -> int:
        """The record id."""
        ...

    @property
    def name(self) -> str:
        """What they are called."""
        ...

    @property
    def emails(self) -> tuple[Labelled, ...]:
        """Their addresses."""
        ...


def called(people: Sequence[Participant], guests: Sequence[Guest]) -> tuple[Participant, ...]:
    """Everybody with the name they go by: their own, the person's, the start of the address."""
    persons = {id(guest.participant): guest.person for guest in reversed(guests)}
    return tuple(_called(one, persons.get(id(one))) for one in people)


def _called(one: Participant, person: Known | None) -> Participant:
    name = one.name or (person.name if person else "") or one.email.partition("@")[0]
    return msgspec.structs.replace(one, name=name) if name != one.name else one


def seen(
    people: Sequence[Participant],
    guests: Sequence[Guest],
    *,
    named: Sequence[Participant],
    made: Mapping[str, int],
) -> tuple[Seen, ...]:
    """Everybody with what became of the look-up; `made` are persons that were made, by slot."""
    by_participant = {id(guest.participant): guest for guest in reversed(guests)}
    return tuple(
        _seen(shown, by_participant.get(id(one)), made)
        for one, shown in zip(people, named, strict=True)
    )


def _seen(one: Participant, guest: Guest | None, made: Mapping[str, int]) -> Seen:
    match = Matched.NONE if one.role is Role.UNKNOWN else None
    person_id: int | None = None
    if guest is not None:
        match = guest.match
        person_id = guest.person.id if guest.person else made.get(guest.slot)
    return Seen(
        role=one.role,
        name=one.name,
        email=one.email,
        phone=one.phone,
        part=one.part,
        match=match,
        person_id=person_id,
    )


def shown(
    named: Sequence[Participant], people: Sequence[Participant], guests: Sequence[Guest]
) -> tuple[Shown, ...]:
    """Everybody as a note lists them; bots are not listed."""
    found = {id(guest.participant) for guest in guests if guest.is_somebody}
    return tuple(
        Shown(
            name=one.name,
            email=one.email,
            phone=one.phone,
            seat=_seat(one),
            matched=one.role is Role.INTERNAL or id(asked) in found,
        )
        for one, asked in zip(named, people, strict=True)
        if one.role is not Role.BOT
    )


def _seat(one: Participant) -> Seat:
    if one.part is Part.HOST:
        return Seat.HOST
    if one.attended is False:
        return Seat.INVITED
    return Seat.COLLEAGUE if one.role is Role.INTERNAL else Seat.GUEST


def suggestions(
    people: Sequence[Participant], guests: Sequence[Guest], known: Iterable[Known]
) -> tuple[Suggestion, ...]:
    """Persons whose name is that of somebody without one; applied by a click only."""
    found = {id(guest.participant) for guest in guests if guest.match is not Matched.NONE}
    without = [
        one
        for one in people
        if one.name and one.role in {Role.UNKNOWN, Role.EXTERNAL} and id(one) not in found
    ]
    if not without:
        return ()
    return tuple(
        Suggestion(participant=one.label, person_id=person.id)
        for person in known
        for one in without
        if _may_be(one, person)
    )


def _may_be(one: Participant, person: Known) -> bool:
    if not fits(person.name, one.name):
        return False
    domain = company_domain(one.email)
    if not domain:
        return True
    addresses = (clean_email(item.value) for item in person.emails)
    return domain in {domain_of(address) for address in addresses if address} - PUBLIC_DOMAINS
