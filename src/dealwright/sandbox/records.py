"""The records of a company: frozen values, replaced as a whole by each write.

Times are milliseconds UTC. A search index may therefore keep an older value of a record.
"""

from typing import Any, TypeAlias

from msgspec import Struct

Key: TypeAlias = int | str
CustomValues: TypeAlias = dict[str, Any]


class ContactPoint(Struct, frozen=True, kw_only=True, gc=False):
    """One e-mail address, phone number or messenger name."""

    value: str
    primary: bool = False
    label: str = "work"


class Address(Struct, frozen=True, kw_only=True, gc=False):
    """A postal address; `value` is what was written, the rest what was understood."""

    value: str | None = None
    country: str | None = None
    admin_area_level_1: str | None = None
    admin_area_level_2: str | None = None
    locality: str | None = None
    sublocality: str | None = None
    route: str | None = None
    street_number: str | None = None
    subpremise: str | None = None
    postal_code: str | None = None
    formatted_address: str | None = None


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """A person. Source: openapi-v2 `/persons`."""

    id: int
    name: str
    first_name: str | None = None
    last_name: str | None = None
    owner_id: int
    org_id: int | None = None
    add_time: int
    update_time: int
    emails: tuple[ContactPoint, ...] = ()
    phones: tuple[ContactPoint, ...] = ()
    is_deleted: bool = False
    visible_to: int = 3
    label_ids: tuple[int, ...] = ()
    picture_id: int | None = None
    marketing_status: str = "no_consent"
    contact_sync: dict[str, Any] | None = None
    custom: CustomValues | None = None
    merged_to: int | None = None


class Organization(Struct, frozen=True, kw_only=True, gc=False):
    """An organization. Source: openapi-v2 `/organizations`."""

    id: int
    name: str
    owner_id: int
    add_time: int
    update_time: int
    address: Address | None = None
    is_deleted: bool = False
    visible_to: int = 3
    label_ids: tuple[int, ...] = ()
    website: str | None = None
    linkedin: str | None = None
    industry: int | None = None
    annual_revenue: int | None = None
    employee_count: int | None = None
    custom: CustomValues | None = None
    merged_to: int | None = None


class Deal(Struct, frozen=True, kw_only=True, gc=False):
    """A deal. Source: openapi-v2 `/deals`."""

    id: int
    title: str
    creator_user_id: int
    owner_id: int
    person_id: int | None = None
    org_id: int | None = None
    pipeline_id: int
    stage_id: int
    value: float = 0
    currency: str = "USD"
    add_time: int
    update_time: int
    stage_change_time: int | None = None
    status: str = "open"
    is_deleted: bool = False
    is_archived: bool = False
    archive_time: int | None = None
    probability: float | None = None
    lost_reason: str | None = None
    visible_to: int = 3
    close_time: int | None = None
    won_time: int | None = None
    first_won_time: int | None = None
    lost_time: int | None = None
    expected_close_date: str | None = None
    label_ids: tuple[int, ...] = ()
    origin: str = "API"
    origin_id: str | None = None
    channel: int | None = None
    channel_id: str | None = None
    source_lead_id: str | None = None
    custom: CustomValues | None = None
    merged_to: int | None = None


