"""The door: who is let in, what is answered, and what is kept of those who are not."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from tests.meetings.posting import body_of, fixture, standard
from tests.meetings.runner.stage import Stage, staged

from dealwright import parts
from dealwright.core.clock import to_ms
from dealwright.meetings.source import Secret
from dealwright.pipeline.meetingsetup import MadeRecorder, NewRecorder, add_recorder
from dealwright.recorders import recorders
from dealwright.store.meeting_sources import list_meeting_sources, refusals
from dealwright.store.meeting_tables import meeting_inbox

BASE = fixture("fathom/01_external_full")
SECRET = BASE.secrets["fathom"]
OTHER = "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0x"


class Door:
    """A hub with one Source of Fathom, and somebody in front of it."""

    def __init__(self, stage: Stage, client: httpx2.AsyncClient) -> None:
        self.stage = stage
        self.client = client

    async def post(
        self,
        path: str = BASE.deliveries[0].path,
        *,
        secret: str = SECRET,
        body: Any = None,
        message_id: str = "msg-1",
    ) -> httpx2.Response:
        told = body_of("fathom/01_external_full") if body is None else body
        sent = standard("fathom", told, secret=secret, at=BASE.now_unix, message_id=message_id)
        content = sent.raw_body.encode()
        return await self.client.post(path, content=content, headers=sent.headers)

    async def kept(self) -> int:
        """How many raw deliveries the store has."""
        count = sa.select(sa.func.count()).select_from(meeting_inbox)
        return await self.stage.store.read(lambda db: db.execute(count).scalar_one())

    async def another(self, name: str, secret: str) -> MadeRecorder:
        """One more Source of Fathom."""
        new = NewRecorder(name=name, source=recorders()["fathom"], secrets=[Secret(value=secret)])
        now_ms, vault = to_ms(self.stage.clock.now()), parts.open_vault(self.stage.settings)
        return await self.stage.store.write(
            lambda db: add_recorder(db, new, vault=vault, now_ms=now_ms)
        )


@pytest.fixture
async def door(tmp_path: Path) -> AsyncGenerator[Door]:
    async with staged(BASE, tmp_path) as stage:
        transport = httpx2.ASGITransport(app=stage.web)
        base_url = BASE.config.base_url
        async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
            yield Door(stage, client)


async def test_what_is_signed_is_kept_before_it_is_answered(door: Door) -> None:
    answer = await door.post()
    assert (answer.status_code, await door.kept()) == (200, 1)


async def test_what_is_not_signed_leaves_a_count_and_nothing_else(door: Door) -> None:
    for _ in range(3):
        assert (await door.post(secret=OTHER)).status_code == 401
    (counted,) = await door.stage.store.read(refusals)
    assert (counted.code, counted.times, await door.kept()) == ("signature", 3, 0)


async def test_a_refusal_is_a_problem_with_its_code(door: Door) -> None:
    answer = await door.post(secret=OTHER)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "signature"


async def test_more_than_20_mb_is_not_read(door: Door) -> None:
    answer = await door.post(body="x" * 20_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert await door.kept() == 0


async def test_only_post_is_taken(door: Door) -> None:
    answer = await door.client.get(BASE.deliveries[0].path)
    assert answer.status_code == 405


@pytest.mark.parametrize("path", ["/hooks/meetings/otter", "/hooks/calls/", "/hooks/meetings/"])
async def test_there_is_nothing_at_other_paths(door: Door, path: str) -> None:
    assert (await door.post(path)).status_code == 404


async def test_a_recorder_that_was_never_set_up_is_refused_as_a_wrong_signature(
    door: Door,
) -> None:
    answer = await door.post("/hooks/meetings/vcon")
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")


class TestSegments:
    async def test_a_segment_of_its_own_leads_to_the_source(self, door: Door) -> None:
        made = await door.another("second", OTHER)
        assert (await door.post(made.path, secret=OTHER)).status_code == 200

    async def test_the_secret_of_another_source_does_not_open_it(self, door: Door) -> None:
        made = await door.another("second", OTHER)
        assert (await door.post(made.path, secret=SECRET)).status_code == 401

    async def test_with_two_of_a_kind_the_bare_path_is_nobodys(self, door: Door) -> None:
        await door.another("second", OTHER)
        assert (await door.post()).status_code == 401

    async def test_a_segment_that_nobody_has_opens_nothing(self, door: Door) -> None:
        assert (await door.post(f"/hooks/meetings/fathom/{'a' * 32}")).status_code == 401

    async def test_the_store_knows_no_segment(self, door: Door) -> None:
        made = await door.another("second", OTHER)
        segment = made.path.rpartition("/")[2]
        file = (door.stage.settings.data / "dealwright.db").read_bytes()
        assert segment.encode() not in file


async def test_a_source_knows_how_often_it_was_heard(door: Door) -> None:
    await door.post()
    await door.post(body={"recording_id": []}, message_id="msg-2")
    (source,) = await door.stage.store.read(list_meeting_sources)
    assert (source.received, source.dead) == (2, 1)


async def test_secrets_are_sealed(door: Door) -> None:
    await door.another("second", OTHER)
    file = (door.stage.settings.data / "dealwright.db").read_bytes()
    assert OTHER.encode() not in file
