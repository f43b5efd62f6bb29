"""Duplicates: found in the mirror for nothing, merged by Pipedrive when a person says so."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, Seen, new_sandbox, open_hub
from tests.journeys.test_budget import use
from tests.journeys.undoing import codes, delete_by_hand, preview, standing

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.journal import Act
from dealwright.core.record import RecordKind
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.pipeline.duplicates import find_duplicates, find_when_due, say_apart
from dealwright.pipeline.mergeplan import (
    DuplicatesChanged,
    Fate,
    MergePlan,
    merge_price,
    plan_merge,
    queue_merge,
)
from dealwright.sandbox.app import Sandbox
from dealwright.store.duplicates import Duplicates, list_duplicates
from dealwright.store.journal import entries_of_record
from dealwright.store.links import links, put_link
from dealwright.store.mirror import bury, records

PEOPLE = [
    {"name": "Ada Love", "emails": ["ada@x.example"], "add_time": "2026-01-01T10:00:00Z"},
    {
        "name": "Ada L.",
        "emails": ["ADA@x.example", "ada@home.example"],
        "phones": ["+37251234567"],
        "add_time": "2026-02-01T10:00:00Z",
    },
    {"name": "Bob Stone", "emails": ["bob@y.example"]},
]
MERGE = "/api/v1/persons/2/merge"


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account in which Ada is there twice."""
    sandbox = new_sandbox(clock)
    sandbox.put_state({"persons": PEOPLE, "deals": [{"title": "Ten seats", "person_id": 2}]})
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that has that account in its mirror."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        hub.advance(60)
        yield hub


def now_ms(hub: Hub) -> int:
    return to_ms(hub.clock.now())


async def found(hub: Hub) -> list[Duplicates]:
    """What a look through the mirror finds."""
    await find_duplicates(hub.store, 1, now_ms=now_ms(hub))
    return await hub.store.read(list_duplicates)


async def planned(hub: Hub, into: int | None = None) -> MergePlan:
    (group,) = await found(hub)
    return await hub.store.read(lambda db: plan_merge(db, group.id, into=into))


async def begin(hub: Hub, into: int | None = None) -> None:
    """Have Ada's records merged."""
    plan = await planned(hub, into)
    at_ms = now_ms(hub)
    await hub.store.write(lambda db: queue_merge(db, plan, made_by="ada@team", now_ms=at_ms))


async def merge(hub: Hub, into: int | None = None) -> list[Seen]:
    await begin(hub, into)
    await hub.run_until_idle()
    return [seen for seen in hub.deliveries() if seen.now.correction_id is not None]


async def meet(hub: Hub, user: str, **traits: Any) -> None:
    """An event about somebody, delivered."""
    hub.advance(2)
    await hub.send(identify(user, **traits))
    await hub.run_until_idle()


async def linked(hub: Hub, *users: str) -> dict[str, Any]:
    kind = RecordKind.PERSON
    return await hub.store.read(lambda db: links(db, 1, source_id=1, kind=kind, external_ids=users))


async def test_looking_for_duplicates_costs_no_token(hub: Hub, pipedrive: Sandbox) -> None:
    spent = pipedrive.total_cost

    (group,) = await found(hub)

    assert (group.kind, group.group.ids) == (RecordKind.PERSON, (1, 2))
    assert pipedrive.total_cost == spent > 0


async def test_a_group_keeps_its_number_while_its_members_stay(hub: Hub) -> None:
    (first,) = await found(hub)
    (again,) = await found(hub)

    assert again.id == first.id


async def test_a_worker_looks_once_a_week(hub: Hub) -> None:
    looked = [await find_when_due(hub.store, clock=hub.clock)]
    looked.append(await find_when_due(hub.store, clock=hub.clock))
    hub.advance(7 * 86_400)
    looked.append(await find_when_due(hub.store, clock=hub.clock))

    assert looked == [1, 0, 1]


