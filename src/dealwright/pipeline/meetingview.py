"""What people read of a Meeting: in the API, on the command line, on pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.record import RecordId
from dealwright.meetings.meeting import Meeting, Origin, Summary
from dealwright.meetings.naming import title_of
from dealwright.meetings.outcome import DealChoice, MeetingResult, NearMiss
from dealwright.meetings.participants import Judge
from dealwright.store.meeting_sources import MeetingSource, meeting_source
from dealwright.store.meetings import (
    MeetingWrite,
    Merge,
    StoredMeeting,
    meeting_by_public_id,
    writes_of,
)

_read_result: Final = msgspec.json.Decoder(MeetingResult).decode


class ParticipantView(msgspec.Struct, frozen=True, kw_only=True):
    """Who was there; null: has none, and `match` null: nobody was looked up."""

    name: str | None
    email: str | None
    phone_e164: str | None
    role: str
    match: str | None
    person_id: int | None


class SuggestionView(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may be meant by a participant."""

    participant: str
    person_id: int
    why: str


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up that found several persons."""

    participant: str
    why: str
    candidates: tuple[int, ...]
    chosen: int | None
    decided_by: str | None


class WriteView(msgspec.Struct, frozen=True, kw_only=True):
    """A note or the activity, as it stands in Pipedrive."""

    record_id: RecordId | None
    person_id: int | None
    deal_id: int | None
    state: str
    written_at: datetime


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """The activity, or why there is none, and which types come close."""

    created: bool
    record: WriteView | None
    reason: str | None
    near_misses: tuple[NearMiss, ...]


class MeetingHead(msgspec.Struct, frozen=True, kw_only=True):
    """A Meeting in a list."""

    id: str
    key: str
    source: str
    source_id: int
    connection_id: int | None
    state: str
    title: str
    started_at: datetime | None
    updated_at: datetime
    revision: int


class MeetingView(MeetingHead, frozen=True, kw_only=True):
    """A Meeting with all that is known of it."""

    url: str
    conversation_type: str | None
    ended_at: datetime | None
    duration_seconds: int | None
    language: str | None
    platform: str | None
    presenter: str | None
    summary_origin: str
    summary: Summary | None
    transcript_segments: int
    manual_notes: str | None
    recording_url: str | None
    linked_deal_id: int | None
    participants: tuple[ParticipantView, ...]
    suggestions: tuple[SuggestionView, ...]
    match_conflicts: tuple[ConflictView, ...]
    merge: Merge | None
    deal_choice: DealChoice | None
    notes: tuple[WriteView, ...]
    activity: ActivityView
    warnings: tuple[str, ...]


def meeting_view(db: sa.Connection, public_id: str, *, base_url: str) -> MeetingView:
    """One Meeting, by the id of its page or of a report that is part of it; raises NotFound."""
    stored = meeting_by_public_id(db, public_id)
    source = meeting_source(db, stored.source_id)
    return view_of(stored, source, writes_of(db, stored.id), base_url=base_url)


def view_of(
    stored: StoredMeeting,
    source: MeetingSource,
    writes: Sequence[MeetingWrite],
    *,
    base_url: str,
) -> MeetingView:
    """What is shown of a Meeting."""
    body, summary = stored.body, stored.body.summary
    result = result_of(stored)
    head = head_of(stored, source)
    return MeetingView(
        **msgspec.structs.asdict(head),
        url=f"{base_url.rstrip('/')}/s/{stored.public_id}",
        conversation_type=result.conversation_type or None,
        ended_at=body.ended_at,
        duration_seconds=_seconds(body),
        language=body.language or None,
        platform=body.platform or None,
        presenter=body.presenter_email or None,
        summary_origin=(summary.origin if summary else Origin.NONE).value,
        summary=summary,
        transcript_segments=len(body.transcript),
        manual_notes=body.manual_notes.text if body.manual_notes else None,
        recording_url=body.recording.url if body.recording else None,
        linked_deal_id=result.linked_deal_id,
        participants=_participants(stored, result),
        suggestions=tuple(
            SuggestionView(participant=one.participant, person_id=one.person_id, why=one.why)
            for one in result.suggestions
        ),
        match_conflicts=tuple(
            ConflictView(
                participant=one.participant,
                why=one.why,
                candidates=one.candidates,
                chosen=one.chosen,
                decided_by=one.decided_by,
            )
            for one in result.conflicts
        ),
        merge=stored.merge,
        deal_choice=result.deal,
        notes=tuple(_write(one) for one in writes if one.kind == "note"),
        activity=_activity(result, writes),
        warnings=result.warnings,
    )


def head_of(stored: StoredMeeting, source: MeetingSource) -> MeetingHead:
    """What a list shows of a Meeting."""
    result = result_of(stored)
    people = Judge(stored.settings).people(stored.body)
    return MeetingHead(
        id=stored.public_id,
        key=stored.key,
        source=source.name,
        source_id=source.source_id,
        connection_id=stored.connection_id,
        state=stored.state,
        title=result.title or title_of(stored.body, people),
        started_at=stored.body.started_at,
        updated_at=from_ms(stored.updated_at_ms),
        revision=stored.revision,
    )


def result_of(stored: StoredMeeting) -> MeetingResult:
    """What the last try at a Meeting found; nothing before the first."""
    if stored.result is None:
        return MeetingResult(state=stored.state)
    return _read_result(stored.result)


def _participants(stored: StoredMeeting, result: MeetingResult) -> tuple[ParticipantView, ...]:
    if stored.result is None:
        # As they came: nobody was looked up so far.
        return tuple(
            ParticipantView(
                name=one.name or None,
                email=one.email or None,
                phone_e164=one.phone or None,
                role=one.role.value,
                match=None,
                person_id=None,
            )
            for one in Judge(stored.settings).people(stored.body)
        )
    return tuple(
        ParticipantView(
            name=one.name or None,
            email=one.email or None,
            phone_e164=one.phone or None,
            role=one.role.value,
            match=None if one.match is None else one.match.value,
            person_id=one.person_id,
        )
        for one in result.participants
    )


def _activity(result: MeetingResult, writes: Sequence[MeetingWrite]) -> ActivityView:
    record = next((one for one in writes if one.kind == "activity"), None)
    return ActivityView(
        created=record is not None,
        record=None if record is None else _write(record),
        reason=result.activity_reason or None,
        near_misses=result.near_misses,
    )


def _write(write: MeetingWrite) -> WriteView:
    return WriteView(
        record_id=write.record_id,
        person_id=write.person_id or None,
        deal_id=write.deal_id,
        state=write.state,
        written_at=from_ms(write.written_at_ms),
    )


def _seconds(body: Meeting) -> int | None:
    if body.started_at is None or body.ended_at is None:
        return None
    return int((body.ended_at - body.started_at).total_seconds())
