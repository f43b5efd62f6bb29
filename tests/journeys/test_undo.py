"""Undo: what a Delivery did is taken back, and what people wrote since stays."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, open_hub
from tests.journeys.undoing import by_hand, codes, preview, standing, undo

from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

CITY, HOME, WORTH, SEEN = "c" * 40, "d" * 40, "e" * 40, "f" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {"name": "Home", "type": "address", "code": HOME},
        {"name": "Worth", "type": "monetary", "code": WORTH},
        {"name": "Hours", "type": "double", "code": SEEN},
    ]
}


def mappings(connection_id: int) -> list[NewMapping]:
    """One Mapping, of whatever an event says of a person."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_value": {"@path": "$.userId"},
                "name": {"@path": "$.traits.name"},
                "phone": {"@path": "$.traits.phone"},
                "email": {"@path": "$.traits.email"},
                "custom_fields": {"@path": "$.traits.crm"},
            },
        )
    ]


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping, and Ada, whom somebody made by hand."""
    ada = {
        "id": 1,
        "name": "Ada",
        "emails": [{"value": "ada@x.example", "primary": True, "label": "work"}],
        "custom_fields": {CITY: "Ulm", WORTH: {"value": 5, "currency": "EUR"}},
    }
    pipedrive.put_state({"fields": FIELDS, "persons": [ada]})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        yield hub


async def delivered(hub: Hub, *events: Said) -> None:
    """Deliver these one after the other, each alone."""
    for event in events:
        hub.advance(2)
        await hub.send(event)
        await hub.run_until_idle()


def ada(pipedrive: Sandbox) -> dict[str, Any]:
    return standing(pipedrive, RecordKind.PERSON, 1)


def told(**crm: Any) -> Said:
    """An event about Ada, found by her id."""
    return identify("1", crm=crm)


async def test_a_field_is_put_back(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("1", name="Ada L", crm={"City": "Bonn"}))
    seen = await undo(hub, delivery=1)
    assert codes(seen) == ["undone"]
    assert (ada(pipedrive)["name"], ada(pipedrive)["custom_fields"][CITY]) == ("Ada", "Ulm")


async def test_what_a_person_changed_since_stays_and_is_told(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("1", name="Ada L", crm={"City": "Bonn"}))
    by_hand(pipedrive, "person", 1, custom_fields={CITY: "Köln"})
    seen = await undo(hub, delivery=1)
    assert codes(seen) == ["undone_in_part"]
    assert "City" in seen[0].now.message
    assert (ada(pipedrive)["name"], ada(pipedrive)["custom_fields"][CITY]) == ("Ada", "Köln")


async def test_an_address_that_we_added_leaves_and_that_of_a_person_stays(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("1", email="lovelace@x.example"))
    emails = [*ada(pipedrive)["emails"], {"value": "own@x.example", "primary": False}]
    by_hand(pipedrive, "person", 1, emails=emails)
    await undo(hub, delivery=1)
    assert [one["value"] for one in ada(pipedrive)["emails"]] == ["ada@x.example", "own@x.example"]


async def test_money_and_an_address_are_put_back(hub: Hub, pipedrive: Sandbox) -> None:
    crm = {"Worth": "7 USD", "Home": {"street": "Way 1", "city": "Ulm"}}
    await delivered(hub, identify("1", crm=crm))
    seen = await undo(hub, delivery=1)
    custom = ada(pipedrive)["custom_fields"]
    assert codes(seen) == ["undone"]
    assert (custom[WORTH]["value"], custom[WORTH]["currency"], custom.get(HOME)) == (5, "EUR", None)


async def test_a_later_delivery_of_ours_stands_in_the_way(hub: Hub) -> None:
    await delivered(hub, told(City="Bonn"), told(City="Hof"))
    plan = await preview(hub, delivery=1)
    assert [one.code for one in plan.records[0].reversal.refused] == ["written_since"]
    assert [one.field for one in plan.records[0].reversal.turned] == ["link of 1"]


async def test_all_of_a_record_leads_back_to_what_stood_there_first(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, told(City="Bonn"), told(City="Hof"))
    await undo(hub, record_kind=RecordKind.PERSON, record_id=1)
    assert ada(pipedrive)["custom_fields"][CITY] == "Ulm"


async def test_what_a_person_wrote_between_two_of_ours_comes_back(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, told(City="Bonn"))
    by_hand(pipedrive, "person", 1, custom_fields={CITY: "Köln"})
    await delivered(hub, told(City="Hof"))
    await undo(hub, record_kind=RecordKind.PERSON, record_id=1)
    assert ada(pipedrive)["custom_fields"][CITY] == "Köln"


async def test_an_undo_is_undone(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("1", email="l@x.example", crm={"City": "Bonn"}))
    first = await undo(hub, delivery=1)
    await undo(hub, undo=first[0].now.correction_id)
    assert ada(pipedrive)["custom_fields"][CITY] == "Bonn"
    assert [one["value"] for one in ada(pipedrive)["emails"]] == ["ada@x.example", "l@x.example"]


async def test_the_price_is_what_it_costs(hub: Hub) -> None:
    await delivered(hub, told(City="Bonn"))
    plan = await preview(hub, delivery=1)
    (seen,) = await undo(hub, delivery=1)
    assert (plan.tokens, seen.now.tokens) == (6, 6)


async def test_a_link_that_a_delivery_made_is_taken_away(hub: Hub) -> None:
    await delivered(hub, identify("u-7", email="ada@x.example"))
    plan = await preview(hub, delivery=1)
    assert [one.then for one in plan.records[0].reversal.turned] == [""]
    seen = await undo(hub, delivery=1)
    assert codes(seen) == ["undone"]


async def test_a_person_that_we_made_is_kept(hub: Hub) -> None:
    await delivered(hub, identify("u-8", name="Bo", email="bo@x.example"))
    plan = await preview(hub, delivery=1)
    assert [one.code for one in plan.records[0].reversal.refused] == ["created_kept"]
    assert plan.to_do == ()


async def test_a_person_that_we_made_is_deleted_on_wish(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-8", name="Bo", email="bo@x.example"))
    seen = await undo(hub, delivery=1, remove_created=True)
    assert codes(seen) == ["undone"]
    assert standing(pipedrive, "person", 2)["is_deleted"] is True


async def test_a_person_that_somebody_has_edited_is_not_deleted(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-8", name="Bo", email="bo@x.example"))
    hub.advance(5)
    by_hand(pipedrive, "person", 2, custom_fields={CITY: "Köln"})
    seen = await undo(hub, delivery=1, remove_created=True)
    assert codes(seen) == ["undo_refused"]
    assert standing(pipedrive, "person", 2)["is_deleted"] is False


async def test_deliveries_are_undone_one_by_one_the_newest_first(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, told(City="Bonn"), told(City="Hof"))
    seen = [*await undo(hub, delivery=2), *await undo(hub, delivery=1)]
    assert codes(seen) == ["undone", "undone"]
    assert ada(pipedrive)["custom_fields"][CITY] == "Ulm"


async def test_a_delivery_is_undone_once_more_after_the_undo_was_undone(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("1", email="b@x.example", crm={"City": "Bonn"}))
    first = await undo(hub, delivery=1)
    await undo(hub, undo=first[0].now.correction_id)
    await undo(hub, delivery=1)
    assert ada(pipedrive)["custom_fields"][CITY] == "Ulm"
    assert [one["value"] for one in ada(pipedrive)["emails"]] == ["ada@x.example"]


async def test_a_person_that_an_undo_has_kept_may_be_deleted_by_the_next(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-9", name="Bo"), identify("u-9", name="Bob"))
    kept = await undo(hub, since_ms=0)
    gone = await undo(hub, since_ms=0, remove_created=True)
    assert codes([*kept, *gone]) == ["undone_in_part", "undone"]
    assert standing(pipedrive, RecordKind.PERSON, 2)["is_deleted"] is True


async def test_a_person_whom_somebody_edited_after_an_undo_is_not_deleted(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-9", name="Bo"), identify("u-9", name="Bob"))
    await undo(hub, since_ms=0)
    hub.advance(2)
    by_hand(pipedrive, "person", 2, name="Robert")
    await undo(hub, since_ms=0, remove_created=True)
    assert standing(pipedrive, RecordKind.PERSON, 2)["name"] == "Robert"
    assert standing(pipedrive, RecordKind.PERSON, 2)["is_deleted"] is False
