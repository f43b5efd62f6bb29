"""Guest: an external participant, and the person of Pipedrive that they are."""

from dataclasses import dataclass

from dealwright.core.plan import Create
from dealwright.core.record import Person
from dealwright.core.standins import Made
from dealwright.meetings.contacts import email_key
from dealwright.meetings.outcome import Conflict, Matched
from dealwright.meetings.participants import Participant


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
        one = self.participant
        if one.email:
            return email_key(one.email).value
        return one.phone or (f"person {self.person.id}" if self.person else one.name)

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
