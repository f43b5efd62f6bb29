"""The same on PostgreSQL, and two desks on one database."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fresh import fresh_database
from tests.meetings.posting import fixture
from tests.meetings.runner.compare import differences
from tests.meetings.runner.stage import play, staged
from tests.postgres import PostgresServer, missing

from dealwright.pipeline.meetingbench import Seat
from dealwright.store.meeting_desk import DeskLost

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server; CI never goes without."""
    if reason := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    started = PostgresServer().start()
    yield started
    started.stop()


@pytest.mark.parametrize(
    "name",
    [
        "fathom/05_replayed_then_edited",
        "fireflies/01_v2_transcribed_then_summarized",
        "zoom/04_recording_no_summary_phone",
    ],
)
async def test_a_fixture_ends_as_on_sqlite(
    name: str, server: PostgresServer, tmp_path: Path
) -> None:
    played = await play(fixture(name), tmp_path, database=fresh_database(server))
    assert differences(played) == []


async def test_of_two_processes_one_has_the_seat(server: PostgresServer, tmp_path: Path) -> None:
    base = fixture("generic/01_full_manual_notes")
    async with staged(base, tmp_path, database=fresh_database(server)) as stage:
        here, there = Seat(stage.desk.bench), Seat(replace(stage.desk.bench, holder="there"))
        assert [await here.taken(), await there.taken()] == [True, False]


async def test_who_comes_back_after_another_took_over_writes_nothing(
    server: PostgresServer, tmp_path: Path
) -> None:
    base = fixture("generic/01_full_manual_notes")
    async with staged(base, tmp_path, database=fresh_database(server)) as stage:
        here, there = Seat(stage.desk.bench), Seat(replace(stage.desk.bench, holder="there"))
        await here.taken()
        stage.clock.advance(31)
        assert await there.taken()
        with pytest.raises(DeskLost):
            await here.write(lambda _: None)
