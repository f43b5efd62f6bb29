"""MeetingResult: what became of a meeting: who was matched, why, and what was written."""

from enum import StrEnum

import msgspec

from dealwright.meetings.meeting import Part
from dealwright.meetings.participants import Role


class Matched(StrEnum):
    """How the person of a participant was found; `none`: there is none."""

    LINKED = "linked"
    EMAIL = "email"
    PHONE = "phone"
    CREATED = "created"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A participant with their match; `match` None: nobody was looked up."""

    role: Role
    name: str = ""
    email: str = ""
    phone: str = ""
    part: Part = Part.ATTENDEE
    match: Matched | None = None
    person_id: int | None = None


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may be meant by a participant; applied only by a click."""

    participant: str
    person_id: int
    why: str = "same_name"


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up that found several persons: who, and which step left one (None: none did)."""

    participant: str
    why: str
    candidates: tuple[int, ...]
    chosen: int | None = None
    decided_by: str | None = None


class DealChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The deal of the primary person, or None, and the rule that chose it."""

    deal_id: int | None
    why: str
    lead_id: str = ""


class NearMiss(msgspec.Struct, frozen=True, kw_only=True):
    """An activity type that is almost the wanted one: `inactive` or other `case`."""

    name: str
    why: str


class MeetingResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the last try made of a revision of a meeting.

    `state` is the word that pages show (`synced`, `needs_review:no_person`). `activity_reason`
    says why there is no activity, "" when there is one.
    """

    state: str
    title: str = ""
    conversation_type: str = ""
    participants: tuple[Seen, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    primary: int | None = None
    linked_deal_id: int | None = None
    deal: DealChoice | None = None
    activity_reason: str = ""
    near_misses: tuple[NearMiss, ...] = ()
    warnings: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
