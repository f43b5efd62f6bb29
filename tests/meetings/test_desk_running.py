"""The desk as it runs: woken by the door, alone on its machine, going on after an outage."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
from tests.meetings.posting import fixture
from tests.meetings.runner.stage import Stage, staged

from dealwright.app import build_desk
from dealwright.store.meeting_list import MeetingFilter, find_meetings

BASE = fixture("generic/01_full_manual_notes")
#: So long a test waits for what comes at once.
PATIENCE_S = 20


async def post(stage: Stage) -> None:
    (sent,) = BASE.deliveries
    transport = httpx2.ASGITransport(app=stage.web)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE.config.base_url) as client:
        await client.post(sent.path, content=sent.raw_body.encode(), headers=sent.headers)


async def made(stage: Stage) -> list[Any]:
    """The Meetings, once there are any; the clock stands still."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await stage.store.read(lambda db: find_meetings(db, MeetingFilter(), limit=9))
            if found:
                return found


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_door_wakes_it(tmp_path: Path) -> None:
    async with staged(BASE, tmp_path) as stage:
        desk = build_desk(stage.settings, stage.store, stage.clock, ask=stage.player)
        running = asyncio.create_task(desk.run())
        # It looks once, finds nothing, and sleeps by a clock that nobody moves.
        await stage.clock.settle()
        await post(stage)
        assert len(await made(stage)) == 1
        await ended(running)


async def test_a_second_one_stands_by_until_the_first_has_ended(tmp_path: Path) -> None:
    async with staged(BASE, tmp_path) as stage:
        first, second = (
            build_desk(stage.settings, stage.store, stage.clock, ask=stage.player) for _ in range(2)
        )
        before = asyncio.create_task(first.run())
        await stage.clock.settle()
        behind = asyncio.create_task(second.run())
        await stage.clock.settle()
        await ended(before)
        stage.clock.advance(1)
        await stage.clock.settle()
        await post(stage)
        assert len(await made(stage)) == 1
        await ended(behind)
