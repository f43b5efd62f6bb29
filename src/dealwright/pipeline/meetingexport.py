"""MeetingExport: meetings as files, one by one or all that somebody was in (Art. 15, 20 GDPR)."""

import io
import zipfile
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.meetings.export.formats import Export, Exported, Format, exported
from dealwright.pipeline.meetingerasure import Known, meetings_with
from dealwright.pipeline.meetingview import head_of
from dealwright.store.meeting_sources import meeting_source
from dealwright.store.meetings import StoredMeeting, meeting_by_public_id

#: What each meeting of somebody is told as: for people, and for programs.
_FORMS: Final = (Format.MARKDOWN, Format.VCON)


def export_meeting(db: sa.Connection, public_id: str, form: Format) -> Exported:
    """One meeting in a format; raises NotFound."""
    return exported(_export(db, meeting_by_public_id(db, public_id)), form)


def export_person(db: sa.Connection, known: Known) -> bytes:
    """A ZIP of every meeting that somebody was in, and a list of them."""
    packed = io.BytesIO()
    listed: list[dict[str, object]] = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for stored, _ in meetings_with(db, known):
            export = _export(db, stored)
            for form in _FORMS:
                told = exported(export, form)
                archive.writestr(told.name, told.body)
            listed.append(
                {
                    "id": stored.public_id,
                    "title": export.title,
                    "started_at": stored.body.started_at,
                    "source": stored.body.source,
                }
            )
        index = {"person": known, "meetings": listed}
        archive.writestr("meetings.json", msgspec.json.format(msgspec.json.encode(index), indent=2))
    return packed.getvalue()


def _export(db: sa.Connection, stored: StoredMeeting) -> Export:
    head = head_of(stored, meeting_source(db, stored.source_id))
    return Export(
        id=stored.public_id,
        title=head.title,
        revision=stored.revision,
        updated_at=from_ms(stored.updated_at_ms),
        meeting=stored.body,
        language=stored.settings.labels_language,
    )
