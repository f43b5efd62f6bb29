"""Reach: how many persons of an account a meeting can find, and whom it cannot tell apart."""

from collections import Counter
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.record import RecordKind
from dealwright.meetings.contacts import clean_email, clean_phone
from dealwright.store.mirror import state
from dealwright.store.mirror_people import Known, known_people


class Reach(NamedTuple):
    """Persons: all, those without e-mail and phone, those who share one with another."""

    persons: int
    without: int
    sharing: int


def reach(db: sa.Connection, connection_id: int) -> Reach:
    """Count a Connection's persons; some 10 µs each, so for a diagnosis and no request."""
    crawled = state(db, connection_id).get(RecordKind.PERSON)
    region = None if crawled is None else crawled.region or None
    found = [_contacts(one, region) for one in known_people(db, connection_id)]
    owners = Counter(contact for contacts in found for contact in contacts)
    return Reach(
        persons=len(found),
        without=sum(not contacts for contacts in found),
        sharing=sum(any(owners[one] > 1 for one in contacts) for contacts in found),
    )


def _contacts(person: Known, region: str | None) -> set[str]:
    emails = {clean_email(one.value) for one in person.emails}
    phones = {clean_phone(one.value, region) for one in person.phones}
    return {*emails, *phones} - {""}
