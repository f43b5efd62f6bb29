"""MeetingErasure: somebody asks to be forgotten (Art. 17 GDPR), or for all that is known of them.

Their participation, name, address and number go from every meeting, summary, version and trace.
Notes in Pipedrive are the account's own: the report lists those that still name them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.people import Principal
from dealwright.meetings.contacts import clean_email, clean_phone
from dealwright.meetings.guest import slot_of
from dealwright.meetings.keeping import Part
from dealwright.meetings.meeting import Summary
from dealwright.meetings.outcome import MeetingResult
from dealwright.meetings.participants import Judge
from dealwright.meetings.redaction import Subject, redacted, subject_in, without_person
from dealwright.pipeline.meetingkeeping import erase_part
from dealwright.store import meeting_keeping as kept
from dealwright.store.audit import record
from dealwright.store.meeting_keeping import Kind, Removal, Why
from dealwright.store.meeting_media import kept_media
from dealwright.store.meeting_search import index_meeting
from dealwright.store.meetings import StoredMeeting, meeting, writes_of

_BATCH: Final = 200
_read_result: Final = msgspec.json.Decoder(MeetingResult).decode
_read_summary: Final = msgspec.json.Decoder(Summary).decode


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """By what somebody is known: addresses and numbers, clean."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class StillThere(msgspec.Struct, frozen=True, kw_only=True):
    """A note or an activity in Pipedrive that may still name them."""

    meeting: str
    kind: str
    record_id: int | str | None
    person_id: int | None
    deal_id: int | None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, by the ids of meetings' pages.

    `held` are under a legal hold and were left as they are; in `recorded` their voice can still be
    heard: these recordings were left where only the person was to go.
    """

    redacted: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    in_pipedrive: tuple[StillThere, ...] = ()


def known_by(*, email: str = "", phone: str = "", region: str | None = None) -> Known:
    """Who is meant; raises ConfigError (`invalid_person`)."""
    address, number = clean_email(email), clean_phone(phone, region)
    if bool(email) != bool(address) or bool(phone) != bool(number) or not (address or number):
        raise ConfigError(
            "Name somebody by an e-mail address, or by a number with its country: +46701234567.",
            code="invalid_person",
        )
    return Known(
        emails=(address,) if address else (),
        phones=(number,) if number else (),
    )


def meetings_with(db: sa.Connection, known: Known) -> Iterator[tuple[StoredMeeting, Subject]]:
    """Every Meeting that somebody was in or invited to; all of them are read for it."""
    after = 0
    while ids := kept.meetings_after(db, after, limit=_BATCH):
        after = ids[-1]
        for meeting_id in ids:
            stored = meeting(db, meeting_id)
            region = stored.settings.default_region
            subject = subject_in(
                stored.body, emails=known.emails, phones=known.phones, region=region
            )
            if subject is not None:
                yield stored, subject


def erase_person(
    db: sa.Connection, known: Known, *, whole: bool, by: Principal, now_ms: int
) -> Erasure:
    """Forget somebody; `whole`: the meetings go that they were in, and their recordings."""
    gone: dict[str, list[str]] = {"redacted": [], "removed": [], "held": [], "recorded": []}
    there: list[StillThere] = []
    for stored, subject in list(meetings_with(db, known)):
        page = stored.public_id
        there += _in_pipedrive(db, stored)
        if kept.hold_of(db, stored.id) is not None:
            gone["held"].append(page)
        elif whole:
            erase_part(db, stored, Part.MEETING, by=by, now_ms=now_ms)
            gone["removed"].append(page)
        else:
            _forget(db, stored, subject)
            removal = Removal(Kind.PERSON, Why.REQUEST, by.name, now_ms)
            kept.note_removal(db, stored.id, removal)
            gone["redacted"].append(page)
            if kept_media(db, stored.id) is not None:
                gone["recorded"].append(page)
    counts = {name: len(ids) for name, ids in gone.items()}
    # Who it was is not said: this line stays.
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="meeting.erase_person",
        target="person",
        after=counts,
    )
    lists = {name: tuple(ids) for name, ids in gone.items()}
    return Erasure(**lists, in_pipedrive=tuple(there))


def _forget(db: sa.Connection, stored: StoredMeeting, subject: Subject) -> None:
    region = stored.settings.default_region
    slots = [
        slot_of(one)
        for one in Judge(stored.settings).people(stored.body)
        if not {*one.emails, *one.phones, one.name}.isdisjoint(subject.slots)
    ]
    body = without_person(stored.body, subject, region=region)
    more: dict[str, Any] = {"title": body.title}
    if stored.result is not None:
        more["result"] = msgspec.json.encode(_result_without(stored.result, subject))
    kept.put_body(db, stored.id, body, **more)
    for told in kept.told_of(db, stored.id):
        if told.body is not None:
            kept.put_told(db, told.report_id, without_person(told.body, subject, region=region))
    for version in kept.summaries_of(db, stored.id):
        bare = redacted(_read_summary(version.body), subject)
        kept.put_summary(db, version._replace(body=msgspec.json.encode(bare)))
    kept.choices_by_slot(db, stored.id, slots)
    kept.forget_raw(db, stored.id)
    kept.forget_traces(db, stored.id)
    index_meeting(db, stored.id)


def _result_without(result: bytes, subject: Subject) -> MeetingResult:
    told = _read_result(result)
    gone = {one.person_id for one in told.participants if _is(one.email, one.phone, subject)}
    return redacted(
        msgspec.structs.replace(
            told,
            participants=tuple(
                one for one in told.participants if not _is(one.email, one.phone, subject)
            ),
            suggestions=tuple(
                one for one in told.suggestions if one.participant not in subject.slots
            ),
            conflicts=tuple(one for one in told.conflicts if one.participant not in subject.slots),
            primary=None if told.primary in gone else told.primary,
        ),
        subject,
    )


def _is(email: str, phone: str, subject: Subject) -> bool:
    return (bool(email) and email in subject.emails) or (bool(phone) and phone in subject.phones)


def _in_pipedrive(db: sa.Connection, stored: StoredMeeting) -> Sequence[StillThere]:
    return [
        StillThere(
            meeting=stored.public_id,
            kind=one.kind,
            record_id=one.record_id,
            person_id=one.person_id or None,
            deal_id=one.deal_id,
        )
        for one in writes_of(db, stored.id)
        if one.state in {"written", "edited"} and one.record_id is not None
    ]
