"""Match fields: by the field's name or its key, and found again whatever the field's type."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import identify, track
from tests.hub import Hub, open_hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

KEY = "c" * 40


async def match_by(hub: Hub, field: str) -> None:
    """Have a Mapping of its own match persons by a field."""
    new = NewMapping(
        connection_id=1,
        name=f"By {field}",
        action="upsert_person",
        trigger='type = "identify"',
        fields={
            "match_field": field,
            "match_value": {"@path": "$.traits.number"},
            "name": {"@path": "$.traits.name"},
        },
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))


@pytest.fixture
async def bare(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose Connection has no Mapping yet."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=lambda _: [])
        yield hub


def numbered(pipedrive: Sandbox, field_type: str) -> None:
    field = {"name": "Customer number", "type": field_type, "code": KEY}
    pipedrive.put_state({"fields": {"person": [field]}})


@pytest.mark.parametrize(
    ("field_type", "spellings", "held"),
    [
        ("varchar", ("K-7", "K-7"), "K-7"),
        ("text", ("K-7", "K-7"), "K-7"),
        ("double", ("0042", "42.0"), 42),
        ("monetary", ("1200.50", "1200.5"), {"value": 1200.5, "currency": "EUR"}),
        ("phone", ("+46 70 100", "+46 70 100"), "+46 70 100"),
    ],
)
async def test_a_record_is_found_by_the_value_it_was_made_with(
    bare: Hub, pipedrive: Sandbox, field_type: str, spellings: tuple[str, str], held: Any
) -> None:
    numbered(pipedrive, field_type)
    written, again = spellings
    await match_by(bare, "customer  Number")
    await bare.send(identify("u-1", name="Ada", number=written))
    await bare.run_until_idle()
    bare.advance(3600)
    bare.restart()
    await bare.send(identify("u-2", name="Ada Lind", number=again))
    await bare.run_until_idle()

    assert [(p["name"], p["custom_fields"][KEY]) for p in pipedrive.records("persons")] == [
        ("Ada Lind", held)
    ]


async def test_name_and_key_of_a_field_are_the_same_person(bare: Hub, pipedrive: Sandbox) -> None:
    numbered(pipedrive, "varchar")
    await match_by(bare, "Customer number")
    await match_by(bare, KEY)
    await bare.send(identify("u-1", name="Ada", number="K-7"))
    await bare.run_until_idle()

    assert len(pipedrive.records("persons")) == 1


async def test_a_field_that_cannot_be_searched_is_refused(bare: Hub, pipedrive: Sandbox) -> None:
    numbered(pipedrive, "date")
    await match_by(bare, "Customer number")
    await bare.send(identify("u-1", name="Ada", number="2026-03-01"))
    await bare.run_until_idle()

    now = bare.delivery().now
    assert (now.state, now.code, pipedrive.records("persons")) == (
        State.FAILED,
        "unsearchable_field",
        [],
    )


async def test_a_value_that_the_field_cannot_hold_makes_nobody(
    bare: Hub, pipedrive: Sandbox
) -> None:
    numbered(pipedrive, "double")
    await match_by(bare, KEY)
    await bare.send(identify("u-1", name="Ada", number="K-7"))
    await bare.run_until_idle()

    now = bare.delivery().now
    assert (now.code, pipedrive.records("persons")) == ("invalid_value", [])


@pytest.mark.parametrize(("second", "people"), [("ada.lind@x.example", 1), ("ada@y.example", 2)])
async def test_name_and_domain_are_one_person_on_wish(
    bare: Hub, pipedrive: Sandbox, second: str, people: int
) -> None:
    fields = {
        "match_value": {"@path": "$.userId"},
        "name": {"@path": "$.traits.name"},
        "email": {"@path": "$.traits.email"},
        "match_by_name": True,
    }
    new = NewMapping(
        connection_id=1,
        name="By name",
        action="upsert_person",
        trigger='type = "identify"',
        fields=fields,
    )
    await bare.store.write(lambda db: create_mapping(db, new, now_ms=0))
    await bare.send(identify("u-1", name="Ada Lind", email="ada@x.example"))
    await bare.send(identify("u-2", name="ada lind ", email=second))
    await bare.run_until_idle()

    assert len(pipedrive.records("persons")) == people


async def test_who_is_looked_for_by_a_name_that_is_just_given_is_waited_for(
    bare: Hub, pipedrive: Sandbox
) -> None:
    await match_by(bare, "name")
    await bare.send(
        identify("u-1", name="Ada Love", number="Ada Lind"),
        identify("u-2", name="Ada King", number="Ada Love"),
    )
    await bare.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada King"]


async def test_what_is_looked_for_by_a_title_that_is_just_given_is_waited_for(
    bare: Hub, pipedrive: Sandbox
) -> None:
    new = NewMapping(
        connection_id=1,
        name="By title",
        action="upsert_deal",
        trigger='type = "track"',
        fields={
            "deal_match_field": "title",
            "deal_match_value": {"@path": "$.properties.deal"},
            "title": {"@path": "$.properties.title"},
            "person_match_field": "email",
            "person_match_value": {"@path": "$.properties.email"},
            "create_missing": ["person"],
        },
    )
    await bare.store.write(lambda db: create_mapping(db, new, now_ms=0))
    await bare.send(
        track("u-1", "Signed", deal="Draft", title="Engine", email="ada@x.example"),
        track("u-2", "Signed", deal="Engine", title="Difference", email="eve@x.example"),
    )
    await bare.run_until_idle()

    assert [deal["title"] for deal in pipedrive.records("deals")] == ["Difference"]
