"""The shape of a fixture: every key and every code of fixtures/README.md, and no other."""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

Text = str
_Code = Annotated[str, msgspec.Meta(min_length=1)]


class Shape(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Whatever has another key is refused."""


class Basis(Shape):
    what: str
    confidence: str


class TitleRule(Shape):
    contains: str
    type: str


class ConversationType(Shape):
    default: str = "Meeting"
    title_rules: list[TitleRule] = []


class DealLink(Shape):
    ical_uid: str
    deal_id: int
    origin: Literal["invite_url", "user"]


class Config(Shape, omit_defaults=True):
    base_url: str
    internal_domains: list[str] = []
    internal_emails: list[str] = []
    internal_phones: list[str] = []
    default_region: str | None = None
    deal_rule: Literal[
        "linked_else_latest_created",
        "open_only_latest_created",
        "latest_updated",
        "owner_is_participant",
        "contact_role",
        "window",
        "ask_if_several_open",
        "none",
    ] = "linked_else_latest_created"
    create_missing_persons: Literal["always", "only_if_nobody_matched", "review", "never"] = (
        "always"
    )
    note_per: Literal["matched_person", "primary_only", "deal_only_when_linked"] = "matched_person"
    sync_internal_only: bool = False
    conversation_type: ConversationType = ConversationType()
    summary_grace_seconds: int | None = None
    cross_source_merge: bool = True
    deal_links: list[DealLink] = []


class Sent(Shape):
    method: Literal["POST"]
    path: str
    headers: dict[str, str]
    raw_body: str
    body: Any


class Request(Shape):
    method: str
    url: str
    headers: dict[str, str] = {}
    body_contains: list[str] = []


class Fetch(Shape):
    request: Request
    status: int
    response: Any = UNSET
    response_text: str | UnsetType = UNSET


class User(Shape):
    id: int
    name: str
    email: str
    active_flag: bool
    timezone_name: str


class ActivityType(Shape):
    id: int
    name: str
    key_string: str
    active_flag: bool


class Contact(Shape):
    value: str
    primary: bool
    label: str


class Person(Shape):
    id: int
    name: str
    emails: list[Contact]
    phones: list[Contact]
    org_id: int | None


class Deal(Shape):
    id: int
    title: str
    person_id: int | None
    status: Literal["open", "won", "lost"]
    add_time: str
    owner_id: int
    is_archived: bool


class Fault(Shape):
    method: str
    path: str
    status: int
    body: Any
    times: Literal["always"] | int


class Account(Shape):
    users: list[User]
    activity_types: list[ActivityType]
    persons: list[Person]
    deals: list[Deal]
    faults: list[Fault] = []


class Suggested(Shape):
    person_id: int
    why: Literal["same_name"]


class Conflict(Shape):
    why: Literal["duplicate_email", "shared_phone"]
    candidates: list[int]
    chosen: int | None
    decided_by: Literal["open_deal", "newest_update", "lowest_id", "name", "organisation"] | None


class Merged(Shape):
    why: Literal["ical_uid", "platform_meeting", "organiser_title_start"]
    kept: str
    merged: list[str]


class DealChoice(Shape):
    deal_id: int | None
    why: Literal["linked", "latest_created", "latest_archived", "person_has_no_deal"]
    with_option_open_only: int | UnsetType | None = UNSET


class MeetingValues(Shape, omit_defaults=True):
    title: str | UnsetType = UNSET
    conversation_type: str | UnsetType = UNSET
    started_at: str | UnsetType = UNSET
    ended_at: str | UnsetType = UNSET
    duration_seconds: int | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    summary_origin: Literal["provider", "local", "llm", "manual", "none"] | UnsetType = UNSET
    transcript_segments: int | UnsetType = UNSET
    manual_notes: str | UnsetType | None = UNSET
    recording_url: str | UnsetType | None = UNSET
    linked_deal_id: int | UnsetType | None = UNSET


Ref = int | str | None


class Participant(Shape):
    name: str | None
    email: str | None
    phone_e164: str | None
    role: Literal["internal", "external", "bot", "unknown"]
    match: Literal["linked", "email", "phone", "created", "ambiguous", "none"] | None
    person_id: Ref


class Note(Shape):
    person_id: Ref
    deal_id: int | None
    must_contain: list[str]
    must_not_contain: list[str]


class NearMiss(Shape):
    name: str
    why: Literal["inactive", "case"]


Reason = Literal[
    "activity_type_not_found",
    "activity_forbidden",
    "activities_off",
    "not_answered",
    "excluded",
    "internal_only",
    "participants_unavailable",
    "no_email_or_phone",
    "ambiguous_phone",
    "no_person",
]


class Activity(Shape):
    created: bool
    reason: Reason | UnsetType = UNSET
    near_misses: list[NearMiss] = []
    subject: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    due_date: str | UnsetType = UNSET
    due_time: str | UnsetType = UNSET
    duration: str | UnsetType = UNSET
    done: bool | UnsetType = UNSET
    person_id: Ref | UnsetType = UNSET
    participants: list[Ref] | UnsetType = UNSET
    deal_id: int | UnsetType | None = UNSET
    owner_id: int | UnsetType = UNSET
    note_must_contain: list[str] = []
    note_must_not_contain: list[str] = []


class MadePerson(Shape):
    name: str
    emails: list[str]
    phones: list[str]
    org_id: int | None


Word = Literal["POST person", "POST note", "PUT note", "POST activity", "PATCH activity"]


class Expected(Shape):
    http_status: int | list[int]
    sync_state: str
    participants: list[Participant]
    notes_created: list[Note]
    activity: Activity
    persons_created: list[MadePerson]
    response_json: dict[str, Any] | UnsetType = UNSET
    after_first: str | UnsetType = UNSET
    dedupe_key: str | UnsetType = UNSET
    meeting: MeetingValues | UnsetType = UNSET
    suggestions: list[Suggested] = []
    match_conflict: Conflict | UnsetType = UNSET
    merge: Merged | UnsetType = UNSET
    deal_choice: DealChoice | UnsetType = UNSET
    writes: list[list[Word]] | UnsetType = UNSET
    notes_total: int | UnsetType = UNSET
    activities_total: int | UnsetType = UNSET
    retries_after_403: int | UnsetType = UNSET
    warnings: list[str] = []


class Fixture(Shape):
    id: str
    source: Literal[
        "fathom", "zoom", "fireflies", "readai", "circleback", "aircall", "vcon", "generic"
    ]
    shape_basis: Basis
    synthetic: Literal[1]
    now_unix: int
    config: Config
    secret: str | dict[str, str]
    deliveries: list[Sent]
    fetches: list[Fetch]
    pipedrive: Account
    expected: Expected
    title: str = ""
    variations: list[str] = []
    notes: str = ""

    @property
    def secrets(self) -> dict[str, str]:
        """The secret of each source that takes part."""
        return {self.source: self.secret} if isinstance(self.secret, str) else self.secret


#: What stands for a key that is not there.
_NOTHING: Final[tuple[Any, ...]] = (UNSET, False, [])

#: 8.1: the states, of which `ignored` names any event.
STATES: Final = re.compile(
    r"synced|partial:activity_forbidden|pending:summary"
    r"|skipped:(not_answered|excluded|internal_only)"
    r"|needs_review:(participants_unavailable|no_email_or_phone|ambiguous_phone|no_person)"
    r"|rejected:(signature|timestamp|token|critical_extension)"
    r"|ignored:[^\s:]+|answered:challenge"
)
#: 8.3: the warnings.
WARNINGS: Final = re.compile(
    r"duplicate_email|shared_phone|phone_name_differs|linked_deal_not_found:\d+"
    r"|externals_from_several_organisations|duration_capped|llm_failed"
)


class Misshapen(ValueError):
    """A file that is no fixture."""


def read_fixture(path: Path) -> Fixture:
    """Read a file; raises Misshapen, which says where it differs from the contract."""
    raw = msgspec.json.decode(path.read_bytes())
    if raw.get("synthetic") is not True:
        raise Misshapen(f"{path.name}: synthetic: expected true")
    raw = {**raw, "synthetic": 1}
    try:
        fixture = msgspec.convert(raw, Fixture)
    except msgspec.ValidationError as fault:
        raise Misshapen(f"{path.name}: {fault}") from None
    _check_codes(path, fixture.expected)
    _check_parts(path, fixture)
    if fixture.id != f"{path.parent.name}/{path.stem}" or not fixture.deliveries:
        raise Misshapen(f"{path.name}: id or deliveries are not those of the contract")
    return fixture


def _check_parts(path: Path, fixture: Fixture) -> None:
    for fetch in fixture.fetches:
        if (fetch.response is UNSET) == (fetch.response_text is UNSET):
            raise Misshapen(f"{path.name}: a fetch has a response or a response_text")
    activity = fixture.expected.activity
    told = {name for name in activity.__struct_fields__ if getattr(activity, name) not in _NOTHING}
    if not activity.created and told - {"created", "reason", "near_misses"}:
        raise Misshapen(f"{path.name}: an activity that is not created has only a reason")


def _check_codes(path: Path, expected: Expected) -> None:
    after = [] if isinstance(expected.after_first, UnsetType) else [expected.after_first]
    for state in (expected.sync_state, *after):
        if not STATES.fullmatch(state):
            raise Misshapen(f"{path.name}: {state}: no such state")
    for warning in expected.warnings:
        if not WARNINGS.fullmatch(warning):
            raise Misshapen(f"{path.name}: {warning}: no such warning")
