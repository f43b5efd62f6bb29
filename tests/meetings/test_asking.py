"""Recorders that are asked: what fails is tried again, what is refused is final, polling."""

from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import sqlalchemy as sa
from tests.meetings.posting import body_of, fixture, scene, standard
from tests.meetings.runner.shape import Fixture
from tests.meetings.runner.stage import Stage, staged

from dealwright.meetings.source import Answer, Source
from dealwright.meetings.source import Request as Asked
from dealwright.store.meeting_sources import list_meeting_sources, set_polled
from dealwright.store.meeting_tables import meeting_inbox, meeting_sources

BASE = fixture("fireflies/03_v1_legacy_signed")


def failing(status: int, times: int) -> Fixture:
    """The same, and its API answers otherwise before."""
    (fetch,) = BASE.fetches
    bad = [msgspec.structs.replace(fetch, status=status, response={}) for _ in range(times)]
    return scene(BASE, *BASE.deliveries, fetches=[*bad, fetch])


async def sent(stage: Stage) -> list[dict[str, Any]]:
    """Post the deliveries; the Meetings that there are then."""
    transport = httpx2.ASGITransport(app=stage.web)
    base_url = stage.fixture.config.base_url
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
        for one in stage.fixture.deliveries:
            await client.post(one.path, content=one.raw_body.encode(), headers=one.headers)
        await stage.rest()
        return (await stage.state(client))[1]


async def later(stage: Stage, seconds: float) -> list[dict[str, Any]]:
    """Let time pass; the Meetings that there are then."""
    stage.clock.advance(seconds)
    await stage.rest()
    transport = httpx2.ASGITransport(app=stage.web)
    base_url = stage.fixture.config.base_url
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
        return (await stage.state(client))[1]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_recorder_that_fails_is_asked_again(status: int, tmp_path: Path) -> None:
    async with staged(failing(status, times=1), tmp_path) as stage:
        assert await sent(stage) == []
        (shown,) = await later(stage, 61)
        assert shown["state"] in {"pending:summary", "synced"}


async def test_until_it_answers_nothing_is_concluded(tmp_path: Path) -> None:
    async with staged(failing(500, times=3), tmp_path) as stage:
        assert await sent(stage) == []
        assert await later(stage, 61) == []
        assert await later(stage, 301) == []
        assert len(await later(stage, 901)) == 1


async def test_one_that_never_answers_leaves_a_letter_with_the_reason(tmp_path: Path) -> None:
    async with staged(failing(500, times=40), tmp_path) as stage:
        await sent(stage)
        for _ in range(10):
            await later(stage, 21_601)
        row = await stage.store.read(lambda db: db.execute(sa.select(meeting_inbox)).one())
        assert (row.state, "500" in row.reason) == ("dead", True)


class TestPolling:
    async def test_what_no_webhook_told_is_found_by_asking(self, tmp_path: Path) -> None:
        base = scene(fixture("fathom/01_external_full"))
        told = body_of("fathom/01_external_full")

        async def ask(_source: Source, _request: Asked) -> Answer:
            return Answer(status=200, body=msgspec.json.encode({"items": [told]}))

        async with staged(base, tmp_path) as stage:
            await polling(stage, ask)
            (shown,) = await later(stage, 1)
            assert shown["state"] == "synced"
            assert shown["key"] == fixture("fathom/01_external_full").expected.dedupe_key

    async def test_what_a_webhook_told_is_not_written_again(self, tmp_path: Path) -> None:
        base = fixture("fathom/01_external_full")
        told = body_of("fathom/01_external_full")

        async def ask(_source: Source, _request: Asked) -> Answer:
            return Answer(status=200, body=msgspec.json.encode({"items": [told]}))

        async with staged(base, tmp_path) as stage:
            await sent(stage)
            await polling(stage, ask)
            assert len(await later(stage, 1)) == 1
            assert len(stage.sandbox.records("notes")) == 1

    async def test_a_call_that_is_known_is_not_told_once_more(self, tmp_path: Path) -> None:
        base = fixture("aircall/02_unknown_caller_created")
        call = body_of("aircall/02_unknown_caller_created")["data"]

        async def ask(_source: Source, _request: Asked) -> Answer:
            return Answer(status=200, body=msgspec.json.encode({"calls": [call]}))

        async with staged(base, tmp_path) as stage:
            await sent(stage)
            await polling(stage, ask)
            await later(stage, 1)
            rows = await stage.store.read(lambda db: db.execute(sa.select(meeting_inbox)).all())
            (source,) = await stage.store.read(list_meeting_sources)
            assert (len(rows), source.poll_code) == (1, "")

    async def test_a_recorder_that_cannot_be_asked_is_named_with_its_reason(
        self, tmp_path: Path
    ) -> None:
        async def ask(_source: Source, _request: Asked) -> Answer:
            return Answer(status=500)

        async with staged(scene(fixture("fathom/01_external_full")), tmp_path) as stage:
            await polling(stage, ask)
            await later(stage, 1)
            (source,) = await stage.store.read(list_meeting_sources)
            assert source.poll_code == "unavailable"


async def polling(stage: Stage, ask: Any) -> None:
    """Have the recorder asked every 15 minutes, from now on."""
    stage.player.instead = ask

    def change(db: sa.Connection) -> None:
        (source,) = list_meeting_sources(db)
        settings = msgspec.structs.replace(source.settings, poll=True)
        values = {"poll_s": 900, "settings": msgspec.json.encode(settings)}
        db.execute(sa.update(meeting_sources).values(values))
        set_polled(db, source.source_id, now_ms=0, next_ms=0)

    await stage.store.write(change)
    stage.clock.advance(10)


def test_a_scene_is_signed_as_the_recorder_does() -> None:
    base = fixture("fathom/01_external_full")
    (there,) = base.deliveries
    made = standard(
        "fathom",
        there.raw_body,
        secret=base.secrets["fathom"],
        at=int(there.headers["webhook-timestamp"]),
        message_id=there.headers["webhook-id"],
    )
    assert made.headers["webhook-signature"] == there.headers["webhook-signature"]
