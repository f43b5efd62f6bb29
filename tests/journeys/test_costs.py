"""What was asked of Pipedrive is accounted for, by day and purpose, and with each try."""

from pathlib import Path

import msgspec
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub

from dealwright.core.delivery import Call
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.attempts import attempts
from dealwright.store.ledger import Spent, spent

ADA = identify("u-ada", name="Ada Love", email="ada@love.example")


async def test_the_ledger_holds_what_pipedrive_charged(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(ADA)
    await hub.run_until_idle()

    day = hub.clock.now().date().isoformat()
    assert await hub.store.read(lambda db: spent(db, 1, day=day)) == [
        Spent("events", pipedrive.total_cost, len(pipedrive.calls))
    ]


async def test_with_the_mirror_reads_and_polls_have_a_purpose_of_their_own(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=[RecordKind.PERSON])
        await hub.run_until_idle()
        hub.advance(120)
        await hub.send(ADA)
        await hub.run_until_idle()

        day = hub.clock.now().date().isoformat()
        found = await hub.store.read(lambda db: spent(db, 1, day=day))
        assert {(one.purpose, one.tokens) for one in found} == {
            ("crawl", 10),
            ("mirror", 10),
            ("events", 5),
        }


async def test_a_delivery_knows_what_it_cost(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(ADA)
    await hub.run_until_idle()

    assert hub.delivery().now.tokens == pipedrive.total_cost


async def test_an_attempt_names_its_calls_without_what_was_searched_for(hub: Hub) -> None:
    await hub.send(ADA)
    await hub.run_until_idle()

    (attempt,) = await hub.store.read(lambda db: attempts(db, 1))
    calls = msgspec.json.decode(attempt.calls, type=list[Call])
    assert [(call.method, call.path) for call in calls] == [
        ("GET", "/api/v2/persons/search"),
        ("GET", "/api/v2/persons"),
        ("POST", "/api/v2/persons"),
    ]


async def test_each_try_is_an_attempt(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=503, times=2)
    await hub.send(ADA)
    await hub.run_until_idle()

    tries = await hub.store.read(lambda db: attempts(db, 1))
    assert [one.code for one in tries] == ["unavailable", "unavailable", "created"]
