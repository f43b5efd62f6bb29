"""Everything goes wrong at once, by a seed; afterwards everybody is there exactly once."""

import asyncio
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from tests.clock import ManualClock
from tests.events import Said, activity, group, identify
from tests.hub import Hub, new_sandbox, open_hub, scaled

from dealwright.core.delivery import State
from dealwright.pipeline.pace import Pace
from dealwright.sandbox.app import Sandbox

USERS, EVENTS, CRASHES = 12, 120, 12


def story(random: Random) -> list[Said]:
    """What a few users do; every identify and every activity is told from the others."""
    said: list[Said] = []
    for number in range(EVENTS):
        user = random.randrange(USERS)
        said.append(
            random.choice(
                [
                    identify(f"u-{user}", name=f"Name {number}", email=f"u{user}@x.example"),
                    activity(f"u-{user}", "Demo", subject=f"Activity {number}"),
                    group(f"g-{user}", user_id=f"u-{user}", name=f"Group {number}"),
                ]
            )
        )
    return said


def bad_days(pipedrive: Sandbox, seed: int) -> None:
    """5 % of all calls fail, 5 % of the answers are lost after the work was done."""
    pipedrive.add_fault(status=500, probability=0.08, seed=seed)
    pipedrive.add_fault(reset=True, probability=0.08, seed=seed + 1)
    pipedrive.add_fault(reset=True, after_commit=True, probability=0.08, seed=seed + 2)
    pipedrive.add_fault(status=429, probability=0.03, seed=seed + 3)


async def crash_somewhere(hub: Hub, random: Random) -> None:
    """Let the drain work for a number of turns of the loop, and be no more."""
    run = asyncio.create_task(hub.run_once())
    await asyncio.wait({run}, timeout=random.random() * 0.1)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    hub.restart()


def newest(said: list[Said], kind: str, key: str) -> dict[str, str]:
    """The last name that was said of each."""
    return {one[key]: one["traits"]["name"] for one in said if one["type"] == kind}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_a_bad_day_everybody_is_there_exactly_once(
    database: str, clock: ManualClock, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - repeatable bad days, no secrets
    said = story(random)
    pipedrive = new_sandbox(clock, lag_s=3)
    bad_days(pipedrive, seed)
    patient = scaled(Pace(), retries=(timedelta(seconds=5),) * 100)
    async with open_hub(database, clock=clock, pace=patient) as hub:
        await hub.connect(pipedrive)
        for start in range(0, EVENTS, EVENTS // CRASHES):
            await hub.send(*said[start : start + EVENTS // CRASHES])
            await crash_somewhere(hub, random)
            hub.advance(random.random() * 20)
        await hub.run_until_idle()
        ends = Counter(seen.now.state for seen in hub.deliveries())

    assert sorted(found["name"] for found in pipedrive.records("persons")) == sorted(
        newest(said, "identify", "userId").values()
    )
    assert sorted(found["name"] for found in pipedrive.records("organizations")) == sorted(
        newest(said, "group", "groupId").values()
    )
    assert sorted(found["subject"] for found in pipedrive.records("activities")) == sorted(
        one["properties"]["subject"] for one in said if one["type"] == "track"
    )
    assert ends[State.DELIVERED] + ends[State.UNCHANGED] == EVENTS
