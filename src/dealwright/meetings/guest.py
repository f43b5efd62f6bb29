"""Guest: an external participant, and the person of Pipedrive that they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from dealwright.core.plan import Create
from dealwright.core.record import Person
from dealwright.core.standins import Made
from dealwright.meetings.contacts import email_key
from dealwright.meetings.outcome import Conflict, Matched
from dealwright.meetings.participants import Participant, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """An external participant and what became of the look-up.

    `person` is who was found, `create` what makes one where nobody was. `conflict` tells that
    several were found.
    """

    participant: Participant
    match: Matched
    person: Person | None = None
    create: Create | None = None
    conflict: Conflict | None = None
    warnings: tuple[str, ...] = ()

    @property
    def slot(self) -> str:
        """What they are known by in this meeting, whoever they turn out to be."""
        return slot_of(self.participant)

    @property
    def person_id(self) -> int | Made | None:
        """The id of the person, or what stands for it until there is one."""
        if self.person is not None:
            return self.person.id
        return Made(create=self.create) if self.create is not None else None

    @property
    def is_somebody(self) -> bool:
        """Whether there is, or will be, a person."""
        return self.person is not None or self.create is not None


def slot_of(one: Participant) -> str:
    """What a participant is known by in a meeting: an address, a number, or the name."""
    return email_key(one.email).value if one.email else one.phone or one.name


def as_guests(people: Sequence[Participant], chosen: Mapping[str, int]) -> tuple[Participant, ...]:
    """The people, with those as guests of whom somebody said who they are.

    Who is chosen though nobody of that name was there is added.
    """
    slots = {slot_of(one) for one in people}
    there = [replace(one, role=Role.EXTERNAL) if slot_of(one) in chosen else one for one in people]
    added = [Participant(role=Role.EXTERNAL, name=slot) for slot in chosen if slot not in slots]
    return (*there, *added)
