"""Merging: one meeting that two Sources tell of (MEETINGS 1.6)."""

import re
import unicodedata
from datetime import timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from dealwright.meetings.attendees import address_key, union
from dealwright.meetings.meeting import Attendee, Meeting, Part

#: By what two reports are one meeting, in the order in which it is looked at.
MERGE_KEYS: Final = ("ical_uid", "platform_meeting", "organiser_title_start")

#: How far apart two Sources may put the start of a meeting with the same number.
NEAR: Final = timedelta(minutes=15)

_ZOOM: Final = re.compile(r"/(?:j|w|s|wc|wc/join)/(\d{8,12})(?:/|$)")
_MEET: Final = re.compile(r"/([a-z]{3}-?[a-z]{4}-?[a-z]{3})/?$")
_NO_NUMBER: Final = re.compile(r"[\s-]")


def merge_reason(one: Meeting, other: Meeting) -> str | None:
    """Why two Meetings of different Sources are one: the first rule that fits; None if none does.

    `ical_uid`, `platform_meeting` or `organiser_title_start`.
    """
    if one.source == other.source or one.started_at is None or other.started_at is None:
        return None
    apart = abs(one.started_at - other.started_at)
    if one.ical_uid and uid_key(one.ical_uid) == uid_key(other.ical_uid) and not apart:
        return "ical_uid"
    if apart <= NEAR and not places(one).isdisjoint(places(other)):
        return "platform_meeting"
    if _organised(one) == _organised(other) is not None:
        return "organiser_title_start"
    return None


def merged(kept: Meeting, other: Meeting) -> Meeting:
    """The Meeting that came first, with what it lacked: participants, a transcript, where it was.

    Its key, title, times and summary are its own, and so is who presented it.
    """
    refused = kept.participants_refused and (other.participants_refused or not other.attendees)
    return msgspec.structs.replace(
        kept,
        attendees=_people(kept, other),
        participants_refused=refused,
        transcript=kept.transcript or other.transcript,
        recording=kept.recording or other.recording,
        ical_uid=kept.ical_uid or other.ical_uid,
        join_url=kept.join_url or other.join_url,
        platform_meeting=kept.platform_meeting or other.platform_meeting,
    )


def _people(kept: Meeting, other: Meeting) -> tuple[Attendee, ...]:
    """Everybody. Of whom both tell, what they were in the meeting is as the first has it."""
    guests = (
        msgspec.structs.replace(one, part=Part.ATTENDEE)
        if one.part in {Part.HOST, Part.ORGANIZER}
        else one
        for one in other.attendees
    )
    both = union(kept.attendees, guests)
    known = len(kept.attendees)
    return (
        *(
            msgspec.structs.replace(one, part=before.part, attended=before.attended)
            for one, before in zip(both, kept.attendees, strict=False)
        ),
        *both[known:],
    )


def uid_key(ical_uid: str) -> str:
    """A calendar's UID as two are compared: Google's is told with and without its host."""
    return ical_uid.strip().casefold().removesuffix("@google.com")


def places(meeting: Meeting) -> frozenset[str]:
    """Where the meeting was: the platform's number or code, or the join URL without its query."""
    found = {_number(meeting.platform_meeting), place_of(meeting.join_url)}
    return frozenset(found - {""})


def place_of(join_url: str) -> str:
    """The number or code in a join URL; else the URL, normalised; "" for none."""
    try:
        parts = urlsplit(join_url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if not host:
        return ""
    zoom = host == "zoom.us" or host.endswith((".zoom.us", ".zoomgov.com"))
    pattern = _ZOOM if zoom else _MEET if host == "meet.google.com" else None
    found = pattern.search(parts.path.lower()) if pattern else None
    if found:
        return _number(found[1])
    path = unquote(parts.path).rstrip("/")
    return f"{host}{path}" if path else ""


def _number(written: str) -> str:
    return _NO_NUMBER.sub("", written).casefold()


def _organised(meeting: Meeting) -> tuple[str, str, object] | None:
    organiser = address_key(meeting.organiser or meeting.presenter_email)
    title = unicodedata.normalize("NFC", meeting.title).casefold().strip()
    if not organiser or not title or meeting.started_at is None:
        return None
    return organiser, title, meeting.started_at.replace(second=0)
