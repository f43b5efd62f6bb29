"""A dry run: what a Mapping would do, told without doing it."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.dryrun import foretell, mappings, read_lists
from tests.journeys.mirrored import Calls

from dealwright.core.foretold import FieldChange, Foretold
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.store.columns import metadata

CITY = "c" * 40
LEVEL = "d" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {
            "name": "Level",
            "type": "enum",
            "code": LEVEL,
            "labels": ["Gold", "Silver"],
        },
    ]
}
ADA = "ada@love.example"
PERSONS, DEALS = 1, 2


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with Ada."""
    sandbox = new_sandbox(clock)
    person = {"name": "Ada Love", "emails": [ADA], "custom_fields": {CITY: "London"}}
    twin = {"name": "Twin", "emails": ["twin@love.example"]}
    sandbox.put_state({"fields": FIELDS, "persons": [person, twin, twin]})
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that has crawled the account and delivers nothing yet."""
    async with open_hub(tmp_path, clock=clock) as hub:
        asks = MatchDefaults(ambiguous=AmbiguousRule.HOLD)
        await hub.connect(pipedrive, mappings=mappings, mirrored=USUAL_KINDS, defaults=asks)
        await hub.run_until_idle()
        await read_lists(hub)
        yield hub


def told(found: Foretold) -> tuple[str, str, str]:
    """The gist of one result."""
    return str(found.outcome), found.code, found.record


class TestWhatIsForetold:
    async def test_a_new_person(self, hub: Hub) -> None:
        await hub.send(identify("u-bob", name="Bob", email="bob@x.example"))

        (one,), _ = await foretell(hub)

        assert told(one) == ("create", "created", "new person 1")
        assert one.message == "New person 1 was created."

    async def test_a_change_with_the_names_of_fields(self, hub: Hub) -> None:
        await hub.send(identify("u-ada", email=ADA, crm={"City": "Paris", "Level": "Gold"}))

        (one,), _ = await foretell(hub)

        assert told(one) == ("update", "updated", "person 1")
        assert [(c.field, c.before, c.after) for c in one.changes[0].fields] == [
            ("City", "London", "Paris"),
            ("Level", "", "Gold"),
        ]

    async def test_nothing_to_do(self, hub: Hub) -> None:
        await hub.send(identify("u-ada", email=ADA, name="Ada Love"))

        (one,), summary = await foretell(hub)

        assert told(one) == ("skip", "unchanged", "person 1")
        assert (one.changes, summary.outcomes["skip"]) == ((), 1)

    async def test_two_who_fit_are_held_with_the_candidates(self, hub: Hub) -> None:
        await hub.send(identify("u-twin", email="twin@love.example", name="Twin"))

        (one,), _ = await foretell(hub)

        assert told(one)[:2] == ("hold", "needs_choice")
        assert one.candidates == (2, 3)

    async def test_what_the_mapping_cannot_fit(self, hub: Hub) -> None:
        await hub.send(identify("u-ada", email=ADA, crm={"Cities": "Paris"}))

        (one,), _ = await foretell(hub)

        assert told(one)[:2] == ("fail", "unknown_field")
        assert "City" in one.message

    async def test_a_draft_need_not_be_stored(self, hub: Hub) -> None:
        await hub.send(identify("u-ada", email=ADA, name="Ada Love"))

        (one,), _ = await foretell(
            hub, fields={"match_field": "email", "match_value": ADA, "name": "X"}
        )

        assert one.changes[0].fields == (
            FieldChange(field="Name", key="name", before="Ada Love", after="X", lost=True),
        )


class TestTheOverlay:
    async def test_the_second_event_sees_what_the_first_would_have_made(self, hub: Hub) -> None:
        await hub.send(
            identify("u-bob", name="Bob", email="bob@x.example"),
            identify("u-eve", name="Eve", email="eve@x.example"),
            identify("u-bob", name="Bob", email="bob@x.example"),
        )

        (bob, eve), summary = await foretell(hub)

        assert (bob.record, bob.events) == ("new person 1", (1, 3))
        assert (eve.record, eve.events) == ("new person 2", (2,))
        assert (summary.deliveries, summary.results) == (3, 2)

    async def test_a_new_option_is_there_for_whoever_comes_next(self, hub: Hub) -> None:
        await hub.send(
            identify("u-ada", email=ADA, crm={"Level": "Iron"}),
            identify("u-bob", name="Bob", email="bob@x.example", crm={"Level": "Iron"}),
        )

        (ada, bob), _ = await foretell(hub)

        assert [change.act for change in ada.changes] == ["options", "update"]
        assert [change.act for change in bob.changes] == ["create"]
        assert bob.changes[0].fields[-1].after == "Iron"


class TestItWritesNothing:
    async def test_nothing_is_sent_and_no_token_spent(self, hub: Hub, pipedrive: Sandbox) -> None:
        await hub.send(
            identify("u-ada", email=ADA, crm={"City": "Paris"}),
            identify("u-bob", name="Bob", email="bob@x.example"),
        )
        hub.advance(7200)
        calls = Calls(pipedrive)

        _, summary = await foretell(hub)

        assert calls.made() == []
        assert summary.spent == 0

    async def test_the_deliveries_and_the_mirror_are_as_before(self, hub: Hub) -> None:
        await hub.send(identify("u-ada", email=ADA, crm={"City": "Paris"}))
        before = await contents(hub)

        await foretell(hub)

        assert await contents(hub) == before


async def contents(hub: Hub) -> dict[str, list[Any]]:
    """All that the store holds."""

    def look(db: sa.Connection) -> dict[str, list[Any]]:
        return {
            name: [tuple(row) for row in db.execute(sa.select(table))]
            for name, table in metadata.tables.items()
        }

    return await hub.store.read(look)
