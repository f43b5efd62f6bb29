"""Review: what waits for a person is decided, and what waited for the same goes on by itself."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub, states

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.pipeline.reviewdesk import AlreadyDecided, Decided, Decision, decide
from dealwright.pipeline.reviewitem import Do, ReviewItem, Topic
from dealwright.pipeline.reviewqueue import ReviewFilter, queue
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

SAM = Principal(kind=PrincipalKind.USER, id=1, name="Sam", role=Role.MEMBER)
ADA = "ada@lovelace.example"


def by_address(connection_id: int) -> list[NewMapping]:
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
                "email": {"@path": "$.traits.email"},
                "custom_fields": {"@path": "$.traits.crm"},
            },
        )
    ]


@pytest.fixture
async def asking(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that asks which of several persons is meant; two of them have Ada's address."""
    twins = [{"name": name, "emails": [{"value": ADA, "primary": True}]} for name in ("Ada", "A.")]
    pipedrive.put_state({"persons": twins})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(
            pipedrive, mappings=by_address, defaults=MatchDefaults(ambiguous=AmbiguousRule.HOLD)
        )
        yield hub


async def items(hub: Hub, **where: Any) -> list[ReviewItem]:
    page = await hub.store.read(lambda db: queue(db, ReviewFilter(**where), limit=50))
    return list(page.items)


async def decided(hub: Hub, item_id: str, decision: Decision, *, version: str = "") -> Decided:
    def change(db: sa.Connection) -> Decided:
        now_ms = to_ms(hub.clock.now())
        return decide(db, item_id, decision, by=SAM, now_ms=now_ms, version=version)

    done = await hub.store.write(change)
    await hub.run_until_idle()
    return done


def names(pipedrive: Sandbox) -> dict[int, str]:
    return {person["id"]: person["name"] for person in pipedrive.records("persons")}


async def test_an_ambiguous_match_is_asked_with_what_is_known(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await asking.send(identify("u-1", email=ADA, name="Ada Lovelace"))
    await asking.run_until_idle()

    (item,) = await items(asking)
    assert item.topic is Topic.RECORD
    assert item.asked == f"Which of 2 is the person with {ADA}?"
    offered = [one.record_id for one in item.choices if one.do is Do.CHOOSE]
    assert offered == sorted(names(pipedrive))


async def test_who_is_chosen_is_written_and_so_are_the_others_that_waited(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await asking.send(identify("u-1", email=ADA, name="Ada Lovelace"))
    await asking.run_until_idle()
    await asking.send(identify("u-2", email=ADA, name="Ada L."))
    await asking.run_until_idle()
    first, second = sorted(names(pipedrive))
    done = await decided(asking, "delivery-1", Decision(do=Do.CHOOSE, record_id=second))

    assert done.along == 1
    assert states(asking) == [State.DELIVERED, State.DELIVERED]
    assert names(pipedrive) == {first: "Ada", second: "Ada L."}
    assert await items(asking) == []


async def test_an_address_that_was_taught_is_asked_about_no_more(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await asking.send(identify("u-1", email=ADA, name="Ada Lovelace"))
    await asking.run_until_idle()
    first, second = sorted(names(pipedrive))
    done = await decided(asking, "delivery-1", Decision(do=Do.TEACH, record_id=second))
    await asking.send(identify("u-9", email=ADA, name="Countess"))
    await asking.run_until_idle()

    assert states(asking) == [State.DELIVERED, State.DELIVERED]
    assert names(pipedrive) == {first: "Ada", second: "Countess"}
    trace = (asking.deliveries()[1].now.trace or b"").decode()
    assert f"is {second}, as Sam taught (teaching {done.teachings[0]})" in trace


async def test_the_second_of_two_who_decide_is_told_who_was_first(asking: Hub) -> None:
    await asking.send(identify("u-1", email=ADA, name="Ada Lovelace"))
    await asking.run_until_idle()
    await decided(asking, "delivery-1", Decision(do=Do.SKIP, reason="a test"))

    with pytest.raises(AlreadyDecided, match="Sam has decided delivery-1 by then"):
        await decided(asking, "delivery-1", Decision(do=Do.RETRY))
