"""MeetingPage: all that the page of one meeting shows, read at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.record import RecordKind
from dealwright.meetings.guest import slot_of
from dealwright.meetings.keeping import removed_sentence
from dealwright.meetings.meeting import Part
from dealwright.meetings.outcome import MeetingResult, Seen
from dealwright.meetings.participants import Judge, Participant, Role
from dealwright.meetings.why import Answer, Standing, answers
from dealwright.pipeline.meetingseek import FoundPerson, deal_titles, people_named
from dealwright.pipeline.meetingview import MeetingView, result_of, view_of
from dealwright.store.connections import Connection, connection
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries
from dealwright.store.meeting_choices import choices_of
from dealwright.store.meeting_keeping import hold_of, removals_of
from dealwright.store.meeting_pages import SummaryVersion, versions_of
from dealwright.store.meeting_sources import MeetingSource, meeting_source
from dealwright.store.meetings import (
    MeetingWrite,
    StoredMeeting,
    linked_deal,
    meeting_by_public_id,
    writes_of,
)

#: How Pipedrive's own pages are called.
_PAGES: Final = {RecordKind.PERSON: "person", RecordKind.DEAL: "deal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """Somebody of the meeting. `slot` is what they are chosen by, `person` whom they match.

    `match` is how they were found ("" nobody was looked up), `chosen`: a person said who it is;
    `candidates` are persons who may be meant.
    """

    slot: str
    label: str
    contact: str
    role: Role
    part: Part
    match: str
    person_id: int | None
    person: FoundPerson | None
    chosen: bool
    candidates: tuple[FoundPerson, ...]

    @property
    def is_guest(self) -> bool:
        """Whether it matters who it is in Pipedrive."""
        return self.role in {Role.EXTERNAL, Role.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A note or an activity in Pipedrive; `url` "" where no page of Pipedrive is known."""

    kind: str
    about: str
    url: str
    deal_url: str
    write: MeetingWrite


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPage:
    """A meeting as its page shows it. `linked` tells who linked its deal, "" where nobody did.

    `removed` are sentences about what is no longer here, `held` why nothing is to be removed.
    """

    stored: StoredMeeting
    source: MeetingSource
    view: MeetingView
    connection: Connection | None
    people: tuple[Seated, ...]
    writes: tuple[Written, ...]
    deal_id: int | None
    deal_title: str
    linked: str
    standing: Standing
    answers: tuple[Answer, ...]
    versions: tuple[SummaryVersion, ...]
    removed: tuple[str, ...]
    held: str

    def url_of(self, kind: RecordKind, record_id: object) -> str:
        """Where a record stands in Pipedrive."""
        return _url(self.connection, kind, record_id)

    @property
    def persons(self) -> tuple[int, ...]:
        """The persons whom its guests are."""
        return tuple(one.person_id for one in self.people if one.person_id is not None)


def meeting_page(db: sa.Connection, public_id: str, *, base_url: str) -> MeetingPage:
    """All that a page shows; raises NotFound."""
    stored = meeting_by_public_id(db, public_id)
    source = meeting_source(db, stored.source_id)
    home = None if stored.connection_id is None else connection(db, stored.connection_id)
    writes, result = writes_of(db, stored.id), result_of(stored)
    view = view_of(stored, source, writes, base_url=base_url)
    known = _known(db, stored, result, writes)
    standing = _standing(db, stored, home, writes)
    deal_id = None if result.deal is None else result.deal.deal_id
    return MeetingPage(
        stored=stored,
        source=source,
        view=view,
        connection=home,
        people=_people(db, stored, result, known),
        writes=tuple(_written(one, home, known) for one in writes),
        deal_id=deal_id,
        deal_title=_deal_title(db, stored, deal_id),
        linked=_linked(db, stored),
        standing=standing,
        answers=answers(result, standing),
        versions=tuple(versions_of(db, stored.id)),
        removed=tuple(_removed(db, stored)),
        held="" if (hold := hold_of(db, stored.id)) is None else hold.reason,
    )


def _known(
    db: sa.Connection,
    stored: StoredMeeting,
    result: MeetingResult,
    writes: Sequence[MeetingWrite],
) -> Mapping[int, FoundPerson]:
    """Everybody of the mirror whom the page names."""
    if stored.connection_id is None:
        return {}
    ids = {one.person_id for one in result.participants if one.person_id is not None}
    ids |= {one.person_id for one in writes if one.person_id}
    ids |= {one.person_id for one in result.suggestions}
    ids |= {number for one in result.conflicts for number in one.candidates}
    return people_named(db, stored.connection_id, ids)


