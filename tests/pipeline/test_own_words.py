"""What people decided of a meeting stays, whatever a recorder tells later."""

import msgspec
import pytest
from tests.web.pages.stage import JONAS, SUMMARY, met

from dealwright.meetings.meeting import Meeting, Origin, Summary, Text
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.meetingsettle import _keeping_own  # type: ignore[reportPrivateUsage]
from dealwright.store.meetings import StoredMeeting

MINE = Text(format="markdown", text="Mine")
LOCAL = Summary(origin=Origin.LOCAL, overview=("Ours",))


def stored(body: Meeting) -> StoredMeeting:
    return StoredMeeting(
        id=1, public_id="p", source_id=1, connection_id=1, key=body.key, revision=2, body=body,
        settings=MeetingSettings(), state="synced", merge=None, next_at_ms=None, created_at_ms=1,
        updated_at_ms=1, result_revision=None, result=None, deleted_at_ms=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kept", "summary", "notes"),
    [
        ((), SUMMARY, "Theirs"),
        (("summary",), LOCAL, "Theirs"),
        (("manual_notes",), SUMMARY, "Mine"),
        (("manual_notes", "summary"), LOCAL, "Mine"),
    ],
)
def test_only_what_was_decided_stays(kept: tuple[str, ...], summary: Summary, notes: str) -> None:
    ours = met("fathom:1", JONAS, summary=LOCAL, manual_notes=MINE, kept=kept)
    told = met("fathom:1", JONAS, manual_notes=Text(format="text", text="Theirs"))
    now = _keeping_own(told, stored(ours))

    assert (now.summary, now.manual_notes and now.manual_notes.text) == (summary, notes)
    assert now.kept == kept


def test_a_summary_by_hand_stays_as_it_always_did() -> None:
    by_hand = msgspec.structs.replace(LOCAL, origin=Origin.MANUAL)
    ours = met("fathom:1", JONAS, summary=by_hand)

    assert _keeping_own(met("fathom:1", JONAS), stored(ours)).summary == by_hand
