"""Naming: what a meeting is called, of which type it is, and who held it (MEETINGS 4.2)."""

from collections.abc import Collection, Sequence
from typing import Final
from unicodedata import normalize

from dealwright.core.record import Member
from dealwright.meetings.contacts import clean_email, without_tag
from dealwright.meetings.meeting import Meeting, Part
from dealwright.meetings.participants import Participant, Role
from dealwright.meetings.settings import ConversationType

UNTITLED: Final = "Untitled"


def title_of(meeting: Meeting, people: Sequence[Participant]) -> str:
    """The Source's title, else one that says with whom it was; `people` bear their names."""
    if told := " ".join(normalize("NFC", meeting.title).split()):
        return told
    guest = next((one for one in people if one.role is Role.EXTERNAL), None)
    if guest is None:
        return UNTITLED
    if meeting.direction == "inbound":
        return f"Inbound call from {guest.label}"
    if meeting.direction == "outbound":
        return f"Outbound call to {guest.label}"
    kind = "Conversation" if meeting.source == "vcon" else "Meeting"
    return f"{kind} with {guest.label}"


def type_of(
    meeting: Meeting,
    *,
    title: str,
    activity_types: Collection[str],
    rules: ConversationType,
    source_default: str = "",
) -> str:
    """The conversation type, letter by letter: told, a tag, a rule for the title, the default.

    `activity_types` are the names of the account's: only a tag that is one of them counts.
    """
    if meeting.said_type.strip():
        return meeting.said_type.strip()
    names = {name.strip() for name in activity_types}
    if tag := next((tag for tag in meeting.tags if tag.strip() in names), ""):
        return tag.strip()
    folded = _folded(title)
    for rule in rules.title_rules:
        if _folded(rule.contains) in folded:
            return rule.type
    return source_default or rules.default


def presenter_of(
    meeting: Meeting, people: Sequence[Participant], users: Sequence[Member]
) -> Member | None:
    """The Pipedrive user who held the meeting; None: nobody who is one.

    The host where the Source tells one, and nobody else; otherwise the first of us who is a user.
    """
    by_address = {
        clean_email(user.email): user for user in users if user.active_flag and user.email
    }
    if address := clean_email(meeting.presenter_email):
        return by_address.get(address) or by_address.get(without_tag(address))
    for part in (Part.HOST, Part.ORGANIZER):
        host = next((one for one in people if one.part is part), None)
        if host is not None:
            return _user(host, by_address)
    ours = (one for one in people if one.role is Role.INTERNAL)
    return next((user for one in ours if (user := _user(one, by_address))), None)


def _user(one: Participant, by_address: dict[str, Member]) -> Member | None:
    found = (by_address.get(email) or by_address.get(without_tag(email)) for email in one.emails)
    return next((user for user in found if user), None)


def _folded(text: str) -> str:
    return normalize("NFC", text).casefold()
