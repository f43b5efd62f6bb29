"""Options that a field lacks are added, on wish: each once, and never by somebody who may not."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub, states

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

PLAN, TAGS = "a" * 40, "b" * 40
FIELDS = {
    "person": [
        {"name": "Plan", "type": "enum", "code": PLAN, "labels": ["Trial", "Team"]},
        {"name": "Tags", "type": "set", "code": TAGS, "labels": ["vip"]},
    ]
}
OPTIONS = f"/api/v2/personFields/{PLAN}/options"


@pytest.fixture
async def adding(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose one Mapping adds options that are missing."""

    def mappings(connection_id: int) -> list[NewMapping]:
        return [
            NewMapping(
                connection_id=connection_id,
                name="Persons",
                action="upsert_person",
                trigger='type = "identify"',
                fields={
                    "match_value": {"@path": "$.userId"},
                    "name": {"@path": "$.traits.name"},
                    "custom_fields": {"@path": "$.traits.crm"},
                    "unknown_labels": "create",
                },
            )
        ]

    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        yield hub


def labels(pipedrive: Sandbox, code: str) -> list[str]:
    company = pipedrive.world.default_company
    return [option.label for option in company.fields["person"].fields[code].options or ()]


def added(pipedrive: Sandbox) -> int:
    return sum(call.method == "POST" and "options" in call.path for call in pipedrive.calls)


async def test_an_option_is_added_and_chosen(adding: Hub, pipedrive: Sandbox) -> None:
    await adding.send(identify("u-1", name="Ada", crm={"Plan": "Gold", "Tags": "vip, new"}))
    await adding.run_until_idle()

    assert labels(pipedrive, PLAN) == ["Trial", "Team", "Gold"]
    assert labels(pipedrive, TAGS) == ["vip", "new"]
    (person,) = pipedrive.records("persons")
    assert len(person["custom_fields"][TAGS]) == 2


async def test_many_at_once_add_an_option_once(adding: Hub, pipedrive: Sandbox) -> None:
    for n in range(8):
        await adding.send(identify(f"u-{n}", name="Ada", crm={"Plan": "Gold" if n % 2 else "gold"}))
    await adding.run_until_idle()

    assert (added(pipedrive), len(labels(pipedrive, PLAN))) == (1, 3)
    assert set(states(adding)) == {State.DELIVERED}


async def test_a_lost_answer_adds_no_second_option(adding: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", OPTIONS)
    await adding.send(identify("u-1", name="Ada", crm={"Plan": "Gold"}))
    await adding.run_until_idle()

    assert labels(pipedrive, PLAN) == ["Trial", "Team", "Gold"]
    assert adding.delivery().now.state is State.DELIVERED


async def test_who_may_not_add_is_told_what_to_change(adding: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", path=OPTIONS, status=403, body={"success": False})
    await adding.send(identify("u-1", name="Ada", crm={"Plan": "Gold"}))
    await adding.send(identify("u-2", name="Ben", crm={"Plan": "Team"}))
    await adding.run_until_idle()

    first, second = (seen.now for seen in adding.deliveries())
    assert (first.state, first.code, "unknown_labels" in first.message) == (
        State.FAILED,
        "option_forbidden",
        True,
    )
    assert second.state is State.DELIVERED


async def test_a_bare_number_is_no_label(adding: Hub, pipedrive: Sandbox) -> None:
    await adding.send(identify("u-1", name="Ada", crm={"Plan": 4711}))
    await adding.run_until_idle()

    assert (adding.delivery().now.code, added(pipedrive)) == ("unknown_option", 0)
