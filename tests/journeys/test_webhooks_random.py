"""Whatever people do, and however the messages come: what the mirror is sure of is so."""

from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.clock import ManualClock
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.telling import Telling, telling

from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.pipeline.mirrored import record_of
from dealwright.sandbox.app import Sandbox
from dealwright.store.mirror import by_keys, records

STEPS = 60
TIER = "7" * 40
NAMES = ("Ada", "Bob", "Cyd", "Dan", "Eve")
#: Longer than Pipedrive tries, and than any message is held back.
ALL_OF_IT_S = 300


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with five persons, an organization and a field."""
    sandbox = new_sandbox(clock)
    sandbox.put_state(
        {
            "fields": {
                "person": [{"name": "Tier", "type": "set", "code": TIER, "labels": ["a", "b", "c"]}]
            },
            "organizations": [{"name": "Love Ltd"}],
            "persons": [{"name": name, "emails": [f"{name}@x.example"]} for name in NAMES],
        }
    )
    return sandbox


@pytest.fixture
async def told(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Telling]:
    """A hub that has crawled it, and is told what happens there."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        async with telling(hub, pipedrive) as told:
            await told.registered()
            yield told


class People:
    """Somebody who does things to persons at random."""

    def __init__(self, told: Telling, seed: int) -> None:
        self._told = told
        tier = told.sandbox.world.default_company.fields["person"].custom[TIER]
        self._options = [option.id for option in tier.options or ()]
        self._random = Random(seed)  # noqa: S311 - it only plays

    async def live(self) -> None:
        """Do this and that, let time pass, and let messages be late, double, or not taken."""
        for step in range(STEPS):
            self._mishap()
            self._deed(step)
            self._told.status = 503 if self._random.random() < 0.05 else None
            await self._told.wait(self._random.choice((0, 0, 0.4, 1, 2, 5, 40)))
        self._told.status = None
        await self._told.wait(ALL_OF_IT_S)

    def _mishap(self) -> None:
        kind = self._random.choice(("double", "reorder", "", "", ""))
        if kind:
            self._told.spoil(kind, hold_s=self._random.choice((1, 10, 60)))

    def _deed(self, step: int) -> None:
        there = [
            one["id"] for one in self._told.sandbox.records("persons") if not one["is_deleted"]
        ]
        dice = self._random.random()
        if dice < 0.2 or len(there) < 3:
            self._told.by_hand(
                "create", name=f"New {step}", emails=[{"value": f"{step}@n.example"}]
            )
        elif dice < 0.3:
            self._told.by_hand("delete", self._random.choice(there))
        elif dice < 0.4:
            lost, kept = self._random.sample(there, 2)
            self._told.by_hand("merge", lost, merge_with_id=kept)
        else:
            self._told.by_hand("change", self._random.choice(there), **self._edit(step))

    def _edit(self, step: int) -> dict[str, Any]:
        return self._random.choice(
            (
                {"name": f"Name {step}"},
                {"emails": [{"value": f"{step}@e.example"}]},
                {"phones": [{"value": f"+3725550{step:03}"}], "org_id": 1},
                {"custom_fields": {TIER: self._random.choice((self._options, None))}},
            )
        )


async def differences(hub: Hub, sandbox: Sandbox) -> list[str]:
    """Where the mirror is sure of something that is not so, or has never heard of somebody."""
    reads = Records(await hub.client())
    ids = [one["id"] for one in sandbox.records("persons")]
    rows = await hub.store.read(lambda db: records(db, 1, RecordKind.PERSON, ids))
    wrong: list[str] = []
    for record_id in ids:
        row, now = rows.get(record_id), await reads.get(RecordKind.PERSON, record_id)
        gone = now is None or now.is_deleted
        if row is None:
            wrong += [] if gone else [f"{record_id} was never heard of"]
        elif row.exact and row.deleted != gone:
            wrong.append(f"{record_id}: deleted {row.deleted}, and is {gone}")
        elif row.exact and not gone and filled(record_of(row)) != filled(now):
            wrong.append(f"{record_id}: {record_of(row)} is {now}")
    return wrong


@pytest.mark.parametrize("seed", range(8))
async def test_what_the_mirror_is_sure_of_is_so(
    told: Telling, pipedrive: Sandbox, seed: int
) -> None:
    await People(told, seed).live()

    assert await told.hub.pumped(differences(told.hub, pipedrive)) == []


@pytest.mark.parametrize("seed", range(3))
async def test_everybody_who_is_there_is_found_by_their_address(
    told: Telling, pipedrive: Sandbox, seed: int
) -> None:
    await People(told, seed).live()

    assert await unfindable(told.hub, pipedrive) == []


async def unfindable(hub: Hub, sandbox: Sandbox) -> list[str]:
    """Addresses of people who are there, by which the mirror does not find them."""
    there = [one for one in sandbox.records("persons") if not one["is_deleted"]]
    wanted = {f"email={e['value'].casefold()}": one["id"] for one in there for e in one["emails"]}
    found = await hub.store.read(lambda db: by_keys(db, 1, RecordKind.PERSON, list(wanted)))
    return [key for key, record_id in wanted.items() if record_id not in found.get(key, [])]


def filled(record: Any) -> dict[str, Any]:
    """A record without custom fields that are empty."""
    values = msgspec.to_builtins(record)
    custom = {key: value for key, value in values["custom_fields"].items() if value is not None}
    return values | {"custom_fields": custom}
