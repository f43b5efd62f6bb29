"""Drift: what was renamed or deleted in Pipedrive holds what depends on it, with a mend."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub
from tests.journeys.drifting import (
    FIELDS,
    PLAN,
    accept,
    drifts,
    edits,
    ignore,
    noticed,
    persons,
)

from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.sandbox.app import Sandbox
from dealwright.store.drift import DriftState
from dealwright.store.mappings import mapping

FIELD = f"/api/v2/personFields/{PLAN}"


@pytest.fixture
async def drifting(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that has written the option Gold of the field Plan once; an hour goes by."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=persons)
        await hub.send(identify("u-1", name="Ada"))
        await hub.run_until_idle()
        await noticed(hub)
        hub.advance(4_000)
        yield hub


def option(pipedrive: Sandbox, label: str) -> int:
    company = pipedrive.world.default_company
    there = company.fields["person"].fields[PLAN].options or ()
    return next(one.id for one in there if one.label == label)


async def sent(hub: Hub, user_id: str = "u-2") -> None:
    await hub.send(identify(user_id, name="Grace"))
    await hub.run_until_idle()


async def test_what_fails_for_a_renamed_field_is_held_with_the_mend(
    drifting: Hub, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    await sent(drifting)

    held = drifting.deliveries()[-1].now
    assert (held.state, held.code) == (State.HELD, "drift")
    assert held.message == (
        "The field “Plan” of persons is now called “Tier”. Proposed: “Tier” in the place of "
        "“Plan”. Accept it with `dealwright drift accept 1`."
    )


async def test_what_is_accepted_is_the_next_version_and_delivers(
    drifting: Hub, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    await sent(drifting)
    accepted = await accept(drifting, 1)
    await drifting.run_until_idle()

    assert (accepted.state, accepted.ended_by) == (DriftState.ACCEPTED, "Sam")
    found = await drifting.store.read(lambda db: mapping(db, 1))
    assert (found.version, found.fields["custom_fields"]) == (2, {"Tier": "Gold"})
    done = drifting.deliveries()[-1].now
    assert (done.state, done.mapping_version) == (State.DELIVERED, 2)


async def test_a_mend_is_accepted_once(drifting: Hub, pipedrive: Sandbox) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    await sent(drifting)
    await accept(drifting, 1)

    with pytest.raises(ConfigError) as refused:
        await accept(drifting, 1)
    assert refused.value.code == "drift_ended"


async def test_what_is_renamed_back_in_pipedrive_goes_on_by_itself(
    drifting: Hub, pipedrive: Sandbox, clock: ManualClock
) -> None:
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Tier"})
    await sent(drifting)
    edits(pipedrive, "PATCH", FIELD, {"field_name": "Plan"})
    clock.advance(4_000)
    await sent(drifting, "u-3")
    await noticed(drifting)
    await drifting.run_until_idle()

    assert [one.state for one in await drifts(drifting)] == [DriftState.RECOVERED]
    assert [one.now.state for one in drifting.deliveries()] == [State.DELIVERED] * 3


async def test_in_the_place_of_a_deleted_option_the_nearest_is_proposed(
    drifting: Hub, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "POST", f"{FIELD}/options", [{"label": "Gold+"}])
    edits(pipedrive, "DELETE", f"{FIELD}/options", [{"id": option(pipedrive, "Gold")}])
    await sent(drifting)

    (found,) = await drifts(drifting)
    assert (found.sentence, found.mend) == (
        "The option “Gold” of the field “Plan” is gone.",
        "Gold+",
    )
    assert drifting.deliveries()[-1].now.code == "drift"


async def test_a_deleted_field_with_nothing_near_asks_for_a_name(
    drifting: Hub, pipedrive: Sandbox
) -> None:
    edits(pipedrive, "DELETE", FIELD)
    await sent(drifting)

    held = drifting.deliveries()[-1].now
    assert held.message == (
        "The field “Plan” of persons is gone. Nothing like “Plan” is there; choose another with "
        "`dealwright drift accept 1 --with NAME`."
    )
    with pytest.raises(ConfigError) as refused:
        await accept(drifting, 1)
    assert refused.value.code == "no_mend"


async def test_what_is_ignored_fails_as_it_would_have(drifting: Hub, pipedrive: Sandbox) -> None:
    edits(pipedrive, "DELETE", FIELD)
    await sent(drifting)
    await ignore(drifting, 1)
    await drifting.run_until_idle()

    failed = drifting.deliveries()[-1].now
    assert (failed.state, failed.code) == (State.FAILED, "unknown_field")
