"""A dry run: what a Mapping would do, told without doing it."""

from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import Said, identify, track
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.dryrun import foretell, mappings, read_lists
from tests.journeys.mirrored import Calls

from dealwright.core.budget import next_midnight_ms
from dealwright.core.clock import to_ms
from dealwright.core.foretold import FieldChange, Foretold
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.budget import spend
from dealwright.store.columns import metadata
from dealwright.store.crawls import want_crawl

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


class TestWhatPeopleWrote:
    async def test_what_would_be_written_over_is_marked(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(
            hub, identify("u-bob", email="bob@x.example", name="Bob", crm={"City": "Rome"})
        )
        rename(pipedrive, 4, "Bobby")
        await look_again(hub)
        await hub.send(
            identify("u-bob", email="bob@x.example", name="Robert", crm={"City": "Oslo"})
        )

        (one,), summary = await foretell(hub, first=2)

        assert [(field.field, field.before, field.lost) for field in one.changes[0].fields] == [
            ("Name", "Bobby", True),
            ("City", "Rome", False),
        ]
        assert summary.lost == 1

    async def test_what_the_rule_keeps_is_told(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(hub, identify("u-bob", email="bob@x.example", name="Bob"))
        rename(pipedrive, 4, "Bobby")
        await look_again(hub)
        await hub.send(identify("u-bob", email="bob@x.example", name="Robert"))
        fields = {
            "match_field": "email",
            "match_value": {"@path": "$.traits.email"},
            "name": {"@path": "$.traits.name"},
            "write_rules": {"name": "keep_edits"},
        }

        (one,), _ = await foretell(hub, first=2, fields=fields)

        assert told(one) == ("skip", "edits_kept", "person 4")
        assert [(kept.field, kept.before) for kept in one.kept] == [("Name", "Bobby")]

    async def test_an_edit_after_several_writes_is_known(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        people = [identify(f"u-{one}", email=f"{one}@x.example", name=one) for one in "abc"]
        await deliver(hub, *people)
        hub.advance(1)
        rename(pipedrive, 6, "Bobby")
        await look_again(hub)
        await hub.send(identify("u-c", email="c@x.example", name="c"))

        (one,), _ = await foretell(hub, first=4)

        assert [(c.field, c.before, c.after) for c in one.changes[0].fields] == [
            ("Name", "Bobby", "c")
        ]

    async def test_an_address_that_is_added_is_no_loss(self, hub: Hub) -> None:
        fields = {
            "match_field": "name",
            "match_value": "Ada Love",
            "email": "ada@home.example",
        }
        await hub.send(identify("u-ada"))

        (one,), _ = await foretell(hub, fields=fields)

        assert one.changes[0].fields == (
            FieldChange(field="Emails", key="emails", before=ADA, after=f"{ADA}, ada@home.example"),
        )


class TestTheBudget:
    async def test_what_fits_into_today_may_begin_now(self, hub: Hub) -> None:
        await hub.send(identify("u-bob", name="Bob", email="bob@x.example"))

        _, summary = await foretell(hub)

        assert summary.funds is not None
        assert summary.funds.tokens == summary.tokens >= 5
        assert summary.funds.begins_at_ms == summary.funds.ends_at_ms == to_ms(hub.clock.now())

    async def test_what_does_not_begins_at_the_reset(self, hub: Hub) -> None:
        await hub.store.write(
            lambda db: spend(
                db, 1, at_ms=to_ms(hub.clock.now()), purpose="events", tokens=10**9, calls=1
            )
        )
        await hub.send(identify("u-bob", name="Bob", email="bob@x.example"))

        _, summary = await foretell(hub)

        now_ms = to_ms(hub.clock.now())
        assert summary.funds is not None
        assert summary.funds.free == 0
        assert summary.funds.begins_at_ms == next_midnight_ms(now_ms)


class TestVerifying:
    async def test_stale_records_are_read_and_nothing_is_written(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        hub.advance(7200)
        rename(pipedrive, 1, "Ada King")
        await hub.send(identify("u-ada", email=ADA, name="Ada Love"))
        calls = Calls(pipedrive)

        (one,), summary = await foretell(hub, client=(await hub.client()).reading(at_most=100))

        assert [(field.before, field.after) for field in one.changes[0].fields] == [
            ("Ada King", "Ada Love")
        ]
        assert {method for method, _ in calls.made()} == {"GET"}
        assert summary.spent == calls.tokens()

    async def test_without_it_the_line_says_what_it_took_for_granted(self, hub: Hub) -> None:
        hub.advance(7200)
        await hub.send(identify("u-ada", email=ADA, name="Ada King"))

        (one,), _ = await foretell(hub)

        assert one.doubts == ("person 1 is as the mirror has it; a delivery looks at it once more",)

    async def test_a_client_that_only_reads_cannot_write(self, hub: Hub) -> None:
        records = Records((await hub.client()).reading(at_most=100))

        with pytest.raises(RuntimeError, match="only reads"):
            await records.create(RecordKind.PERSON, {"name": "Eve"})


async def test_a_deal_and_its_new_person_are_foretold_together(hub: Hub) -> None:
    await hub.send(track("u-1", "Signed", title="Big", email="new@x.example", value=5))
    fields = {
        "deal_match_field": "title",
        "deal_match_value": {"@path": "$.properties.title"},
        "person_match_value": {"@path": "$.userId"},
        "person_email": {"@path": "$.properties.email"},
        "create_missing": ["person"],
        "title": {"@path": "$.properties.title"},
    }

    (one,), _ = await foretell(hub, DEALS, fields=fields)

    assert [change.record for change in one.changes] == ["new person 1", "new deal 1"]
    assert [f.after for f in one.changes[1].fields if f.key == "person_id"] == ["new person 1"]


async def test_a_message_that_was_sent_twice_is_one(hub: Hub) -> None:
    twice = identify("u-bob", name="Bob", email="bob@x.example")
    await hub.send(twice, twice)

    results, summary = await foretell(hub)

    assert (len(results), summary.repeated) == (1, 1)


async def test_several_thousand_events_are_looked_at(hub: Hub) -> None:
    people = [
        identify(f"u-{number}", name=f"P{number}", email=f"p{number % 700}@x.example")
        for number in range(3_000)
    ]
    await hub.send(*people)

    results, summary = await foretell(hub)

    assert (summary.events, len(results)) == (3_000, 700)
    assert summary.outcomes["create"] == 700


async def deliver(hub: Hub, *events: Said) -> None:
    await hub.send(*events)
    await hub.run_until_idle()


async def look_again(hub: Hub) -> None:
    """Have the mirror know all that people did."""
    now_ms = to_ms(hub.clock.now())
    crawl = partial(want_crawl, kinds=USUAL_KINDS, now_ms=now_ms, region=None)
    await hub.store.write(lambda db: crawl(db, 1))
    await hub.run_until_idle()


def rename(pipedrive: Sandbox, number: int, name: str) -> None:
    changed = Edit(object="person", id=number, data={"name": name})
    edit(pipedrive, pipedrive.world.default_company, changed)


async def test_either_database_tells_the_same(
    database: str, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        await read_lists(hub)
        await hub.send(
            identify("u-bob", name="Bob", email="bob@x.example"),
            identify("u-ada", name="Ada King", email=ADA),
            identify("u-other", name="Bobby", email="bob@x.example"),
        )
        fields = {
            "match_value": {"@path": "$.userId"},
            "name": {"@path": "$.traits.name"},
            "email": {"@path": "$.traits.email"},
        }

        results, _ = await foretell(hub, fields=fields)

        assert [told(one) for one in results] == [
            ("create", "created", "new person 1"),
            ("update", "updated", "person 1"),
            ("update", "updated", "new person 1"),
        ]
