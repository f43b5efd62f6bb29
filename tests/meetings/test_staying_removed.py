"""What was removed does not come back when its recorder tells of it once more."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.meetings.posting import fixture
from tests.meetings.runner.stage import Stage, settings_of, staged

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.meetings.keeping import Keeping, Part
from dealwright.pipeline.meetingkeeping import erase_part
from dealwright.store.meeting_sources import set_meeting_settings
from dealwright.store.meetings import StoredMeeting, meeting

EDITED = fixture("fathom/05_replayed_then_edited")


class Recorder:
    """Fathom, that tells of a meeting and of a changed version of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def tell(self, at: int) -> None:
        sent = EDITED.deliveries[at]
        base_url = EDITED.config.base_url
        transport = httpx2.ASGITransport(app=self.stage.web)
        async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
            answer = await client.post(sent.path, content=sent.raw_body, headers=sent.headers)
        assert answer.status_code == 200
        await self.stage.rest()

    async def known(self) -> StoredMeeting:
        return await self.stage.store.read(lambda db: meeting(db, 1))

    async def erase(self, part: Part) -> None:
        stored, now_ms = await self.known(), to_ms(self.stage.clock.now())
        await self.stage.store.write(lambda db: erase_part(db, stored, part, by=CLI, now_ms=now_ms))

    async def keep(self, **periods: Any) -> None:
        source_id = self.stage.sources["fathom"]
        settings = replace(settings_of(self.stage.fixture), keeping=Keeping(**periods))
        await self.stage.store.write(
            lambda db: set_meeting_settings(db, source_id, settings=settings)
        )

    def notes(self) -> list[Any]:
        return self.stage.sandbox.records("notes")


@pytest_asyncio.fixture
async def recorder(tmp_path: Path) -> AsyncIterator[Recorder]:
    async with staged(EDITED, tmp_path) as stage:
        yield Recorder(stage)


async def test_a_meeting_that_was_removed_is_not_taken_in_again(recorder: Recorder) -> None:
    await recorder.tell(0)
    await recorder.erase(Part.MEETING)
    await recorder.tell(-1)
    known = await recorder.known()
    assert (known.state, known.body.attendees, known.body.title) == ("removed", (), "")


async def test_the_note_in_pipedrive_stays(recorder: Recorder) -> None:
    await recorder.tell(0)
    before = len(recorder.notes())
    await recorder.erase(Part.MEETING)
    await recorder.tell(-1)
    assert (before, len(recorder.notes())) == (1, 1)


@pytest.mark.parametrize("part", [Part.TRANSCRIPT, Part.SUMMARY])
async def test_a_part_that_was_removed_stays_so(recorder: Recorder, part: Part) -> None:
    await recorder.tell(0)
    await recorder.erase(part)
    await recorder.tell(-1)
    body = (await recorder.known()).body
    shown = {Part.TRANSCRIPT: body.transcript, Part.SUMMARY: body.source_summary or ()}
    assert (part.value in body.kept, shown[part]) == (True, ())


async def test_a_transcript_that_is_never_stored_still_makes_the_note(recorder: Recorder) -> None:
    await recorder.keep(transcript=0, raw=0)
    await recorder.tell(0)
    known = await recorder.known()
    assert (known.state, known.body.transcript, len(recorder.notes())) == ("synced", (), 1)
    files = [path.read_bytes() for path in recorder.stage.settings.data.glob("dealwright.db*")]
    spoken = EDITED.deliveries[0].raw_body.encode()
    assert spoken[:200] not in b"".join(files)
