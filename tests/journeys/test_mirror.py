"""Who is who is known here: what that costs, and nobody is made twice."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import group, identify
from tests.hub import Hub, new_sandbox, open_hub, states
from tests.journeys.mirrored import (
    ADA,
    CREATE,
    LIST,
    READ,
    SAYS_NOTHING_NEW,
    UPDATE,
    Calls,
    by_hand,
    deliver,
    listening,
    people,
)

from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.store.mirror import by_keys


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with Ada, whose search index is half a minute behind."""
    sandbox = new_sandbox(clock, lag_s=30)
    sandbox.put_state({"persons": [ADA], "organizations": [{"name": "Love Ltd"}]})
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that has crawled `pipedrive`, ten minutes ago."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        hub.advance(600)
        yield hub


class TestWhatItCosts:
    async def test_who_was_seen_a_moment_ago_and_is_unchanged_costs_nothing(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", email="ada@love.example"))

        assert calls.made() == []
        assert states(hub)[-1] is State.UNCHANGED

    async def test_who_is_known_by_their_link_is_read_when_it_was_long_ago(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        hub.advance(600)
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", email="ada@love.example"))

        assert calls.made() == [READ]

    async def test_where_webhooks_reach_us_who_is_known_costs_nothing_after_hours(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await listening(hub)
        await deliver(hub, SAYS_NOTHING_NEW)
        hub.advance(3000)
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", email="ada@love.example"))

        assert calls.made() == []

    async def test_an_update_costs_the_update(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", name="Ada Lovelace"))

        assert (calls.made(), calls.tokens()) == ([UPDATE], 5)

    async def test_who_is_new_costs_a_poll_and_the_create(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-bob", name="Bob", email="bob@builder.example"))

        assert (calls.made(), calls.tokens()) == ([LIST, CREATE], 15)

    async def test_who_is_new_within_a_minute_of_another_costs_the_create(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, identify("u-bob", name="Bob", email="bob@builder.example"))
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-cy", name="Cy", email="cy@twombly.example"))

        assert (calls.made(), calls.tokens()) == ([CREATE], 5)

    async def test_many_new_people_at_once_wait_for_one_poll(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        pipedrive.add_fault(method="GET", delay_ms=30)
        calls = Calls(pipedrive)
        await deliver(hub, *(identify(f"u-{n}", email=f"n{n}@x.example") for n in range(20)))

        assert (calls.made().count(LIST), calls.made().count(CREATE)) == (1, 20)


class TestNobodyTwice:
    async def test_who_was_there_before_is_found(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(hub, identify("u-1", name="Ada Lovelace", email="ADA@love.example"))

        assert people(pipedrive) == ["Ada Lovelace"]

    async def test_whom_another_program_made_just_before_is_found(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "create", name="Bob", emails=[{"value": "bob@builder.example"}])
        await deliver(hub, identify("u-bob", name="Bob Builder", email="bob@builder.example"))

        assert people(pipedrive) == ["Ada Love", "Bob Builder"]

    @pytest.mark.parametrize(
        "outage",
        [
            pytest.param({"status": 500}, id="500"),
            pytest.param({"status": 503}, id="503"),
            pytest.param({"status": 429}, id="429"),
            pytest.param({"status": 200, "raw": "<html>", "content_type": "text/html"}, id="html"),
            pytest.param({"reset": True}, id="reset"),
        ],
    )
    async def test_an_outage_of_the_poll_makes_nobody(
        self, hub: Hub, pipedrive: Sandbox, outage: dict[str, Any]
    ) -> None:
        pipedrive.add_fault(method="GET", path="/api/v2/persons", times=3, **outage)
        by_hand(pipedrive, "create", name="Bob", emails=[{"value": "bob@builder.example"}])
        await hub.send(identify("u-bob", name="Bob Builder", email="bob@builder.example"))
        await hub.run_once()
        waited = states(hub)
        await hub.run_until_idle()

        assert waited == [State.WAITING]
        assert people(pipedrive) == ["Ada Love", "Bob Builder"]

    async def test_two_events_for_one_new_person_at_once_make_one(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(
            hub,
            identify("u-1", name="Bob", email="bob@builder.example"),
            identify("u-2", name="Bob", email="BOB@builder.example"),
        )

        assert people(pipedrive) == ["Ada Love", "Bob"]

    async def test_who_was_made_a_moment_ago_is_known_after_a_restart(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, identify("u-1", name="Bob", email="bob@builder.example"))
        hub.restart()
        await deliver(hub, identify("u-2", name="Bob", email="bob@builder.example"))

        assert people(pipedrive) == ["Ada Love", "Bob"]

    async def test_a_poll_reads_as_many_pages_as_there_are(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        many = [{"name": f"P{n}", "emails": [f"p{n}@x.example"]} for n in range(1_200)]
        pipedrive.put_state({"persons": many})
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-1", name="P1199", email="p1199@x.example"))

        assert calls.made().count(LIST) == 3
        assert CREATE not in calls.made()

    async def test_a_lost_answer_makes_one_person_that_the_mirror_knows(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        pipedrive.lose_next_answer("POST", "/api/v2/persons")
        await deliver(hub, identify("u-1", name="Bob", email="bob@builder.example"))
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-2", name="Bob", email="bob@builder.example"))

        assert people(pipedrive) == ["Ada Love", "Bob"]
        assert calls.made() == []

    async def test_an_update_whose_answer_was_lost_is_looked_at_before_it_is_repeated(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        pipedrive.lose_next_answer("PATCH", "/api/v2/persons/1")
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", name="Ada Lovelace"))

        assert calls.made() == [UPDATE, READ]

    async def test_an_organization_is_found_by_its_name(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(hub, group("g-love", name="LOVE ltd"))
        await deliver(hub, group("g-love", name="Love & Sons"))

        names = [found["name"] for found in pipedrive.records("organizations")]
        assert len(names) == len(set(names))


async def test_what_was_written_is_found_by_its_new_address(hub: Hub) -> None:
    await deliver(hub, SAYS_NOTHING_NEW)
    await deliver(hub, identify("u-ada", email="countess@love.example"))

    key = "email=countess@love.example"
    found = await hub.store.read(lambda db: by_keys(db, 1, RecordKind.PERSON, [key]))
    assert found == {key: [1]}
