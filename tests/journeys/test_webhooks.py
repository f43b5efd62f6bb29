"""What people do in Pipedrive is known here at once; and when a message is lost, late or double."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub, states
from tests.journeys.mirrored import Calls, people
from tests.journeys.telling import Telling, telling

from dealwright.core.catalogue import AccountList
from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.record import Person, RecordKind
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.company import Actor
from dealwright.store.catalogue import keep, kept
from dealwright.store.links import put_link

ADA = {"name": "Ada Love", "emails": ["ada@love.example"]}
BOB = {"name": "Bob Stone", "emails": ["bob@stone.example"]}
SHIFT = "5" * 40

LIST = ("GET", "/api/v2/persons")
READ = ("GET", "/api/v2/persons/1")
UPDATE = ("PATCH", "/api/v2/persons/1")
CREATE = ("POST", "/api/v2/persons")


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with Ada and Bob, and a field for when their shift begins."""
    sandbox = new_sandbox(clock)
    shift = {"name": "Shift", "type": "time", "code": SHIFT}
    sandbox.put_state({"fields": {"person": [shift]}, "persons": [ADA, BOB]})
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that has crawled `pipedrive`."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        hub.advance(60)
        yield hub


@pytest.fixture
async def told(hub: Hub, pipedrive: Sandbox) -> AsyncGenerator[Telling]:
    """A hub that is told by `pipedrive` what happens there, and has not met Ada for an hour."""
    async with telling(hub, pipedrive) as told:
        await told.registered()
        hub.advance(1800)
        yield told


async def say(hub: Hub, user: str = "u-ada", **traits: str) -> None:
    await hub.send(identify(user, **traits))
    await hub.run_until_idle()


