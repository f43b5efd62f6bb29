"""For any event and any Delivery: what happened, or why nothing did."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify, track
from tests.hub import Hub, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.errors import NotFound
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.pipeline.explaindelivery import explain_delivery
from dealwright.pipeline.explainevent import CODES, explain_event
from dealwright.pipeline.explainvalues import record_page
from dealwright.pipeline.stories import DeliveryStory, EventStory, MappingStory
from dealwright.sandbox.app import Sandbox
from dealwright.store.append import Appender, RejectRow
from dealwright.store.connections import set_delivering, set_listens
from dealwright.store.explaining import EVENTS_WINDOW
from dealwright.store.mappings import NewMapping, new_version, set_enabled
from dealwright.store.tables import events

TRIGGER = 'type = "identify" and traits.plan = "team"'


def mappings(connection_id: int) -> list[NewMapping]:
    """One Mapping, for people of one plan."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Team people",
            action="upsert_person",
            trigger=TRIGGER,
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
            },
        )
    ]


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping, which asks where several persons fit."""
    async with open_hub(database, clock=clock) as hub:
        rules = MatchDefaults(ambiguous=AmbiguousRule.HOLD)
        await hub.connect(pipedrive, mappings=mappings, defaults=rules)
        yield hub


def team(name: str = "Ada", **more: Any) -> dict[str, Any]:
    """An event for which the Mapping fires."""
    return identify("u-1", name=name, email="ada@love.example", plan="team", **more)


async def explained(hub: Hub, which: str = "1") -> EventStory:
    """What became of an event."""
    return await hub.store.read(lambda db: explain_event(db, which))


async def mapped(hub: Hub, which: str = "1") -> MappingStory:
    """What the Mapping made of it."""
    (one,) = (await explained(hub, which)).mappings
    return one


async def delivered(hub: Hub, number: int = 1) -> DeliveryStory:
    """Why a Delivery stands as it does."""
    return await hub.store.read(lambda db: explain_delivery(db, number))


def append_far_behind(db: sa.Connection, now_ms: int) -> None:
    """An event so many numbers later that the first one is none of the newest."""
    row = {"seq": 2 * EVENTS_WINDOW, "source_id": 1, "received_at_ms": now_ms, "sent_at_ms": None}
    db.execute(sa.insert(events).values(**row, message_id="m-far", payload=b"{}"))


async def test_the_clause_that_did_not_hold_is_named_with_what_the_event_has(hub: Hub) -> None:
    await hub.send(identify("u-1", email="ada@love.example", plan="free"))
    await hub.run_until_idle()

    one = await mapped(hub)
    assert one.code == "not_fired"
    assert 'traits.plan = "team" does not hold (traits.plan is "free")' in one.sentence
    assert [(clause.text, clause.holds) for clause in one.clauses] == [
        ('type = "identify"', True),
        ('traits.plan = "team"', False),
    ]


async def test_a_field_that_is_not_there_is_said_to_be_missing(hub: Hub) -> None:
    await hub.send(track("u-1", "Signed Up"))
    await hub.run_until_idle()

    assert "traits.plan is missing" in (await mapped(hub)).sentence


async def test_a_delivery_is_told_with_what_it_did(hub: Hub) -> None:
    await hub.send(team())
    await hub.run_until_idle()

    (one,) = (await mapped(hub)).deliveries
    assert (one.state, one.code, one.hint.means) == (
        "delivered",
        "created",
        "The record was not there and was made.",
    )
    assert any(change.startswith("made person 1 with name “Ada”") for change in one.changes)
    assert one.url.endswith("/person/1")


async def test_a_mapping_that_is_switched_off_is_named(hub: Hub) -> None:
    await hub.store.write(lambda db: set_enabled(db, 1, enabled=False))
    await hub.send(team())
    await hub.run_until_idle()

    assert (await mapped(hub)).code == "disabled"


async def test_a_repeat_names_the_event_that_came_first(hub: Hub) -> None:
    said = team()
    await hub.send(said)
    await hub.run_until_idle()
    await hub.send(said)
    await hub.run_until_idle()

    one = await mapped(hub, "2")
    assert one.code == "repeated"
    assert "event 1 (identify" in one.sentence


async def test_a_mapping_that_was_changed_afterwards_is_said_to_be_younger(hub: Hub) -> None:
    await hub.send(identify("u-1", email="ada@love.example", plan="free"))
    await hub.run_until_idle()
    hub.advance(60)
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(
        lambda db: new_version(db, 1, trigger='type = "identify"', fields={}, now_ms=now_ms)
    )

    assert (await mapped(hub)).code == "made_later"


async def test_a_connection_that_is_off_is_named(hub: Hub) -> None:
    await hub.store.write(lambda db: set_delivering(db, 1, on=False))
    await hub.send(team())

    story = await explained(hub)
    assert story.connections == (f"main: {CODES['connection_off']}",)


async def test_a_connection_that_hears_another_source_is_named(hub: Hub) -> None:
    shop = await hub.add_source("shop")
    await hub.store.write(lambda db: set_listens(db, 1, source_ids=[shop]))
    await hub.send(team())
    await hub.run_until_idle()

    assert (await explained(hub)).connections == (f"main: {CODES['other_source']}",)


async def test_an_event_that_is_not_read_yet_is_said_to_be_so(hub: Hub) -> None:
    await hub.send(team())

    assert (await explained(hub)).connections == (f"main: {CODES['not_read_yet']}",)


async def test_integrations_of_the_event_itself_are_named(hub: Hub) -> None:
    await hub.send({**team(), "integrations": {"All": False}})
    await hub.run_until_idle()

    assert (await explained(hub)).connections == (f"main: {CODES['switched_off']}",)


async def test_an_event_is_found_by_its_message_id(hub: Hub) -> None:
    said = team()
    await hub.send(said)

    found = await explained(hub, said["messageId"])
    assert found.number == 1


async def test_an_event_of_days_ago_is_found_by_its_message_id(hub: Hub) -> None:
    said = team()
    await hub.send(said)
    await hub.run_until_idle()
    hub.advance(86_400)
    await hub.store.write(lambda db: append_far_behind(db, to_ms(hub.clock.now())))

    found = await explained(hub, said["messageId"])
    assert found.number == 1


async def test_a_reject_is_found_by_its_message_id(hub: Hub) -> None:
    now_ms = to_ms(hub.clock.now())
    row = RejectRow(1, now_ms, "missing_id", "The event names nobody.", b'{"messageId":"m-bad"}')
    appender = Appender(hub.store)
    await appender.append([], [row])
    await appender.close()

    found = await explained(hub, "m-bad")
    assert (found.number, found.code) == (None, "missing_id")
    assert "The event names nobody." in found.sentence


async def test_what_never_came_is_not_found(hub: Hub) -> None:
    with pytest.raises(NotFound, match="neither a number"):
        await explained(hub, "m-never")


async def test_a_held_delivery_says_who_must_act_and_what_to_do(
    hub: Hub, pipedrive: Sandbox
) -> None:
    twins = [{"name": name, "emails": ["ada@love.example"]} for name in ("Ada", "Ada L.")]
    pipedrive.put_state({"persons": twins})
    await hub.send(team())
    await hub.run_until_idle()

    one = await delivered(hub)
    assert (one.code, one.hint.who) == ("needs_choice", "a person who knows the records")
    assert "dealwright deliveries retry 1" in one.hint.do


async def test_a_value_that_does_not_fit_leads_to_its_item_of_the_review_queue(hub: Hub) -> None:
    await hub.send(identify("u-1", email="no address", plan="team"))
    await hub.run_until_idle()

    one = await delivered(hub)
    assert (one.state, one.code) == ("failed", "invalid_email")
    assert "`dealwright replay --from 1 --to 1 --mapping 1`" in one.hint.do
    assert "`dealwright review delivery-1`" in one.hint.do


async def test_a_delivery_that_another_wrote_for_says_so(hub: Hub) -> None:
    await hub.send(team("Ada"), team("Ada Love"))
    await hub.run_until_idle()

    leader, follower = await delivered(hub, 1), await delivered(hub, 2)
    assert leader.others == (2,)
    assert "written together with Delivery 1" in follower.hint.means
    assert follower.changes == leader.changes


async def test_a_delivery_that_waits_says_until_when(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(team())
    await hub.run_once()

    one = await delivered(hub)
    assert (one.state, one.hint.who) == ("waiting", "nobody: it goes on by itself")
    assert "The next try is at" in one.hint.means


async def test_a_changed_value_is_told_with_what_was_there(hub: Hub) -> None:
    await hub.send(team("Ada"))
    await hub.run_until_idle()
    await hub.send(team("Ada Love"))
    await hub.run_until_idle()

    assert (await delivered(hub, 2)).changes == ("changed person 1: name “Ada” → “Ada Love”",)


async def test_the_kinds_of_records_all_have_words_for_their_pages() -> None:
    pages = {kind: record_page("https://x.pipedrive.com", kind, 7) for kind in RecordKind}
    assert pages[RecordKind.LEAD] == "https://x.pipedrive.com/leads/inbox/7"
    assert pages[RecordKind.NOTE] == ""
