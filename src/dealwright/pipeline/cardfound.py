"""CardFound: what one Connection says of an address; CardAnswer: what all of them do."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from dealwright.cards.known import Connector, Finding, Known, Lists
from dealwright.core.record import Organization, Person, RecordKind


class CardFound(msgspec.Struct, frozen=True, kw_only=True):
    """What one Connection says of an address.

    `known` is the contact; beside a Connection that cannot be asked, what was known of him last.
    `persons` are those among whom somebody has to choose, `named` their organizations. Of an
    address that nobody has: `organizations` of people at its domain, persons of the `same_name`.
    """

    connection: int
    name: str
    company: str
    finding: Finding
    known: Known | None = None
    persons: tuple[Person, ...] = ()
    named: dict[int, Organization] = {}
    organizations: tuple[Organization, ...] = ()
    same_name: tuple[Person, ...] = ()
    lists: Lists = Lists()
    writes_forbidden: tuple[str, ...] = ()
    says: str = ""
    until: datetime | None = None
    calls: int = 0
    tokens: int = 0

    @property
    def keeps(self) -> bool:
        """Whether it had to be asked for, and may be said again without asking."""
        whole = self.known is None or not self.known.missing
        asked = {Finding.MATCH, Finding.NO_MATCH, Finding.SEVERAL}
        return self.calls > 0 and self.finding in asked and whole

    @property
    def shows(self) -> set[tuple[RecordKind, Any]]:
        """The records that are shown."""
        shown: set[tuple[RecordKind, Any]] = {(RecordKind.PERSON, one.id) for one in self.persons}
        known = self.known
        if known is None:
            return shown
        noted = [note for notes in known.deal_notes.values() for note in notes]
        done = [one for some in known.deal_activities.values() for one in some]
        person = known.person
        return shown | {
            *(() if person is None else ((RecordKind.PERSON, person.id),)),
            *((RecordKind.ORGANIZATION, key) for key in known.organizations),
            *((RecordKind.PERSON, key) for key in known.persons),
            *((RecordKind.DEAL, one.id) for one in known.deals),
            *((RecordKind.ACTIVITY, one.id) for one in (*known.activities, *done)),
            *((RecordKind.NOTE, one.id) for one in (*known.notes, *noted)),
        }

    def connector(self) -> Connector:
        """The Connection as one beside another."""
        return Connector(
            id=self.connection,
            name=self.name,
            finding=self.finding,
            says=self.says,
            until=self.until,
            persons=self.persons,
        )


class Ask(NamedTuple):
    """How somebody asks for a card.

    `connection` is to be shown, 0 the default; `person` was chosen of several; `fresh`: nothing
    that is kept counts; `searches`: a Connection that is only asked by hand may be asked now.
    `connections` are those of who reads, None all that are shown on cards.
    """

    connection: int = 0
    person: int = 0
    fresh: bool = False
    searches: bool = False
    connections: tuple[int, ...] | None = None


class CardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Which card it is, and what is on it: one Connection's answer, and the others' beside it.

    `found` is None where there is no Connection at all. `name` is the sender's, as the message
    says; `addable` is false for addresses that nobody is to be added with; `says` is why there is
    no card.
    """

    address: str
    found: CardFound | None
    others: tuple[Connector, ...] = ()
    people: tuple[str, ...] = ()
    name: str = ""
    addable: bool = True
    says: str = ""

    @property
    def finding(self) -> Finding:
        """Which card it is."""
        return Finding.ERROR if self.found is None else self.found.finding

    @property
    def known(self) -> Known | None:
        """The contact, with the Connections beside and the other people of the message."""
        known = None if self.found is None else self.found.known
        if known is None:
            return None
        return msgspec.structs.replace(known, others=self.others, people=self.people)
