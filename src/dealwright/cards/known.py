"""Known: everything that the hub knows of somebody in one Connection when a card is made."""

from datetime import datetime
from enum import StrEnum

import msgspec

from dealwright.core.record import (
    Activity,
    ActivityType,
    Deal,
    FieldDefinition,
    Member,
    Note,
    Organization,
    Person,
    Pipeline,
    Stage,
)


class Finding(StrEnum):
    """How a Connection stands for an address, as the list of connectors shows it."""

    MATCH = "match"
    NO_MATCH = "no_match"
    SEVERAL = "several"
    REAUTH = "reauth"
    MANUAL = "manual"
    LIMITED = "limited"
    PAYMENT = "payment_required"
    ERROR = "error"


class Part(StrEnum):
    """What a card is made of, each asked for by itself."""

    PERSON = "person"
    ORGANIZATION = "organization"
    DEALS = "deals"
    DEAL_NOTES = "deal_notes"
    ACTIVITIES = "activities"
    DEAL_ACTIVITIES = "deal_activities"
    NOTES = "notes"
    NAMES = "names"
    LISTS = "lists"


class Reader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who looks, and when: in which language and zone, and whether he may write.

    `now` is aware UTC; `region` (ISO, two letters) is where phone numbers without + are.
    `may_configure`: he may set up connectors.
    """

    now: datetime
    locale: str = "en-GB"
    zone: str = "UTC"
    region: str = ""
    may_write: bool = True
    may_configure: bool = True


class Connector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Connection beside the one that is shown. `says` is the reason, `until` when it goes on."""

    id: int
    name: str
    finding: Finding
    says: str = ""
    until: datetime | None = None
    persons: tuple[Person, ...] = ()


class Lists(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The account's own lists, as far as they are known."""

    person_fields: tuple[FieldDefinition, ...] = ()
    organization_fields: tuple[FieldDefinition, ...] = ()
    deal_fields: tuple[FieldDefinition, ...] = ()
    users: tuple[Member, ...] = ()
    activity_types: tuple[ActivityType, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    stages: tuple[Stage, ...] = ()
    currency: str = ""


class MeetingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting with the contact, as a card shows it."""

    title: str
    at: datetime
    url: str
    state: str


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """A product event of the contact, as a card shows it."""

    name: str
    at: datetime


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person in one Connection, with all that stands around them.

    `company` is the label in the account's address, for links. `organizations` and `persons` are
    those that fields refer to, by id. `deals` the newest first; `activities` those in which the
    person takes part (`only_primary`: only those whose main contact they are are known).
    `left_out` counts, by section, what a limit leaves out; `missing` names parts that could not be
    had, with the reason; `as_of` is the age of what is shown where it is not fresh. `in_mail`: a
    message is open, so that it can be logged.
    """

    connection: int
    connection_name: str
    company: str
    address: str
    person: Person | None = None
    organization: Organization | None = None
    deals: tuple[Deal, ...] = ()
    deal_notes: dict[int, tuple[Note, ...]] = {}
    deal_activities: dict[int, tuple[Activity, ...]] = {}
    activities: tuple[Activity, ...] = ()
    only_primary: bool = False
    notes: tuple[Note, ...] = ()
    owner: Member | None = None
    persons: dict[int, Person] = {}
    organizations: dict[int, Organization] = {}
    lists: Lists = Lists()
    meetings: tuple[MeetingLine, ...] = ()
    events: tuple[EventLine, ...] = ()
    others: tuple[Connector, ...] = ()
    people: tuple[str, ...] = ()
    in_mail: bool = False
    left_out: dict[str, int] = {}
    missing: dict[Part, str] = {}
    as_of: datetime | None = None
    sections_off: tuple[str, ...] = ()
    sections_order: tuple[str, ...] = ()
    writes_forbidden: tuple[str, ...] = ()