def _people(
    db: sa.Connection,
    stored: StoredMeeting,
    result: MeetingResult,
    known: Mapping[int, FoundPerson],
) -> tuple[Seated, ...]:
    chosen = {one.slot for one in choices_of(db, stored.id)}
    maybe = _maybe(result)
    there = result.participants
    if stored.result is None:
        there = tuple(_unseen(one) for one in Judge(stored.settings).people(stored.body))
    return tuple(_seated(one, known, chosen=chosen, maybe=maybe) for one in there)


def _unseen(one: Participant) -> Seen:
    """Somebody whom nobody has looked up so far."""
    return Seen(role=one.role, name=one.name, email=one.email, phone=one.phone, part=one.part)


def _maybe(result: MeetingResult) -> Mapping[str, tuple[int, ...]]:
    """Who may be meant, by what the result calls a participant."""
    maybe: dict[str, tuple[int, ...]] = {}
    for conflict in result.conflicts:
        maybe[conflict.participant] = conflict.candidates
    for one in result.suggestions:
        maybe[one.participant] = (*maybe.get(one.participant, ()), one.person_id)
    return maybe


def _seated(
    one: Seen,
    known: Mapping[int, FoundPerson],
    *,
    chosen: set[str],
    maybe: Mapping[str, tuple[int, ...]],
) -> Seated:
    called = tuple(filter(None, (one.name, one.phone, one.email)))
    slot = slot_of(
        Participant(
            role=one.role,
            name=one.name,
            emails=(one.email,) if one.email else (),
            phones=(one.phone,) if one.phone else (),
        )
    )
    numbers = dict.fromkeys(number for name in called for number in maybe.get(name, ()))
    return Seated(
        slot=slot,
        label=called[0] if called else "Somebody",
        contact=" · ".join(part for part in (one.email, one.phone) if part and part != called[0]),
        role=one.role,
        part=one.part,
        match="" if one.match is None else one.match.value,
        person_id=one.person_id,
        person=None if one.person_id is None else known.get(one.person_id),
        chosen=slot in chosen,
        candidates=tuple(known.get(each) or FoundPerson(id=each) for each in numbers),
    )


def _written(
    write: MeetingWrite, home: Connection | None, known: Mapping[int, FoundPerson]
) -> Written:
    person = known.get(write.person_id)
    name = person.name if person is not None else f"person {write.person_id}"
    if write.kind == "activity" and home is not None and write.record_id is not None:
        url = f"{home.base_url.rstrip('/')}/activities/{write.record_id}"
    else:
        url = _url(home, RecordKind.PERSON, write.person_id)
    return Written(
        kind=write.kind,
        about=name if write.person_id else "",
        url=url,
        deal_url=_url(home, RecordKind.DEAL, write.deal_id),
        write=write,
    )


def _standing(
    db: sa.Connection,
    stored: StoredMeeting,
    home: Connection | None,
    writes: Sequence[MeetingWrite],
) -> Standing:
    newest = _newest(db, stored)
    stands = [one for one in writes if one.state in {"written", "edited"}]
    return Standing(
        state=stored.state,
        connection="" if home is None else home.state.value,
        connection_says="" if home is None else home.state_reason,
        delivery="" if newest is None else newest.state.value,
        delivery_code="" if newest is None else newest.code,
        delivery_says="" if newest is None else newest.message,
        notes=sum(one.kind == "note" for one in stands),
        activities=sum(one.kind == "activity" for one in stands),
    )


def _removed(db: sa.Connection, stored: StoredMeeting) -> Iterator[str]:
    for one in removals_of(db, stored.id):
        at = from_ms(one.removed_at_ms)
        yield removed_sentence(one.kind.value, one.why.value, one.removed_by, at)


def _newest(db: sa.Connection, stored: StoredMeeting) -> Delivery | None:
    found = find_deliveries(db, DeliveryFilter(meeting_id=stored.id), limit=1)
    return found[0] if found else None


def _deal_title(db: sa.Connection, stored: StoredMeeting, deal_id: int | None) -> str:
    if stored.connection_id is None or deal_id is None:
        return ""
    return deal_titles(db, stored.connection_id, [deal_id]).get(deal_id, "")


def _linked(db: sa.Connection, stored: StoredMeeting) -> str:
    if stored.connection_id is None:
        return ""
    uid = stored.body.ical_uid
    found = linked_deal(db, stored.connection_id, meeting_id=stored.id, ical_uid=uid)
    return "" if found is None else found.origin


def _url(home: Connection | None, kind: RecordKind, record_id: object) -> str:
    if home is None or not record_id:
        return ""
    return f"{home.base_url.rstrip('/')}/{_PAGES[kind]}/{record_id}"
