"""Invitations (ICS): who was invited, when, the UID, and a deal of Pipedrive that is named in it.

Source: RFC 5545; `icalendar` reads it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

import icalendar
import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.attendees import attendee, union
from dealwright.meetings.meeting import Attendee, Part
from dealwright.meetings.moments import whole
from dealwright.meetings.texts import block, line

#: A deal's page: https://<company>.pipedrive.com/deal/<id>.
_DEAL: Final = re.compile(
    r"https://([a-z0-9][a-z0-9-]{0,62})\.pipedrive\.com/deal/(\d{1,15})(?![\d])", re.IGNORECASE
)
# A zone is looked for as a file: of a folder's name, or one too long, that is an OSError.
_FAULTS: Final = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, OSError),
)
_ROOMS: Final = frozenset({"ROOM", "RESOURCE", "GROUP"})


class Invitation(NamedTuple):
    """One event of a calendar. `deal_id` stands in it as a link into `company`'s Pipedrive."""

    uid: str = ""
    title: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    organiser: str = ""
    attendees: tuple[Attendee, ...] = ()
    join_url: str = ""
    deal_id: int | None = None
    company: str = ""


def read_ics(text: str) -> tuple[Invitation, ...]:
    """The events of a calendar; raises InvalidEvent (`calendar_unreadable`)."""
    try:
        found = tuple(_invitations(text))
    except _FAULTS:
        found = ()
    if not found:
        raise InvalidEvent(
            "This is no invitation: it holds no VEVENT that can be read.",
            code="calendar_unreadable",
        )
    return found


def nearest(invitations: tuple[Invitation, ...], start: datetime | None) -> Invitation:
    """Of the instances of a series the one that begins nearest to a moment, else the first."""
    dated = [one for one in invitations if one.started_at is not None]
    if start is None or not dated:
        return invitations[0]
    return min(dated, key=lambda one: abs((one.started_at or start) - start))


def _invitations(text: str) -> Iterator[Invitation]:
    calendars = cast("Any", icalendar.Calendar.from_ical(text.lstrip("\ufeff"), multiple=True))
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            yield _invitation(event)


def _invitation(event: Any) -> Invitation:
    start = _moment(event, "DTSTART")
    end = _moment(event, "DTEND")
    if end is None and start is not None and event.get("DURATION") is not None:
        end = start + event.decoded("DURATION")
    organiser = _people(event, "ORGANIZER")
    texts = [block(str(event.get(name, ""))) for name in ("URL", "LOCATION", "DESCRIPTION")]
    deal = _DEAL.search("\n".join(texts))
    url = next((word for one in texts[:2] for word in one.split() if _is_web(word)), "")
    return Invitation(
        uid=line(str(event.get("UID", ""))),
        title=line(str(event.get("SUMMARY", ""))),
        started_at=start,
        ended_at=end,
        organiser=organiser[0].emails[0] if organiser and organiser[0].emails else "",
        attendees=union(organiser, _people(event, "ATTENDEE")),
        join_url="" if _DEAL.search(url) else url,
        deal_id=int(deal[2]) if deal else None,
        company=deal[1].lower() if deal else "",
    )


def _is_web(word: str) -> bool:
    return word.lower().startswith(("https://", "http://"))


def _moment(event: Any, name: str) -> datetime | None:
    if event.get(name) is None:
        return None
    found = event.decoded(name)
    if not isinstance(found, datetime):
        # A whole day is no meeting's time.
        return None
    return whole(found if found.tzinfo is not None else found.replace(tzinfo=UTC))


def _people(event: Any, name: str) -> tuple[Attendee, ...]:
    listed = event.get(name)
    if listed is None:
        return ()
    entries = cast("list[Any]", listed) if isinstance(listed, list) else [listed]
    return tuple(_person(entry, organises=name == "ORGANIZER") for entry in entries)


def _person(entry: Any, *, organises: bool) -> Attendee:
    told = {key.upper(): str(value) for key, value in entry.params.items()}
    address = str(entry)
    mail = address[7:] if address[:7].lower() == "mailto:" else told.get("EMAIL", "")
    part = Part.ORGANIZER if organises else Part.ATTENDEE
    if told.get("CUTYPE", "").upper() in _ROOMS:
        part = Part.RESOURCE
    name = told.get("CN", "").strip('"')
    found = attendee("" if name == mail else name, emails=[mail], part=part)
    declined = told.get("PARTSTAT", "").upper() == "DECLINED"
    return msgspec.structs.replace(found, attended=False if declined else None)
