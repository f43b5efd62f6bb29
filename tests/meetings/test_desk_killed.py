"""The desk is killed between any two of its writes: each meeting is there once, and whole."""

from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from tests.journeys.frail import Frail, Killed
from tests.meetings.posting import fixture
from tests.meetings.runner.stage import Stage, staged

from dealwright.app import build_desk
from dealwright.pipeline.wake import SocketWaker


async def deliver(stage: Stage) -> None:
    """Send everything, and let nobody read it yet."""
    transport = httpx2.ASGITransport(app=stage.web)
    base_url = stage.fixture.config.base_url
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
        for sent in stage.fixture.deliveries:
            answer = await client.post(
                sent.path, content=sent.raw_body.encode(), headers=sent.headers
            )
            assert answer.status_code < 300


async def killed_once(stage: Stage, *, writes: int, kept: bool) -> None:
    """Let a desk work until it is killed at one of its writes; another begins anew."""
    await stage.desk.close()
    frail = Frail(stage.store, dies_in=writes, kept=kept)
    stage.desk = build_desk(stage.settings, cast(Any, frail), stage.clock, ask=stage.player)
    try:
        await stage.desk.work()
    except Killed:
        frail.revive()
    # A process that is killed lets go of its sockets, and of nothing else.
    cast(SocketWaker, stage.desk.bench.waker).close()
    stage.desk = build_desk(stage.settings, stage.store, stage.clock, ask=stage.player)
    await stage.rest()


@pytest.mark.parametrize("kept", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("writes", range(8))
@pytest.mark.parametrize("name", ["zoom/04_recording_no_summary_phone"])
async def test_a_desk_that_is_killed_makes_each_meeting_once(
    name: str, writes: int, tmp_path: Path, *, kept: bool
) -> None:
    async with staged(fixture(name), tmp_path) as stage:
        await deliver(stage)
        await killed_once(stage, writes=writes, kept=kept)
        stage.clock.advance(3600)
        await stage.rest()
        transport = httpx2.ASGITransport(app=stage.web)
        async with httpx2.AsyncClient(transport=transport, base_url="https://hub") as client:
            state, shown = await stage.state(client)

        assert (state, len(shown)) == ("synced", 1)
        assert len(stage.sandbox.records("notes")) == 1
        assert len(stage.sandbox.records("activities")) == 1
