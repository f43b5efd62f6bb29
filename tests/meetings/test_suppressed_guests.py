"""A guest who is on the suppression list is in no meeting that is kept or written."""

from pathlib import Path

import httpx2
import sqlalchemy as sa
from tests.meetings.posting import fixture
from tests.meetings.runner.stage import Stage, staged

from dealwright import parts
from dealwright.core.people import CLI
from dealwright.core.privacy import asked_for
from dealwright.pipeline.privacylist import Listing
from dealwright.store.meeting_list import MeetingFilter, find_meetings
from dealwright.store.meeting_tables import meeting_inbox, meeting_reports

BASE = fixture("generic/01_full_manual_notes")
GUEST = "jonas.berg@acme.example"


async def told(stage: Stage, *, suppressed: bool) -> str:
    """Have a recorder tell of a meeting; what is kept of it, and what Pipedrive has."""
    if suppressed:
        vault = parts.open_vault(stage.settings)
        await Listing(stage.store, stage.clock, vault).add(asked_for(email=GUEST), by=CLI)
    (sent,) = BASE.deliveries
    transport = httpx2.ASGITransport(app=stage.web)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE.config.base_url) as client:
        await client.post(sent.path, content=sent.raw_body.encode(), headers=sent.headers)
    await stage.rest()
    found = await stage.store.read(lambda db: find_meetings(db, MeetingFilter(), limit=9))
    reports = await stage.store.read(lambda db: list(db.scalars(sa.select(meeting_reports.c.body))))
    return f"{found} {reports} {stage.sandbox.records('notes')}"


async def test_without_a_list_a_guest_is_kept(tmp_path: Path) -> None:
    async with staged(BASE, tmp_path) as stage:
        assert GUEST in await told(stage, suppressed=False)


async def test_a_suppressed_guest_is_neither_kept_nor_written(tmp_path: Path) -> None:
    async with staged(BASE, tmp_path) as stage:
        assert GUEST not in await told(stage, suppressed=True)


async def test_what_the_recorder_sent_is_not_kept_either(tmp_path: Path) -> None:
    async with staged(BASE, tmp_path) as stage:
        await told(stage, suppressed=True)
        bodies = await stage.store.read(
            lambda db: list(db.scalars(sa.select(meeting_inbox.c.body)))
        )
        assert bodies == [None]