class Participant(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who takes part in an activity; the primary one is its `person_id`."""

    person_id: int
    primary: bool = False


class Attendee(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who is invited to an activity."""

    email: str
    name: str | None = None
    status: str = "noreply"
    is_organizer: bool = False
    person_id: int | None = None
    user_id: int | None = None


class Activity(Struct, frozen=True, kw_only=True, gc=False):
    """An activity. Source: openapi-v2 `/activities`."""

    id: int
    subject: str
    type: str
    owner_id: int
    creator_user_id: int
    is_deleted: bool = False
    add_time: int
    update_time: int
    deal_id: int | None = None
    lead_id: str | None = None
    person_id: int | None = None
    org_id: int | None = None
    project_id: int | None = None
    due_date: str | None = None
    due_time: str | None = None
    duration: str | None = None
    busy: bool = False
    done: bool = False
    marked_as_done_time: int | None = None
    location: Address | None = None
    participants: tuple[Participant, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    public_description: str | None = None
    priority: int | None = None
    note: str | None = None


class Note(Struct, frozen=True, kw_only=True, gc=False):
    """A note, HTML. Source: openapi-v1 `/notes`."""

    id: int
    content: str
    user_id: int
    last_update_user_id: int | None = None
    add_time: int
    update_time: int
    is_deleted: bool = False
    deal_id: int | None = None
    person_id: int | None = None
    org_id: int | None = None
    lead_id: str | None = None
    project_id: int | None = None
    task_id: int | None = None
    pinned: tuple[str, ...] = ()


class NoteComment(Struct, frozen=True, kw_only=True, gc=False):
    """A comment on a note. Source: openapi-v1 `/notes/{id}/comments`."""

    id: str
    note_id: int
    content: str
    user_id: int
    updater_id: int | None = None
    add_time: int
    update_time: int


class Money(Struct, frozen=True, kw_only=True, gc=False):
    """An amount with its ISO currency."""

    amount: float
    currency: str


class Lead(Struct, frozen=True, kw_only=True, gc=False):
    """A lead. Source: openapi-v1 `/leads`."""

    id: str
    title: str
    owner_id: int
    creator_id: int
    label_ids: tuple[str, ...] = ()
    person_id: int | None = None
    organization_id: int | None = None
    source_name: str = "API"
    origin: str = "API"
    origin_id: str | None = None
    channel: int | None = None
    channel_id: str | None = None
    source_deal_id: int | None = None
    is_archived: bool = False
    was_seen: bool = False
    value: Money | None = None
    expected_close_date: str | None = None
    add_time: int
    update_time: int
    visible_to: int = 3
    is_deleted: bool = False
    custom: CustomValues | None = None


class Pipeline(Struct, frozen=True, kw_only=True, gc=False):
    """A pipeline. Source: openapi-v2 `/pipelines`."""

    id: int
    name: str
    order_nr: int
    is_deleted: bool = False
    is_deal_probability_enabled: bool = True
    add_time: int
    update_time: int


class Stage(Struct, frozen=True, kw_only=True, gc=False):
    """A stage of a pipeline. Source: openapi-v2 `/stages`."""

    id: int
    order_nr: int
    name: str
    is_deleted: bool = False
    deal_probability: int = 100
    pipeline_id: int
    is_deal_rot_enabled: bool = False
    days_to_rotten: int | None = None
    add_time: int
    update_time: int


class ActivityType(Struct, frozen=True, kw_only=True, gc=False):
    """A kind of activity; `key_string` stays when the name changes. Source: openapi-v1."""

    id: int
    name: str
    key_string: str
    icon_key: str
    order_nr: int
    color: str = "FFFFFF"
    active_flag: bool = True
    is_custom_flag: bool = False
    add_time: int
    update_time: int


class LeadLabel(Struct, frozen=True, kw_only=True, gc=False):
    """A label of leads. Source: openapi-v1 `/leadLabels`."""

    id: str
    name: str
    color: str
    add_time: int
    update_time: int


class DealParticipant(Struct, frozen=True, kw_only=True, gc=False):
    """A person who takes part in a deal. Source: openapi-v1 `/deals/{id}/participants`."""

    id: int
    deal_id: int
    person_id: int
    added_by_user_id: int
    add_time: int


class User(Struct, frozen=True, kw_only=True, gc=False):
    """A user of a company. Source: openapi-v1 `/users`."""

    id: int
    name: str
    email: str
    is_admin: bool = False
    active_flag: bool = True
    default_currency: str = "USD"
    locale: str = "en_US"
    language: str = "en"
    timezone_name: str = "Europe/Berlin"
    timezone_offset: str = "+01:00"
    phone: str | None = None
    role_id: int = 1
    group_id: int = 1
    created: int
    modified: int