class TestWhatPeopleDo:
    async def test_an_edit_is_known_after_one_message(self, told: Telling) -> None:
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()

        assert (await told.held()).name == "Ada King"
        assert told.outcomes == ["applied"]

    async def test_a_message_costs_no_tokens(self, told: Telling, pipedrive: Sandbox) -> None:
        calls = Calls(pipedrive)
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()

        assert calls.made() == []

    async def test_who_was_made_by_hand_is_found_by_their_address(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("create", name="Eve", emails=[{"value": "Eve@Moon.example"}])
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, "u-eve", name="Eve", email="eve@moon.example")

        assert calls.made() == []
        assert people(pipedrive) == ["Ada Love", "Bob Stone", "Eve"]

    async def test_after_a_persons_edit_an_event_writes_what_differs_and_reads_nothing(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("change", 1, phones=[{"value": "+3725550101"}], name="Ada King")
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada Lovelace", email="ada@love.example", phone="+372 555 0101")

        assert calls.made() == [UPDATE]
        assert json.loads(hub.exchanges[-1].request.body or b"") == {"name": "Ada Lovelace"}

    async def test_an_event_that_says_what_a_person_typed_costs_nothing(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada King", email="ada@love.example")

        assert calls.made() == []
        assert states(hub)[-1] is State.UNCHANGED

    async def test_an_address_that_was_taken_away_finds_nobody_any_more(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("change", 1, emails=[{"value": "ada@king.example"}])
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, "u-new", name="Ada Love", email="ada@love.example")

        assert calls.made() == [LIST, CREATE]

    async def test_what_a_message_cannot_tell_whole_is_read_before_it_decides(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("change", 1, custom_fields={SHIFT: {"value": "09:00:00"}})
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada Love", email="ada@love.example")

        assert calls.made() == [READ]

    async def test_a_stage_that_was_renamed_makes_the_list_of_stages_old(
        self, told: Telling, hub: Hub
    ) -> None:
        now_ms = to_ms(hub.clock.now())
        lists = [AccountList.USERS, AccountList.STAGES]
        for name in lists:
            await hub.store.write(
                lambda db, name=name: keep(db, 1, name=name, fetched_at_ms=now_ms, body=b"[]")
            )
        told.edit("stage", "change", 1, name="Won over")
        await told.deliver()

        left = await hub.store.read(lambda db: kept(db, 1, lists=lists))
        assert list(left) == [AccountList.USERS]


class TestDeletedAndMerged:
    async def test_who_was_deleted_is_made_anew_without_a_look(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await say(hub, name="Ada Love", email="ada@love.example")
        told.by_hand("delete", 1)
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada Love", email="ada@love.example")

        assert calls.made() == [LIST, CREATE]
        assert people(pipedrive) == ["Ada Love", "Bob Stone"]

    async def test_a_change_that_comes_after_the_deletion_brings_nobody_back(
        self, told: Telling
    ) -> None:
        told.spoil("reorder", event="change.person", hold_s=20)
        told.by_hand("change", 1, name="Ada King")
        told.hub.advance(2)
        told.by_hand("delete", 1)
        await told.wait(30)

        known = await told.known()
        assert known is not None
        assert known.deleted
        assert told.outcomes == ["applied", "old"]

    async def test_links_follow_a_merge(self, told: Telling, hub: Hub, pipedrive: Sandbox) -> None:
        await say(hub, "u-bob", name="Bob Stone", email="bob@stone.example")
        told.by_hand("merge", 2, merge_with_id=1)
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, "u-bob", phone="+3725550102")

        # Numbers are written whole, hence as they stand.
        assert calls.made() == [READ, UPDATE]
        assert people(pipedrive) == ["Ada Love"]

    @pytest.mark.parametrize("lost", ["delete.person", "change.person"])
    async def test_either_message_of_a_merge_is_enough(
        self, told: Telling, hub: Hub, pipedrive: Sandbox, lost: str
    ) -> None:
        await say(hub, "u-bob", name="Bob Stone", email="bob@stone.example")
        told.spoil("lose", event=lost)
        told.by_hand("merge", 2, merge_with_id=1)
        await told.deliver()
        await say(hub, "u-bob", phone="+3725550102")

        assert people(pipedrive) == ["Ada Love"]
        assert pipedrive.record("person", 1) is not None
        assert "+3725550102" in repr(pipedrive.record("person", 1))

    async def test_who_was_merged_while_their_link_was_written_is_not_made_again(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await say(hub, "u-bob", name="Bob Stone", email="bob@stone.example")
        told.by_hand("merge", 2, merge_with_id=1)
        await told.deliver()
        person = RecordKind.PERSON
        await hub.store.write(
            lambda db: put_link(db, 1, source_id=1, kind=person, external_id="u-bob", record_id=2)
        )
        await say(hub, "u-bob", name="Bob Rock")

        assert people(pipedrive) == ["Bob Rock"]

    async def test_who_was_merged_and_merged_again_is_followed_whichever_is_told_first(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await say(hub, "u-bob", name="Bob Stone", email="bob@stone.example")
        await say(hub, "u-eve", name="Eve Stone", email="eve@stone.example")
        told.spoil("reorder", hold_s=60)
        told.spoil("reorder", hold_s=60)
        told.by_hand("merge", 2, merge_with_id=3)
        told.by_hand("merge", 3, merge_with_id=1)
        await told.deliver()
        await told.wait(61)
        await say(hub, "u-bob", name="Bob Rock")

        assert people(pipedrive) == ["Bob Rock"]


class TestBadDays:
    async def test_a_message_that_comes_twice_is_taken_once(self, told: Telling) -> None:
        told.spoil("double")
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()

        assert told.outcomes == ["applied", "repeated"]

    async def test_a_message_that_was_overtaken_changes_nothing(self, told: Telling) -> None:
        told.spoil("reorder", hold_s=20)
        told.by_hand("change", 1, name="Ada King")
        told.hub.advance(5)
        told.by_hand("change", 1, name="Ada Byron")
        await told.wait(30)

        assert (await told.held()).name == "Ada Byron"
        assert told.outcomes == ["applied", "old"]

    async def test_two_edits_within_one_second_are_read_before_they_decide(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.by_hand("change", 1, name="Ada King")
        told.by_hand("change", 1, name="Ada Byron")
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada Byron", email="ada@love.example")

        assert told.outcomes == ["applied", "doubted"]
        assert calls.made() == [READ]

    async def test_a_lost_message_is_made_up_for_within_the_hour(
        self, told: Telling, hub: Hub
    ) -> None:
        told.spoil("lose")
        told.by_hand("change", 1, name="Ada King")
        hub.advance(3700)
        await say(hub, "u-bob", email="bob@stone.example")

        assert (await told.held()).name == "Ada King"

    async def test_after_a_lost_message_the_others_are_not_relied_on(
        self, told: Telling, hub: Hub
    ) -> None:
        told.spoil("lose")
        told.by_hand("change", 1, name="Ada King")
        hub.advance(3700)
        await say(hub, "u-bob", email="bob@stone.example")

        assert not await told.is_alive()

    async def test_while_the_door_is_shut_pipedrive_comes_again(self, told: Telling) -> None:
        told.status = 503
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()
        told.status = None
        await told.wait(3)

        assert (await told.held()).name == "Ada King"

    async def test_what_was_lost_while_the_hub_was_down_is_made_up_for(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        told.status = 503
        told.by_hand("change", 1, name="Ada King")
        for seconds in (0, 3, 30, 150):
            await told.wait(seconds)
        async with telling(hub, pipedrive) as anew:
            before = await anew.is_alive()
            await say(hub, "u-bob", email="bob@stone.example")

            assert not before
            assert await anew.is_alive()
            assert (await anew.held()).name == "Ada King"


class TestOurOwnWrites:
    async def test_what_we_wrote_comes_back_and_changes_nothing(
        self, told: Telling, hub: Hub
    ) -> None:
        await say(hub, name="Ada Lovelace", email="ada@love.example")
        before = await told.known()
        await told.deliver()

        assert told.outcomes == ["ours"]
        assert await told.known() == before

    async def test_the_next_event_costs_nothing_though_our_write_came_back(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await say(hub, name="Ada Lovelace", email="ada@love.example")
        await told.deliver()
        hub.advance(600)
        calls = Calls(pipedrive)
        await say(hub, name="Ada Lovelace", email="ada@love.example")

        assert calls.made() == []

    async def test_who_was_made_though_the_answer_was_lost_is_known_by_the_message(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        pipedrive.lose_next_answer("POST", "/api/v2/persons")
        await hub.send(identify("u-eve", name="Eve", email="eve@moon.example"))
        await hub.run_once()
        await told.deliver()

        assert (await told.held(3)).name == "Eve"

    async def test_a_persons_edit_in_the_second_of_our_write_is_not_taken_for_ours(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await say(hub, name="Ada Lovelace", email="ada@love.example")
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()
        calls = Calls(pipedrive)
        await say(hub, name="Ada Lovelace", email="ada@love.example")

        assert told.outcomes == ["ours", "doubted"]
        assert calls.made()[0] == READ


class TestRegistration:
    async def test_a_webhook_that_pipedrive_deleted_is_made_anew_and_not_relied_on_at_first(
        self, told: Telling, hub: Hub, pipedrive: Sandbox
    ) -> None:
        company = pipedrive.world.default_company
        (webhook,) = company.webhooks.values()
        company.purge("webhook", webhook.id, Actor(user_id=0, source="app"))
        hub.advance(3600)
        await told.registrar.check_due()
        new = await told.is_alive()
        await hub.run_until_idle()
        await say(hub, "u-bob", email="bob@stone.example")

        assert len(list(company.webhooks.values())) == 1
        assert not new
        assert await told.is_alive()

    async def test_after_it_was_made_anew_edits_are_known(self, told: Telling) -> None:
        await told.registrar.switch_off(1)
        await told.registrar.switch_on(1)
        told.by_hand("change", 1, name="Ada King")
        await told.deliver()

        assert isinstance(await told.held(), Person)
        assert told.outcomes == ["applied"]
