"""MeetingSettings: how meetings become notes and activities, where people want it otherwise."""

from enum import StrEnum

import msgspec

from dealwright.meetings.keeping import Keeping


class DealRule(StrEnum):
    """Which deal of the primary person a meeting belongs to; a linked deal always comes first.

    LINKED_ELSE_LATEST_CREATED: the one made last, whatever its state. OWNER_IS_PARTICIPANT: one
    whose owner was there. CONTACT_ROLE: one in which an attendee takes part. WINDOW: one that was
    open at the time of the meeting, 14 days either way. ASK_IF_SEVERAL_OPEN: a person chooses.
    """

    LINKED_ELSE_LATEST_CREATED = "linked_else_latest_created"
    OPEN_ONLY_LATEST_CREATED = "open_only_latest_created"
    LATEST_UPDATED = "latest_updated"
    OWNER_IS_PARTICIPANT = "owner_is_participant"
    CONTACT_ROLE = "contact_role"
    WINDOW = "window"
    ASK_IF_SEVERAL_OPEN = "ask_if_several_open"
    NONE = "none"


class Creating(StrEnum):
    """When a person is made of somebody whom nobody knows."""

    ALWAYS = "always"
    ONLY_IF_NOBODY_MATCHED = "only_if_nobody_matched"
    REVIEW = "review"
    NEVER = "never"


class NotePer(StrEnum):
    """For whom a note is written, and when it names the deal too."""

    MATCHED_PERSON = "matched_person"
    PRIMARY_ONLY = "primary_only"
    DEAL_ONLY_WHEN_LINKED = "deal_only_when_linked"


class SharedPhone(StrEnum):
    """Who is meant by a number that several persons have, when nothing tells them apart."""

    REVIEW = "review"
    FIRST = "first"
    LATEST_ACTIVITY = "latest_activity"
    ALL = "all"


class EditedNote(StrEnum):
    """What becomes of a note that somebody changed in Pipedrive, when a new summary comes."""

    KEEP = "keep"
    APPEND = "append"
    OVERWRITE = "overwrite"


class TitleRule(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation type for every title that contains a text; case does not count, accents do."""

    contains: str
    type: str


class ConversationType(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a meeting gets its type where its Source names none: rules in order, then `default`."""

    default: str = "Meeting"
    title_rules: tuple[TitleRule, ...] = ()


class Exclusions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Meetings that stay out of Pipedrive: by a word of the title, the host, the type or a tag."""

    title_words: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    shorter_than_seconds: int = 0


class OptIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only these meetings go to Pipedrive, where any is named: by a tag or by who presented."""

    tags: tuple[str, ...] = ()
    presenters: tuple[str, ...] = ()


class ActivityRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which activity a meeting becomes.

    `off_types`: conversation types that become none. `aliases`: another name of the activity type
    for a conversation type. `fallback`: the type where none has the name, "" for no activity.
    `complete_existing`: one that is planned for the time is marked done rather than doubled.
    """

    enabled: bool = True
    off_types: tuple[str, ...] = ()
    ignore_case: bool = False
    aliases: dict[str, str] = {}
    fallback: str = ""
    complete_existing: bool = False
    summary_is_public: bool = False


class MeetingSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the meetings of a Source are treated; every default is what the product promises.

    `internal_*` tell who is one of us, `bots` are more addresses and names of notetakers.
    `default_region` is the country (ISO 3166) of numbers without one. `several_open_deals` True:
    a person chooses. `reuse_organisation`: who is made joins the one organization of their domain.
    `lead_fallback`: the person's open lead, when there is no deal. `backdate`: a note bears the
    time of the meeting. `no_quotes`: no utterance is quoted. `language_model`: transcripts may be
    sent to the model that the operator chose. `summary_grace_seconds` None: as long
    as the Source needs as a rule. `fetch_media`: recordings that a sender names are kept here.
    `keeping`: how long what is kept.
    """

    internal_domains: tuple[str, ...] = ()
    internal_emails: tuple[str, ...] = ()
    internal_phones: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    default_region: str | None = None
    gmail_dots: bool = False
    deal_rule: DealRule = DealRule.LINKED_ELSE_LATEST_CREATED
    deal_pipelines: tuple[int, ...] = ()
    deal_stages: tuple[int, ...] = ()
    archived_deals: bool = True
    lead_fallback: bool = False
    create_missing_persons: Creating = Creating.ALWAYS
    reuse_organisation: bool = False
    shared_phone: SharedPhone = SharedPhone.REVIEW
    note_per: NotePer = NotePer.MATCHED_PERSON
    org_note: bool = False
    edited_note: EditedNote = EditedNote.KEEP
    backdate: bool = False
    sync_internal_only: bool = False
    conversation_type: ConversationType = ConversationType()
    activities: ActivityRules = ActivityRules()
    exclusions: Exclusions = Exclusions()
    opt_in: OptIn = OptIn()
    no_quotes: bool = False
    language_model: bool = False
    labels_language: str = "en"
    timezone: str = "UTC"
    summary_grace_seconds: int | None = None
    cross_source_merge: bool = True
    source_priority: tuple[str, ...] = ()
    poll: bool = True
    fetch_media: bool = False
    keeping: Keeping = Keeping()
