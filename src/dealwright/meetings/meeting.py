"""Meeting: what Sources told of a meeting or a call, in one neutral form.

Text stands as the Source sent it; what is told of people is judged in `participants`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Part(StrEnum):
    """What a Source says somebody was in the meeting."""

    HOST = "host"
    ORGANIZER = "organizer"
    ATTENDEE = "attendee"
    BOT = "bot"
    RESOURCE = "resource"


class Attendee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody whom a Source lists: invitee, attendee, party, contact or host, as it came.

    `region` is the country (ISO 3166) of the line that `phones` were dialled on. `internal` and
    `attended` are None where the Source does not tell. `internal` is a hint, unless the sender may
    decide it (`internal_decided`: the generic webhook). `source_id` is the Source's own id of the
    person, told apart by it where there is no address.
    """

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    region: str = ""
    part: Part = Part.ATTENDEE
    internal: bool | None = None
    internal_decided: bool = False
    attended: bool | None = None
    source_id: str = ""


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One utterance: seconds from the start, who spoke ("" unknown), what was said."""

    start: float
    end: float | None = None
    speaker: str = ""
    text: str


class Origin(StrEnum):
    """Who made a summary; `none`: there was nothing to summarise."""

    PROVIDER = "provider"
    LOCAL = "local"
    LLM = "llm"
    MANUAL = "manual"
    NONE = "none"


class Bullet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One point of a summary. `at` is seconds from the start; `quote`: the text is verbatim."""

    text: str
    speaker: str = ""
    at: float | None = None
    quote: bool = False


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A titled part of a summary ("" for none)."""

    title: str = ""
    bullets: tuple[Bullet, ...] = ()


class ActionItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody said would be done. `owner` is a name or an e-mail, `due` as it was told."""

    text: str
    owner: str = ""
    due: str = ""
    at: float | None = None
    done: bool = False


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Written text of a Source: `format` is markdown, text or html."""

    format: str
    text: str


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A summary in neutral form (MEETINGS 3.2).

    `body` is a provider's or a person's running text, where its shape is not known: it is
    sanitised when it is rendered. `warnings` are codes; `flagged` the indexes of bullets, counted
    over all sections, that are hidden from the note until somebody approves them. `tokens` and
    `cost` are what a language model took.
    """

    origin: Origin
    template: str = ""
    language: str = ""
    overview: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    body: Text | None = None
    action_items: tuple[ActionItem, ...] = ()
    why_none: str = ""
    model: str = ""
    prompt_version: str = ""
    generated_at: datetime | None = None
    input_hash: str = ""
    warnings: tuple[str, ...] = ()
    flagged: tuple[int, ...] = ()
    tokens: int = 0
    cost: float = 0.0


class Recording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the recording is at the provider; it never leaves the hub.

    `fetch`: the sender offers the file itself there; `content_hash` is what it says of it (vCon).
    """

    url: str
    mime_type: str = ""
    fetch: bool = False
    content_hash: str = ""


class Crm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sender says about Pipedrive: the deal, the person of the first external, or skip.

    `invited_to`: the deal stands in the invitation, as a link into this company's Pipedrive.
    """

    deal_id: int | None = None
    person_id: int | None = None
    lead_id: str = ""
    skip: bool = False
    invited_to: str = ""


class Meeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A meeting or a call. `key` is `source:id of the source` (`fathom:123`).

    What is "" or None was not told. `said_type` is the conversation type that the Source names,
    `tags` what may be one. `platform_meeting` is the platform's number or code, `organiser` the
    organiser's e-mail. `answered` is False when nobody talked. `speakers_if_alone`: names that
    count as participants when the lists hold nobody but bots and internal people (Fireflies).
    `recorded`: the times are those of the recording, which go before others.
    `summary` is the one in use; a Source's own or one that was made here. `source_summary` is the
    Source's own as it is there now, `source_edits` the parts of it that somebody edited there.
    `modified_at` is when the Source last changed what it tells. `kept` names parts that people of
    the hub decided (`summary`, `manual_notes`): nothing that a Source tells later replaces them. So
    with what was removed (`transcript`, `meeting`): it does not come back.
    """

    key: str
    source: str
    title: str = ""
    said_type: str = ""
    tags: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    recorded: bool = False
    timezone: str = ""
    language: str = ""
    platform: str = ""
    platform_meeting: str = ""
    direction: str = ""
    answered: bool = True
    join_url: str = ""
    ical_uid: str = ""
    organiser: str = ""
    presenter_email: str = ""
    attendees: tuple[Attendee, ...] = ()
    participants_refused: bool = False
    speakers_if_alone: tuple[str, ...] = ()
    recording: Recording | None = None
    transcript: tuple[Segment, ...] = ()
    summary: Summary | None = None
    action_items: tuple[ActionItem, ...] = ()
    manual_notes: Text | None = None
    crm: Crm = Crm()
    summary_expected: bool = False
    source_summary: Summary | None = None
    source_edits: Summary | None = None
    modified_at: datetime | None = None
    kept: tuple[str, ...] = ()
    extra: dict[str, Any] = {}
