"""Replays: a range of the log once more, with another version of a Mapping, and nothing twice."""

from collections import Counter

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import Hub, new_sandbox, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.pipeline import router
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import list_mappings, new_version
from dealwright.store.replays import (
    NewReplay,
    Replay,
    ReplayState,
    create_replay,
    replay,
    set_replay_state,
)
from dealwright.store.tables import deliveries


async def version_of(hub: Hub, action: str, **fields: object) -> tuple[int, int]:
    """A Mapping by its action, in a new version with other fields; its id and version."""

    def change(db: sa.Connection) -> tuple[int, int]:
        (found,) = [one for one in list_mappings(db, 1) if one.action == action]
        made = new_version(
            db, found.id, trigger=found.trigger, fields={**found.fields, **fields}, now_ms=0
        )
        return made.id, made.version

    return await hub.store.write(change)


async def begin(hub: Hub, mapping: tuple[int, int], *, start: int = 1, end: int = 10_000) -> Replay:
    """Make a Replay of the log by a version of a Mapping."""
    new = NewReplay(
        connection_id=1,
        mapping_id=mapping[0],
        mapping_version=mapping[1],
        from_seq=start,
        to_seq=end,
    )
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(lambda db: create_replay(db, new, now_ms=now_ms))


async def now(hub: Hub, begun: Replay) -> Replay:
    return await hub.store.read(lambda db: replay(db, begun.id))


async def test_a_replay_updates_the_records_that_the_events_became(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}", title="Dr") for n in range(5)))
    await hub.run_until_idle()
    mapping = await version_of(hub, "upsert_person", name={"@template": "{{traits.title}} X"})
    begun = await begin(hub, mapping)
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Dr X"] * 5
    assert (await now(hub, begun)).state is ReplayState.DONE
    assert (await now(hub, begun)).made == 5


async def test_what_has_no_identity_is_not_made_twice_by_a_replay(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada"), activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()
    mapping = await version_of(hub, "upsert_activity", subject="Seen again")
    await begin(hub, mapping)
    await hub.run_until_idle()

    assert [one["subject"] for one in pipedrive.records("activities")] == ["Seen again"]


async def test_an_old_value_that_is_replayed_writes_nothing_over_a_newer_one(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Old", timestamp="2026-10-01T00:00:00Z"))
    await hub.run_until_idle()
    await hub.send(identify("u-ada", name="New", timestamp="2026-10-02T00:00:00Z"))
    await hub.run_until_idle()
    mapping = await version_of(hub, "upsert_person")
    await begin(hub, mapping, end=1)
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["New"]


async def test_a_delivery_that_failed_is_taken_up_by_a_replay_with_a_better_version(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", status=400, times=1)
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_until_idle()
    failed = [seen.now.state for seen in hub.deliveries()]
    await begin(hub, await version_of(hub, "upsert_person"))
    await hub.run_until_idle()

    assert failed == [State.FAILED]
    assert [seen.now.state for seen in hub.deliveries()] == [State.DELIVERED]
    assert len(pipedrive.records("persons")) == 1


async def test_a_create_whose_outcome_is_unknown_is_settled_before_it_is_replayed(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_once()
    await begin(hub, await version_of(hub, "upsert_person"))
    await hub.run_until_idle()

    assert len(pipedrive.records("persons")) == 1
    assert [seen.now.state for seen in hub.deliveries()] == [State.DELIVERED]


async def test_a_message_that_was_sent_twice_is_replayed_once(hub: Hub, pipedrive: Sandbox) -> None:
    said = identify("u-ada", name="Ada") | {"messageId": "m-1"}
    await hub.send(said)
    await hub.send(said)
    await hub.run_until_idle()
    begun = await begin(hub, await version_of(hub, "upsert_person"))
    await hub.run_until_idle()

    assert (await now(hub, begun)).made == 1
    assert len(pipedrive.records("persons")) == 1


async def test_a_replay_that_was_broken_off_goes_on_where_it_was(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "MOST_OPEN", 1)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(30)))
    await hub.run_until_idle()
    hub.pace = type(hub.pace)(batch=10)
    hub.restart()
    begun = await begin(hub, await version_of(hub, "upsert_person"))
    await hub.run_once()
    before = await now(hub, begun)
    hub.restart()
    await hub.run_until_idle()

    assert before.position == 10
    assert (await now(hub, begun)).state is ReplayState.DONE
    assert Counter(seen.now.event_seq for seen in hub.deliveries()) == dict.fromkeys(
        range(1, 31), 2
    )


async def test_a_paused_replay_waits_and_a_resumed_one_goes_on(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_until_idle()
    begun = await begin(hub, await version_of(hub, "upsert_person"))
    await turned(hub, begun, ReplayState.PAUSED)
    await hub.run_until_idle()
    paused = len(hub.deliveries())
    await turned(hub, begun, ReplayState.RUNNING)
    await hub.run_until_idle()

    assert paused == 1
    assert len(hub.deliveries()) == 2


async def test_a_cancelled_replay_drops_what_nobody_has_begun(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(3)))
    await hub.run_until_idle()
    begun = await begin(hub, await version_of(hub, "upsert_person", name="Other"))
    pipedrive.add_fault(status=503)
    await hub.run_once()
    pipedrive.faults.clear()
    await turned(hub, begun, ReplayState.CANCELLED)
    await hub.run_until_idle()

    states = [seen.now.state for seen in hub.deliveries()]
    assert states == [State.DELIVERED] * 3 + [State.DROPPED] * 3


async def test_the_deliveries_of_a_replay_have_the_least_priority(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_until_idle()
    await begin(hub, await version_of(hub, "upsert_person"))
    await hub.run_until_idle()
    found = await hub.store.read(
        lambda db: db.scalars(sa.select(deliveries.c.priority).order_by(deliveries.c.id)).all()
    )

    assert found == [Priority.NORMAL, Priority.BACKFILL]


async def test_a_replay_on_either_store_reads_exactly_its_range(
    database: str, clock: ManualClock
) -> None:
    pipedrive = new_sandbox(clock)
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive)
        await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(6)))
        await hub.run_until_idle()
        await begin(hub, await version_of(hub, "upsert_person", name="Chosen"), start=2, end=4)
        await hub.run_until_idle()

    names = Counter(person["name"] for person in pipedrive.records("persons"))
    assert names == {"Nobody 0": 1, "Nobody 4": 1, "Nobody 5": 1, "Chosen": 3}


async def turned(hub: Hub, begun: Replay, state: ReplayState) -> None:
    """Do what `dealwright replay pause|resume|cancel` does."""
    await hub.store.write(lambda db: set_replay_state(db, begun.id, state=state, now_ms=1))
