"""A Meeting without those of its guests who are suppressed: nothing of them is kept or written."""

from dealwright.core.privacy import email_of, phone_of
from dealwright.meetings.contacts import clean_email, clean_phone
from dealwright.meetings.meeting import Attendee, Meeting
from dealwright.meetings.redaction import subject_in, without_person
from dealwright.pipeline.privacyscreen import Sieve


def without_suppressed(body: Meeting, sieve: Sieve, *, region: str | None) -> Meeting:
    """The meeting without them; the same one where nobody is on the list."""
    if not sieve.suppressed:
        return body
    for one in [one for one in body.attendees if _is_listed(one, sieve, region)]:
        subject = subject_in(
            body,
            emails=[found for raw in one.emails if (found := clean_email(raw))],
            phones=[found for raw in one.phones if (found := _phone(raw, one, region))],
            region=region,
        )
        if subject is not None:
            body = without_person(body, subject, region=region)
    return body


def _is_listed(one: Attendee, sieve: Sieve, region: str | None) -> bool:
    known = [email_of(clean_email(raw)) for raw in one.emails]
    known += [phone_of(_phone(raw, one, region)) for raw in one.phones]
    return any(found is not None and sieve.names(found) for found in known)


def _phone(raw: str, one: Attendee, region: str | None) -> str:
    return clean_phone(raw, one.region or region)
