"""Pipedrive's records as values, in the vendor's own words and v2 shapes.

Source: openapi-v2.yaml `/persons/{id}`, `/organizations/{id}`, `/deals/{id}`, `/activities/{id}`.
Keys that we do not know are ignored; nullable follows what the API really sends, which is wider
than its specification.
"""

from enum import StrEnum
from typing import Any

import msgspec


class RecordKind(StrEnum):
    """What a record in Pipedrive is; the value is the word used in tables, URLs and texts."""

    PERSON = "person"
    ORGANIZATION = "organization"
    DEAL = "deal"
    LEAD = "lead"
    ACTIVITY = "activity"
    NOTE = "note"


#: A whole number; of leads a UUID.
RecordId = int | str


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One e-mail address or phone number of a person, with its label ("work", "home", …)."""

    value: str
    label: str | None = None
    primary: bool = False


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A person who takes part in an activity; exactly one of them is primary."""

    person_id: int
    primary: bool = False


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the account. `visible_to` is 1, 3, 5 or 7."""

    id: int
    name: str = ""
    owner_id: int | None = None
    org_id: int | None = None
    add_time: str | None = None
    update_time: str | None = None
    emails: tuple[Labelled, ...] = ()
    phones: tuple[Labelled, ...] = ()
    is_deleted: bool = False
    visible_to: int | None = None
    label_ids: tuple[int, ...] = ()
    custom_fields: dict[str, Any] = {}


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """An organization of the account."""

    id: int
    name: str = ""
    owner_id: int | None = None
    add_time: str | None = None
    update_time: str | None = None
    is_deleted: bool = False
    visible_to: int | None = None
    label_ids: tuple[int, ...] = ()
    custom_fields: dict[str, Any] = {}


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal of the account; archived ones are not in the ordinary lists."""

    id: int
    title: str = ""
    owner_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None
    pipeline_id: int | None = None
    stage_id: int | None = None
    value: float | None = None
    currency: str | None = None
    status: str = "open"
    add_time: str | None = None
    update_time: str | None = None
    expected_close_date: str | None = None
    probability: float | None = None
    lost_reason: str | None = None
    won_time: str | None = None
    lost_time: str | None = None
    is_deleted: bool = False
    is_archived: bool = False
    visible_to: int | None = None
    label_ids: tuple[int, ...] = ()
    custom_fields: dict[str, Any] = {}


class LeadValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a lead is worth."""

    amount: float
    currency: str


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead (openapi-v1.yaml `/leads`): v1, hence other names and `visible_to` as text.

    `custom_fields` are those of deals in v1's flat form, `<hash>` and `<hash>_<part>`.
    """

    id: str
    title: str = ""
    owner_id: int | None = None
    person_id: int | None = None
    organization_id: int | None = None
    value: LeadValue | None = None
    expected_close_date: str | None = None
    label_ids: tuple[str, ...] = ()
    visible_to: str | None = None
    is_archived: bool = False
    is_deleted: bool = False
    add_time: str | None = None
    update_time: str | None = None
    custom_fields: dict[str, Any] = {}


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note (openapi-v1.yaml `/notes`); its content is HTML as Pipedrive cleaned it.

    Times are UTC without a zone.
    """

    id: int
    content: str = ""
    person_id: int | None = None
    org_id: int | None = None
    deal_id: int | None = None
    lead_id: str | None = None
    user_id: int | None = None
    pinned_to_person_flag: bool = False
    pinned_to_organization_flag: bool = False
    pinned_to_deal_flag: bool = False
    pinned_to_lead_flag: bool = False
    add_time: str | None = None
    update_time: str | None = None
    active_flag: bool = True

    @property
    def is_deleted(self) -> bool:
        """A deleted note is still given, inactive."""
        return not self.active_flag


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity; `due_date` YYYY-MM-DD and `due_time` HH:MM[:SS] together are UTC."""

    id: int
    subject: str | None = None
    type: str | None = None
    owner_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None
    deal_id: int | None = None
    lead_id: str | None = None
    due_date: str | None = None
    due_time: str | None = None
    duration: str | None = None
    done: bool = False
    marked_as_done_time: str | None = None
    add_time: str | None = None
    update_time: str | None = None
    is_deleted: bool = False
    participants: tuple[Participant, ...] | None = None
    public_description: str | None = None
    note: str | None = None


Record = Person | Organization | Deal | Lead | Activity | Note

RECORD_TYPES: dict[RecordKind, type[Record]] = {
    RecordKind.PERSON: Person,
    RecordKind.ORGANIZATION: Organization,
    RecordKind.DEAL: Deal,
    RecordKind.LEAD: Lead,
    RecordKind.ACTIVITY: Activity,
    RecordKind.NOTE: Note,
}


class ActivityType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of activity: writes take the `key_string`, people know the name."""

    id: int
    name: str
    key_string: str
    active_flag: bool = True
    order_nr: int = 0


class LeadLabel(msgspec.Struct, frozen=True, kw_only=True):
    """A label of leads (openapi-v1.yaml `/leadLabels`)."""

    id: str
    name: str


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline of deals (openapi-v2.yaml `/pipelines`); the default one has the lowest order."""

    id: int
    name: str
    order_nr: int = 0
    is_deleted: bool = False


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a pipeline (openapi-v2.yaml `/stages`)."""

    id: int
    name: str
    pipeline_id: int
    order_nr: int = 0
    is_deleted: bool = False


class Currency(msgspec.Struct, frozen=True, kw_only=True):
    """A currency of the account (openapi-v1.yaml `/currencies`), its own ones too."""

    code: str
    name: str
    active_flag: bool = True


class FieldOption(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of an enum or set field; custom ones have whole numbers as ids."""

    id: int | str
    label: str
    color: str | None = None


class FieldDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the account (openapi-v2.yaml `/personFields`); `field_code` is its key."""

    field_code: str
    field_name: str
    field_type: str
    is_custom_field: bool = False
    options: tuple[FieldOption, ...] | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the account, as lists name them (openapi-v1.yaml `/users`)."""

    id: int
    name: str = ""
    email: str | None = None
    active_flag: bool = True
    timezone_name: str | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The token's user and company (openapi-v1.yaml `/users/me`)."""

    id: int
    name: str
    email: str | None = None
    default_currency: str | None = None
    company_id: int | None = None
    company_name: str | None = None
    company_domain: str | None = None


def image(record: Record) -> dict[str, Any]:
    """All that stands in a record, as values of JSON."""
    return msgspec.to_builtins(record)
