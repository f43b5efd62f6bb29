"""Deciding: what becomes of a meeting before anybody is looked up (MEETINGS 4.6, lines 1–6)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from dealwright.core.delivery import State
from dealwright.meetings.contacts import clean_email
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.participants import Participant, Role
from dealwright.meetings.settings import MeetingSettings


class Becomes(StrEnum):
    """How a meeting ends, as pages name it."""

    SYNCED = "synced"
    FORBIDDEN = "partial:activity_forbidden"
    PENDING = "pending:summary"
    NOT_ANSWERED = "skipped:not_answered"
    EXCLUDED = "skipped:excluded"
    INTERNAL_ONLY = "skipped:internal_only"
    UNAVAILABLE = "needs_review:participants_unavailable"
    ANONYMOUS = "needs_review:no_email_or_phone"
    AMBIGUOUS = "needs_review:ambiguous_phone"
    NO_PERSON = "needs_review:no_person"
    SEVERAL_DEALS = "needs_review:several_open_deals"

    @property
    def code(self) -> str:
        """The part after the colon; of `synced` the word for its Delivery."""
        return self.value.partition(":")[2] or "logged"

    @property
    def delivery(self) -> State:
        """The state of the Delivery."""
        return _DELIVERIES[self.value.partition(":")[0]]

    @property
    def sentence(self) -> str:
        """What it means, and what to do."""
        return SENTENCES[self]


_DELIVERIES: Final = {
    "synced": State.DELIVERED,
    "partial": State.DELIVERED,
    "pending": State.WAITING,
    "skipped": State.DROPPED,
    "needs_review": State.HELD,
}

SENTENCES: Final = {
    Becomes.SYNCED: "The meeting stands in Pipedrive.",
    Becomes.FORBIDDEN: (
        "The note stands in Pipedrive; the activity was refused. Give the connected user the "
        "permission to add activities, then try again."
    ),
    Becomes.PENDING: "The summary is still expected; it is written as soon as it is here.",
    Becomes.NOT_ANSWERED: "Nobody talked, so there is nothing to write.",
    Becomes.EXCLUDED: "The sender or a setting keeps this meeting out of Pipedrive.",
    Becomes.INTERNAL_ONLY: "Only colleagues, bots and rooms took part, so nothing is written.",
    Becomes.UNAVAILABLE: (
        "The recorder does not tell who took part. Say on the meeting's page who it was with."
    ),
    Becomes.ANONYMOUS: (
        "The guests have neither an e-mail address nor a phone number. Say on the meeting's page "
        "who they are."
    ),
    Becomes.AMBIGUOUS: (
        "Several persons in Pipedrive have the guest's phone number. Choose one on the meeting's "
        "page, or merge the persons in Pipedrive."
    ),
    Becomes.NO_PERSON: (
        "Nobody in Pipedrive has the guests' addresses or numbers, and none may be created. Add "
        "the person in Pipedrive, or choose one on the meeting's page."
    ),
    Becomes.SEVERAL_DEALS: (
        "The person has several open deals. Link one of them on the meeting's page."
    ),
}


def decided_early(
    meeting: Meeting,
    people: Sequence[Participant],
    *,
    settings: MeetingSettings,
    conversation_type: str,
) -> Becomes | None:
    """What becomes of a meeting whoever its guests are; None: they are to be looked up."""
    if not meeting.answered:
        return Becomes.NOT_ANSWERED
    if meeting.crm.skip or is_excluded(meeting, settings, conversation_type=conversation_type):
        return Becomes.EXCLUDED
    roles = {one.role for one in people}
    if Role.EXTERNAL in roles:
        return None
    if Role.UNKNOWN in roles:
        return Becomes.ANONYMOUS
    return Becomes.UNAVAILABLE if meeting.participants_refused else Becomes.INTERNAL_ONLY


def is_excluded(meeting: Meeting, settings: MeetingSettings, *, conversation_type: str) -> bool:
    """Whether a setting keeps a meeting out of Pipedrive."""
    rules, wanted = settings.exclusions, settings.opt_in
    title = meeting.title.casefold()
    host = clean_email(meeting.presenter_email)
    tags = {tag.casefold() for tag in meeting.tags}
    shorter = rules.shorter_than_seconds > _seconds(meeting)
    named = any(word.casefold() in title for word in rules.title_words if word)
    hosted = host in {clean_email(one) for one in rules.hosts} - {""}
    tagged = not tags.isdisjoint(tag.casefold() for tag in rules.tags)
    if shorter or named or hosted or tagged or conversation_type in rules.types:
        return True
    if not wanted.tags and not wanted.presenters:
        return False
    presented = host in {clean_email(one) for one in wanted.presenters} - {""}
    return not presented and tags.isdisjoint(tag.casefold() for tag in wanted.tags)


def _seconds(meeting: Meeting) -> float:
    if meeting.started_at is None or meeting.ended_at is None:
        return float("inf")
    return (meeting.ended_at - meeting.started_at).total_seconds()
