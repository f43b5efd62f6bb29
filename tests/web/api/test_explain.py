"""The API explains: a Delivery, an event, a record, and whoever has an address."""

import pytest
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.core.record import Person, RecordKind
from dealwright.pipeline.mirrored import row_of
from dealwright.store.journal import Act, NewEntry, enter
from dealwright.store.mirror import put_records


@pytest.fixture
async def known(hub: ApiHub) -> ApiHub:
    """Delivery 1 has made person 7, whom somebody has renamed since."""
    person = Person(id=7, name="Ada Love", update_time="2026-11-02T09:00:00Z")
    row = row_of(
        person, RecordKind.PERSON, checked_at_ms=hub.now_ms(), exact=True, region=None
    )._replace(keys=("email=ada@love.example",))
    entry = NewEntry(act=Act.CREATE, kind=RecordKind.PERSON, record_id=7, after={"name": "Ada"})
    now_ms = hub.now_ms()
    await hub.store.write(lambda db: put_records(db, 1, [row]))
    await hub.store.write(lambda db: enter(db, 1, entry, delivery_id=1, now_ms=now_ms))
    return hub


async def test_a_record_is_explained_with_its_values(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain/records/person/7")

    (story,) = answer.json()["items"]
    (value,) = story["values"]
    assert (value["name"], value["now"], value["standing"]) == ("name", "Ada Love", "changed")
    assert (value["writes"][0]["after"], story["made_by"]) == ("Ada", 1)


async def test_one_field_can_be_asked_for(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain/records/person/7?field=phones")

    assert answer.json()["items"][0]["values"] == []


async def test_a_record_is_found_by_address(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain?email=Ada@Love.example")

    assert [one["id"] for one in answer.json()["items"]] == [7]


async def test_a_record_that_the_hub_does_not_know_is_not_found(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain/records/deal/99")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_event_is_explained(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain/events/1")

    told = answer.json()
    assert told["event"]["type"] == "identify"
    assert [one["deliveries"][0]["id"] for one in told["mappings"]] == [1]


async def test_a_delivery_is_explained(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain/deliveries/1")

    told = answer.json()
    assert told["hint"]["means"]
    assert told["cause"]["mapping"]["name"] == "People"


async def test_what_is_no_address_is_refused(known: ApiHub) -> None:
    async with known.client(Role.VIEWER) as client:
        answer = await client.get("/explain?email=nobody")

    assert answer.status_code == 422
