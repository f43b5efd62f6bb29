"""One identity is one record, whatever gets lost on the way."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import Said, activity, group, identify
from tests.hub import Hub, new_sandbox, open_hub, states
from tests.journeys.mirrored import by_hand

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.store.delivery_list import DeliveryFilter, retry_deliveries
from dealwright.store.mappings import NewMapping


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account whose search index is 3 seconds behind."""
    return new_sandbox(clock, lag_s=3)


@pytest.fixture(params=[(), USUAL_KINDS], ids=["searching", "mirror"])
async def hub(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> AsyncGenerator[Hub]:
    """A hub that searches, and one that knows who is there."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=request.param)
        await hub.run_until_idle()
        yield hub


def emails(pipedrive: Sandbox) -> list[str]:
    return [item["value"] for person in pipedrive.records("persons") for item in person["emails"]]


async def test_a_lost_answer_makes_one_person(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert emails(pipedrive) == ["ada@love.example"]
    assert hub.delivery().states == ["sending", "waiting", "sending", "delivered"]


async def test_a_lost_answer_is_looked_for_before_it_is_repeated(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert [call.method for call in pipedrive.calls].count("POST") == 1


async def test_a_create_that_did_not_arrive_is_repeated(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", reset=True, times=1)
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert emails(pipedrive) == ["ada@love.example"]


async def test_a_lost_answer_makes_one_activity(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/activities")
    await hub.send(activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()

    assert [found["subject"] for found in pipedrive.records("activities")] == ["Demo"]


async def test_a_lost_answer_is_not_taken_for_an_equal_activity_made_before(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()
    pipedrive.add_fault(method="POST", path="/api/v2/activities", reset=True, times=1)
    await hub.send(activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()

    assert [found["subject"] for found in pipedrive.records("activities")] == ["Demo", "Demo"]


async def test_a_lost_answer_makes_one_organization(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/organizations")
    await hub.send(group("g-love", name="Love Ltd"))
    await hub.run_until_idle()

    assert [found["name"] for found in pipedrive.records("organizations")] == ["Love Ltd"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [
                identify("u-ada", name="Ada", email="ada@love.example"),
                identify("u-ada", name="Ada Love", email="ada@love.example", phone="+4930123456"),
            ],
            id="the same userId",
        ),
        pytest.param(
            [
                identify("u-1", name="Ada", email="ada@love.example"),
                identify("u-2", name="Ada", email="ADA@love.example"),
            ],
            id="two userIds with one address",
        ),
    ],
)
async def test_two_events_for_one_new_person_at_once_make_one_person(
    hub: Hub, pipedrive: Sandbox, events: list[Said]
) -> None:
    await hub.send(*events)
    await hub.run_until_idle()

    assert emails(pipedrive) == ["ada@love.example"]


async def test_the_same_user_id_never_makes_a_second_person_although_search_lags(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.run_until_idle()
    await hub.send(identify("u-ada", name="Ada Lovelace"))
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada Lovelace"]


async def test_who_was_made_a_moment_ago_is_known_although_search_lags(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-1", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()
    await hub.send(identify("u-2", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert emails(pipedrive) == ["ada@love.example"]


async def test_who_was_made_before_a_restart_is_known_although_search_lags(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-1", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()
    hub.restart()
    await hub.send(identify("u-2", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert emails(pipedrive) == ["ada@love.example"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        pytest.param("persons", identify("u-ada", name="Ada", email="a@l.example"), id="person"),
        pytest.param("persons", identify("u-ada", name="Ada"), id="person without address"),
        pytest.param("activities", activity("u-ada", "Demo", subject="Demo"), id="activity"),
        pytest.param("organizations", group("g-love", name="Love Ltd"), id="organization"),
    ],
)
async def test_a_crash_right_after_pipedrive_made_it_makes_no_second_one(
    hub: Hub, pipedrive: Sandbox, kind: str, said: Said
) -> None:
    await hub.send(said)
    await broken_off_at_the_first_change(hub, pipedrive)
    hub.restart()
    await hub.run_until_idle()

    assert len(pipedrive.records(kind)) == 1
    assert states(hub) == [State.DELIVERED]


async def test_after_a_crash_what_was_sending_is_looked_for_before_it_is_made_again(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada", email="a@l.example"))
    await broken_off_at_the_first_change(hub, pipedrive)
    hub.restart()
    await hub.run_until_idle()

    assert [call.method for call in pipedrive.calls].count("POST") == 1


async def test_who_was_found_again_and_changed_is_not_made_again_after_a_crash(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/organizations")
    await hub.send(group("g-love", name="Love Ltd"))
    await hub.run_once()
    await hub.send(group("g-love", name="Love and Sons"))
    hub.advance(60)
    await broken_off_at_the_first_change(hub, pipedrive, "PATCH")
    hub.restart()
    await hub.run_until_idle()

    names = [found["name"] for found in pipedrive.records("organizations")]
    assert names == ["Love and Sons"]


async def test_a_deleted_person_is_not_written_to_but_made_anew(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.run_until_idle()
    pipedrive.put_state({"persons": [{"id": 1, "name": "Ada Love", "is_deleted": True}]})
    await hub.send(identify("u-ada", name="Ada Lovelace"))
    await hub.run_until_idle()

    there = [person["name"] for person in pipedrive.records("persons") if not person["is_deleted"]]
    assert there == ["Ada Lovelace"]


async def test_who_stands_behind_many_deleted_ones_is_found(hub: Hub, pipedrive: Sandbox) -> None:
    gone = {"name": "Ada", "emails": ["ada@love.example"], "is_deleted": True}
    pipedrive.put_state({"persons": [gone] * 40 + [{**gone, "is_deleted": False}]})
    hub.advance(61)
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    there = [found["name"] for found in pipedrive.records("persons") if not found["is_deleted"]]
    assert there == ["Ada Love"]


async def test_what_a_restarted_hub_does_not_know_is_asked_for_once(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="GET", delay_ms=50)
    await hub.send(*(identify(f"u-{n}", name="N", email=f"n{n}@x.example") for n in range(8)))
    await hub.run_until_idle()

    lists = [call for call in pipedrive.calls if call.path == "/api/v2/persons"]
    assert [call.method for call in lists].count("GET") == 1


async def broken_off_at_the_first_change(
    hub: Hub, pipedrive: Sandbox, method: str = "POST"
) -> None:
    """Let the drain work until Pipedrive has changed something, and then be no more."""
    changed = asyncio.Event()

    def note(*_: Any) -> None:
        changed.set()

    pipedrive.world.on_change(note)
    # The answer must not arrive before the crash.
    pipedrive.add_fault(method=method, after_commit=True, hang_ms=60_000, times=1)
    run = asyncio.create_task(hub.run_once())
    await changed.wait()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


async def test_what_two_identities_of_one_person_say_at_once_is_all_kept(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-1", name="Ada", email="ada@love.example"))
    await hub.run_until_idle()
    pipedrive.add_fault(method="GET", delay_ms=50)
    await hub.send(
        identify("u-1", phone="+4930111111"),
        identify("u-2", email="ada@love.example", phone="+4930222222"),
        identify("u-3", email="ADA@love.example", phone="+4930333333"),
    )
    await hub.run_until_idle()

    (ada,) = pipedrive.records("persons")
    assert sorted(item["value"] for item in ada["phones"]) == [
        "+4930111111",
        "+4930222222",
        "+4930333333",
    ]


async def test_a_create_that_two_records_may_come_from_is_held(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_once()
    by_hand(pipedrive, "create", name="Ada Love", emails=[{"value": "ada@love.example"}])
    await hub.run_until_idle()

    assert hub.delivery().now.code == "unclear_create"


async def test_a_held_create_goes_on_when_one_of_the_records_is_gone(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_once()
    by_hand(pipedrive, "create", name="Ada Love", emails=[{"value": "ada@love.example"}])
    await hub.run_until_idle()
    by_hand(pipedrive, "delete", 2)
    await retry_all(hub)
    await hub.run_until_idle()

    assert hub.delivery().now.record_id == 1


async def test_of_two_equal_creates_whose_answers_were_lost_none_takes_the_record_of_the_other(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/activities")
    pipedrive.add_fault(method="POST", path="/api/v2/activities", reset=True, times=1)
    await hub.send(
        activity("u-ada", "Demo", subject="Demo"), activity("u-bob", "Demo", subject="Demo")
    )
    await hub.run_until_idle()

    assert len({seen.now.record_id for seen in hub.deliveries()}) == 2


async def test_two_mappings_that_match_one_new_person_by_different_keys_make_one_person(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS, mappings=by_two_keys)
        await hub.run_until_idle()
        pipedrive.add_fault(method="POST", path="/api/v2/persons", delay_ms=200, times=1)
        await hub.send(identify("u-ada", name="Ada", email="a@l.example", phone="+4930123456"))
        await hub.run_until_idle()

        assert len(pipedrive.records("persons")) == 1


def by_two_keys(connection_id: int) -> list[NewMapping]:
    return [
        NewMapping(
            connection_id=connection_id,
            name=key,
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": key,
                "match_value": {"@path": f"$.traits.{key}"},
                "name": {"@path": "$.traits.name"},
                "email": {"@path": "$.traits.email"},
                "phone": {"@path": "$.traits.phone"},
            },
        )
        for key in ("email", "phone")
    ]


async def retry_all(hub: Hub) -> None:
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: retry_deliveries(db, DeliveryFilter(), now_ms=now_ms))
