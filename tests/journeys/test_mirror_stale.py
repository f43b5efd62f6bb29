"""What the mirror knows and is not true any more."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.mirrored import (
    ADA,
    SAYS_NOTHING_NEW,
    UPDATE,
    Calls,
    by_hand,
    deliver,
    listening,
    people,
)

from dealwright.core.clock import to_ms
from dealwright.core.mapping import MatchDefaults
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import set_defaults
from dealwright.store.mirror import wipe
from dealwright.store.webhooks import alive


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


class TestWhatIsNotTrueAnyMore:
    async def test_what_somebody_changed_meanwhile_is_not_written_again(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "change", 1, name="Ada Lovelace")
        calls = Calls(pipedrive)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert UPDATE not in calls.made()

    async def test_who_has_another_address_now_is_another(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "change", 1, emails=[{"value": "countess@love.example"}])
        await deliver(hub, identify("u-2", name="Ada Junior", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Junior", "Ada Love"]

    async def test_who_was_deleted_is_made_anew(self, hub: Hub, pipedrive: Sandbox) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        hub.advance(600)
        by_hand(pipedrive, "delete", 1)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Lovelace"]

    async def test_who_was_deleted_a_moment_ago_is_made_anew(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        by_hand(pipedrive, "delete", 1)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Lovelace"]

    async def test_who_was_merged_away_is_found_in_who_is_left(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, SAYS_NOTHING_NEW)
        hub.advance(600)
        by_hand(pipedrive, "create", name="Ada King")
        by_hand(pipedrive, "merge", 1, merge_with_id=2)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Lovelace"]

    async def test_who_was_merged_away_a_moment_ago_is_found_in_who_is_left(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "create", name="Ada King")
        hub.advance(120)
        await deliver(hub, SAYS_NOTHING_NEW)
        await deliver(hub, identify("u-bob", name="Bob", email="bob@builder.example"))
        by_hand(pipedrive, "merge", 1, merge_with_id=2)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Lovelace", "Bob"]

    async def test_an_address_that_has_moved_to_another_is_found_there(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "create", name="Ada King")
        await deliver(hub, identify("u-bob", name="Bob", email="bob@builder.example"))
        hub.advance(30)
        by_hand(pipedrive, "change", 1, emails=[])
        by_hand(pipedrive, "change", 2, emails=[{"value": "ada@love.example"}])
        hub.advance(31)
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Love", "Ada Lovelace", "Bob"]

    async def test_webhooks_that_missed_a_change_are_believed_no_more(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await listening(hub)
        by_hand(pipedrive, "change", 1, name="Ada Lovelace")
        hub.advance(4000)
        await deliver(hub, identify("u-bob", name="Bob"))

        now_ms = to_ms(hub.clock.now())
        assert not await hub.store.read(lambda db: alive(db, 1, now_ms))

    async def test_webhooks_that_missed_nothing_go_on_being_believed(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await listening(hub)
        hub.advance(4000)
        await deliver(hub, SAYS_NOTHING_NEW)
        calls = Calls(pipedrive)
        hub.advance(3000)
        await deliver(hub, identify("u-ada", email="ada@love.example"))

        assert calls.made() == []

    async def test_what_became_of_a_lost_update_is_looked_at_by_everybody(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        two = [{"value": "eve@stone.example"}, {"value": "eve@rock.example"}]
        by_hand(pipedrive, "create", name="Eve", emails=two)
        hub.advance(120)
        await deliver(hub, identify("u-1", email="eve@stone.example", at="2026-11-02T08:00:00Z"))
        await deliver(hub, identify("u-2", email="eve@rock.example", at="2026-11-02T08:00:00Z"))
        pipedrive.lose_next_answer("PATCH", "/api/v2/persons/{id}")
        await deliver(
            hub,
            identify("u-1", name="Eva", at="2026-11-02T08:10:00Z"),
            identify("u-2", name="Eve", at="2026-11-02T08:20:00Z"),
        )

        assert people(pipedrive) == ["Ada Love", "Eve"]

    async def test_whom_somebody_else_has_made_too_is_told(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, identify("u-eve", name="Eve", email="eve@stone.example"))
        by_hand(pipedrive, "create", name="Eve", emails=[{"value": "eve@stone.example"}])
        hub.advance(120)
        with capture_logs() as told:
            await deliver(hub, identify("u-bob", name="Bob", email="bob@builder.example"))

        twins = [line for line in told if line["event"] == "mirror.twins"]
        assert [(line["made_by_us"], line["made_by_others"]) for line in twins] == [(2, 3)]

    async def test_in_another_country_numbers_are_read_anew(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        by_hand(pipedrive, "create", name="Eva", phones=[{"value": "030 123456"}])
        await hub.store.write(lambda db: set_defaults(db, 1, defaults=MatchDefaults(region="DE")))
        await deliver(hub, SAYS_NOTHING_NEW)
        hub.advance(120)
        await deliver(hub, identify("u-eva", name="Eva Brand", phone="+49 30 123456"))

        assert people(pipedrive) == ["Ada Love", "Eva Brand"]

    async def test_a_mirror_that_was_wiped_is_not_believed(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await hub.store.write(lambda db: wipe(db, 1))
        await deliver(hub, identify("u-ada", name="Ada Lovelace", email="ada@love.example"))

        assert people(pipedrive) == ["Ada Lovelace"]

    async def test_what_two_identities_of_one_person_say_at_once_is_all_kept(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await deliver(hub, identify("u-1", email="ada@love.example"))
        await deliver(
            hub,
            identify("u-1", phone="+4930111111"),
            identify("u-2", email="ada@love.example", phone="+4930222222"),
            identify("u-3", email="ADA@love.example", phone="+4930333333"),
        )

        ada = pipedrive.record("person", 1)
        assert ada is not None
        assert sorted(item["value"] for item in ada["phones"]) == [
            "+4930111111",
            "+4930222222",
            "+4930333333",
        ]
