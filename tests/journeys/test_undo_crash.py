"""Answers that are lost and drains that die in the middle of an undo, on both databases."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import identify, track
from tests.hub import Hub, open_hub
from tests.journeys.undoing import begin_undo, by_hand, codes, standing, undo

from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

ADA = {"id": 1, "name": "Ada", "emails": [{"value": "ada@x.example", "primary": True}]}


def mappings(connection_id: int) -> list[NewMapping]:
    """Names of people, and notes on them."""
    person = {
        "match_value": {"@path": "$.userId"},
        "name": {"@path": "$.traits.name"},
        "email": {"@path": "$.traits.email"},
    }
    note = {"content": {"@path": "$.properties.text"}, "person_match_value": {"@path": "$.userId"}}
    return [
        NewMapping(
            connection_id=connection_id,
            name=action,
            action=action,
            trigger=f'type = "{kind}"',
            fields=fields,
        )
        for action, kind, fields in (
            ("upsert_person", "identify", person),
            ("upsert_note", "track", note),
        )
    ]


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub on either database, and Ada, whose name and address an event has changed."""
    pipedrive.put_state({"persons": [ADA]})
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        await hub.send(identify("1", name="Ada L", email="l@x.example"))
        await hub.run_until_idle()
        hub.advance(2)
        yield hub


def ada(pipedrive: Sandbox) -> tuple[str, list[str]]:
    person = standing(pipedrive, "person", 1)
    return person["name"], [one["value"] for one in person["emails"]]


def patches(pipedrive: Sandbox) -> int:
    return sum(call.method == "PATCH" for call in pipedrive.calls)


async def test_an_undo_whose_answer_was_lost_is_done_once(hub: Hub, pipedrive: Sandbox) -> None:
    before = patches(pipedrive)
    pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    seen = await undo(hub, delivery=1)
    assert codes(seen) == ["undone"]
    assert (ada(pipedrive), patches(pipedrive) - before) == (("Ada", ["ada@x.example"]), 1)


async def test_a_drain_that_died_in_an_undo_leaves_it_to_the_next(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await begin_undo(hub, delivery=1)
    pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    await hub.run_once()
    hub.restart()
    await hub.run_until_idle()
    assert hub.deliveries()[-1].now.code == "undone"
    assert ada(pipedrive) == ("Ada", ["ada@x.example"])


async def test_what_a_person_writes_between_two_tries_stays(hub: Hub, pipedrive: Sandbox) -> None:
    await begin_undo(hub, delivery=1)
    pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    await hub.run_once()
    by_hand(pipedrive, "person", 1, name="Countess")
    await hub.run_until_idle()
    assert hub.deliveries()[-1].now.code == "undone_in_part"
    assert ada(pipedrive) == ("Countess", ["ada@x.example"])


async def test_a_note_is_made_anew_once_though_the_answer_was_lost(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(track("1", "Said", text="Ours"))
    await hub.run_until_idle()
    (gone,) = await undo(hub, delivery=2, remove_created=True)
    pipedrive.lose_next_answer("POST", "/api/v1/notes")
    again = await undo(hub, undo=gone.now.correction_id)
    notes = [note for note in pipedrive.records("notes") if not note["is_deleted"]]
    assert (codes(again), [note["content"] for note in notes]) == (["undone"], ["Ours"])


async def test_a_person_is_deleted_though_the_answer_was_lost(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-9", name="Bo", email="bo@x.example"))
    await hub.run_until_idle()
    pipedrive.lose_next_answer("DELETE", "/api/v2/persons")
    seen = await undo(hub, delivery=2, remove_created=True)
    assert codes(seen) == ["undone"]
    assert standing(pipedrive, "person", 2)["is_deleted"] is True


async def test_an_event_after_the_undo_makes_a_removed_person_anew(
    hub: Hub, pipedrive: Sandbox
) -> None:
    said: dict[str, Any] = {"name": "Bo", "email": "bo@x.example"}
    await hub.send(identify("u-9", **said))
    await hub.run_until_idle()
    await undo(hub, delivery=2, remove_created=True)
    await hub.send(identify("u-9", **said))
    await hub.run_until_idle()
    there = [one for one in pipedrive.records("persons") if not one["is_deleted"]]
    assert [one["name"] for one in there] == ["Ada L", "Bo"]


async def test_two_undos_of_the_same_do_it_once(hub: Hub, pipedrive: Sandbox) -> None:
    await begin_undo(hub, delivery=1)
    await begin_undo(hub, record_kind=RecordKind.PERSON, record_id=1)
    await hub.run_until_idle()
    ended = [seen.now.code for seen in hub.deliveries()[-2:]]
    assert (sorted(ended), ada(pipedrive)) == (
        ["nothing_to_undo", "undone"],
        ("Ada", ["ada@x.example"]),
    )
