"""The worker's tidying takes meetings along, on both databases."""

from pathlib import Path

from tests.clock import ManualClock

from dealwright.core.clock import to_ms
from dealwright.meetings.keeping import Keeping
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.tidy import Keep, tidy
from dealwright.store.engine import Store
from dealwright.store.meeting_desk import NewMeeting, put_meeting
from dealwright.store.meeting_keeping import Kind, removals_of
from dealwright.store.meeting_media import Kept, add_media
from dealwright.store.meeting_sources import add_meeting_source
from dealwright.store.sources import create_source


async def test_a_recording_goes_with_its_file_when_its_days_are_over(
    store: Store, tmp_path: Path
) -> None:
    clock, media = ManualClock(), tmp_path / "media"
    media.mkdir()
    (media / "a.media").write_bytes(b"noise")
    settings = MeetingSettings(keeping=Keeping(media=7))
    new = NewMeeting(
        public_id="page-1",
        source_id=1,
        connection_id=None,
        revision=1,
        body=Meeting(key="fathom:1", source="fathom", started_at=clock.now()),
        merge=None,
        state="synced",
        next_at_ms=None,
        title="",
    )
    now_ms = to_ms(clock.now())
    with store.transaction() as db:
        source = create_source(db, "Fathom", now_ms=1).id
        add_meeting_source(db, source, kind="fathom", path_hash="p", sealed=b"s", settings=settings)
        meeting_id = put_meeting(db, new._replace(source_id=source), meeting_id=None, now_ms=now_ms)
        kept = Kept(mime_type="audio/mpeg", file="a.media", size=5, data_key=b"sealed")
        add_media(db, meeting_id, kept, now_ms=now_ms)

    clock.advance(8 * 86_400)
    await tidy(store, clock=clock, keep=Keep(media=media))

    gone = await store.read(lambda db: removals_of(db, meeting_id))
    assert ([one.kind for one in gone], (media / "a.media").exists()) == ([Kind.MEDIA], False)
