"""MeetingLanes: what a meeting has to wait for: events, and meetings, of the same people."""

from dealwright.core.match import Reference
from dealwright.core.record import RecordKind
from dealwright.meetings.contacts import clean_email, clean_phone, email_key, phone_keys
from dealwright.meetings.meeting import Meeting
from dealwright.pipeline.route import lanes_of


def lanes_of_meeting(meeting: Meeting, *, meeting_id: int, region: str | None) -> str:
    """The lanes of its Delivery, one a line; the first is empty: it is never merged with others."""
    own = f"\nmeeting:{meeting_id}"
    references: list[Reference] = []
    for attendee in meeting.attendees:
        emails = filter(None, map(clean_email, attendee.emails))
        at = attendee.region or region
        phones = filter(None, (clean_phone(raw, at) for raw in attendee.phones))
        keys = [email_key(email) for email in emails]
        keys += [phone_keys(number)[0] for number in phones]
        references.append(Reference(role="guest", kind=RecordKind.PERSON, keys=tuple(keys)))
    shared = lanes_of(references, subject="", source_id=0)
    return f"{own}\n{shared.lstrip(chr(10))}" if shared.strip() else own