async def test_an_account_that_is_not_mirrored_cannot_be_looked_through(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(tmp_path, clock=clock) as other:
        await other.connect(pipedrive)
        with pytest.raises(ConfigError, match="does not know this account"):
            await find_duplicates(other.store, 1, now_ms=0)


async def test_a_merge_is_told_before_it_is_done(hub: Hub) -> None:
    plan = await planned(hub, into=1)

    told = {one.field: (one.fate, one.before, one.after) for one in plan.going[0].fields}
    assert told["name"] == (Fate.LOST, "Ada Love", "Ada Love")
    assert told["phones"] == (Fate.TAKEN_OVER, "", "+37251234567")
    assert told["emails"] == (Fate.ADDED, "ada@x.example", "ada@x.example, ada@home.example")
    assert plan.tokens == merge_price(RecordKind.PERSON) == 42


async def test_the_one_stays_on_which_most_hangs(hub: Hub) -> None:
    plan = await planned(hub)

    assert (plan.into.record_id, plan.into.hanging) == (2, 1)


async def test_the_one_stays_that_links_name_before_that(hub: Hub) -> None:
    await hub.store.write(lambda db: _link(db, "u-ada", 1))

    plan = await planned(hub)

    assert (plan.into.record_id, plan.into.links) == (1, 1)


def _link(db: Any, external_id: str, record_id: int) -> None:
    put_link(
        db,
        1,
        source_id=1,
        kind=RecordKind.PERSON,
        external_id=external_id,
        record_id=record_id,
    )


async def test_a_merge_does_in_pipedrive_what_was_told(hub: Hub, pipedrive: Sandbox) -> None:
    before = pipedrive.total_cost

    ended = await merge(hub, into=1)

    assert codes(ended) == ["merged"]
    assert ended[0].now.record_id == 1
    ada = standing(pipedrive, RecordKind.PERSON, 1)
    assert ada["name"] == "Ada Love"
    assert [one["value"] for one in ada["emails"]] == ["ada@x.example", "ada@home.example"]
    assert standing(pipedrive, RecordKind.DEAL, 1)["person_id"] == 1
    assert pipedrive.total_cost - before == merge_price(RecordKind.PERSON)


async def test_links_move_to_the_record_that_stays(hub: Hub) -> None:
    await hub.store.write(lambda db: _link(db, "u-ada", 2))

    await merge(hub, into=1)

    assert await linked(hub, "u-ada") == {"u-ada": 1}


@pytest.mark.parametrize("address", ["ada@x.example", "ada@home.example"])
async def test_the_next_event_of_either_goes_to_the_one_that_is_left(
    hub: Hub, pipedrive: Sandbox, address: str
) -> None:
    await merge(hub, into=1)

    await meet(hub, "u-ada", email=address, name="Ada Lovelace")

    assert standing(pipedrive, RecordKind.PERSON, 1)["name"] == "Ada Lovelace"
    assert hub.deliveries()[-1].now.record_id == 1


async def test_the_journal_has_all_that_stood_in_the_record_that_went(hub: Hub) -> None:
    await merge(hub, into=1)

    (entry,) = await hub.store.read(
        lambda db: entries_of_record(db, 1, kind=RecordKind.PERSON, record_id=2)
    )
    assert (entry.act, entry.after, entry.is_sure) == (Act.MERGE, {"into": 1}, True)
    assert entry.before["name"] == "Ada L."
    assert entry.before["phones"][0]["value"] == "+37251234567"


async def test_a_merge_whose_answer_was_lost_is_sent_once(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="PUT", path=MERGE, after_commit=True, status=502, times=1)

    ended = await merge(hub, into=1)

    assert codes(ended) == ["merged"]
    assert [call.method for call in pipedrive.calls].count("PUT") == 1
    assert await hub.store.read(lambda db: records(db, 1, RecordKind.PERSON, [2])[2].deleted)


async def test_a_merge_that_did_not_arrive_is_sent_again(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="PUT", path=MERGE, status=503, times=1)

    ended = await merge(hub, into=1)

    assert codes(ended) == ["merged"]
    assert standing(pipedrive, RecordKind.DEAL, 1)["person_id"] == 1


async def test_who_is_gone_already_is_not_merged(hub: Hub, pipedrive: Sandbox) -> None:
    await begin(hub, into=1)
    delete_by_hand(pipedrive, "person", 2)
    await hub.run_until_idle()

    assert codes(hub.deliveries()) == ["nothing_to_merge"]


async def test_nothing_is_merged_into_who_is_gone(hub: Hub, pipedrive: Sandbox) -> None:
    await begin(hub, into=1)
    delete_by_hand(pipedrive, "person", 1)
    await hub.run_until_idle()

    assert codes(hub.deliveries()) == ["merge_refused"]
    assert not standing(pipedrive, RecordKind.PERSON, 2)["is_deleted"]


async def test_what_is_said_not_to_be_the_same_meanwhile_is_not_merged(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await begin(hub, into=1)
    (group,) = await hub.store.read(list_duplicates)
    await hub.store.write(lambda db: say_apart(db, group.id, said_by="sam", now_ms=1))
    await hub.run_until_idle()

    assert codes(hub.deliveries()) == ["merge_refused"]
    assert not standing(pipedrive, RecordKind.PERSON, 2)["is_deleted"]


async def test_what_is_not_the_same_is_never_found_again(hub: Hub) -> None:
    (group,) = await found(hub)

    told = await hub.store.write(lambda db: say_apart(db, group.id, said_by="sam", now_ms=1))

    assert (told, await found(hub)) == (1, [])


async def test_a_group_is_gone_once_it_is_merged(hub: Hub) -> None:
    plan = await planned(hub, into=1)
    await merge(hub, into=1)

    assert await hub.store.read(list_duplicates) == []
    with pytest.raises(NotFound):
        await hub.store.read(lambda db: plan_merge(db, plan.group.id))


async def test_a_group_of_which_one_is_gone_is_looked_at_anew(hub: Hub) -> None:
    (group,) = await found(hub)
    await hub.store.write(lambda db: _bury(db, 2))

    with pytest.raises(DuplicatesChanged):
        await hub.store.read(lambda db: plan_merge(db, group.id))


def _bury(db: Any, record_id: int) -> None:
    bury(db, 1, RecordKind.PERSON, record_id=record_id, at_ms=2**50)


async def test_only_records_of_the_group_are_merged(hub: Hub) -> None:
    (group,) = await found(hub)

    with pytest.raises(ConfigError, match="3 is none of duplicates"):
        await hub.store.read(lambda db: plan_merge(db, group.id, into=3))


async def test_a_merge_is_not_undone(hub: Hub) -> None:
    ended = await merge(hub, into=1)

    plan = await preview(hub, delivery=ended[0].now.id)

    assert plan.to_do == ()
    refused = [one.code for record in plan.records for one in record.reversal.refused]
    assert refused == ["merged_for_good"]


async def test_a_merge_waits_for_the_budget(hub: Hub, pipedrive: Sandbox) -> None:
    await use(hub, left_of_plan=20)
    await begin(hub, into=1)
    await hub.run_once()

    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.WAITING, "budget_spent")
    assert "PUT" not in [call.method for call in pipedrive.calls]


async def test_an_event_that_comes_with_the_merge_is_written_into_who_is_left(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await begin(hub, into=1)
    await hub.send(identify("u-ada", email="ada@home.example", name="Ada Lovelace"))
    await hub.run_until_idle()

    assert {seen.now.state for seen in hub.deliveries()} == {State.DELIVERED}
    assert standing(pipedrive, RecordKind.PERSON, 2)["is_deleted"]
    await meet(hub, "u-ada", email="ada@home.example", name="Countess")
    assert standing(pipedrive, RecordKind.PERSON, 1)["name"] == "Countess"


async def test_three_become_one(tmp_path: Path, clock: ManualClock) -> None:
    sandbox = new_sandbox(clock)
    again = {"name": "Ada", "emails": ["ada@x.example", "ada@work.example"]}
    sandbox.put_state({"persons": [*PEOPLE[:2], again]})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(sandbox, mirrored=USUAL_KINDS)
        await hub.run_until_idle()

        ended = await merge(hub, into=1)

        assert codes(ended) == ["merged", "merged"]
        addresses = [one["value"] for one in standing(sandbox, RecordKind.PERSON, 1)["emails"]]
        assert addresses == ["ada@x.example", "ada@home.example", "ada@work.example"]


async def test_organizations_are_merged_too(tmp_path: Path, clock: ManualClock) -> None:
    sandbox = new_sandbox(clock)
    sandbox.put_state({
        "organizations": [{"name": "Acme GmbH"}, {"name": "ACME, Inc."}],
        "persons": [{"name": "Ada", "org_id": 2}],
    })  # fmt: skip
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(sandbox, mirrored=USUAL_KINDS)
        await hub.run_until_idle()

        ended = await merge(hub, into=1)

        assert codes(ended) == ["merged"]
        assert standing(sandbox, RecordKind.PERSON, 1)["org_id"] == 1
