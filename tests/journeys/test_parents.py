"""The person or organization that a record is with, made in the same event on wish."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import track
from tests.hub import Hub, open_hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

FIELDS = {
    "deal_match_value": {"@path": "$.properties.deal"},
    "title": {"@path": "$.properties.title"},
    "person_match_field": "email",
    "person_match_value": {"@path": "$.properties.email"},
    "person_name": {"@path": "$.properties.name"},
    "organization_match_field": "name",
    "organization_match_value": {"@path": "$.properties.company"},
    "create_missing": ["person", "organization"],
}
ADA = {"email": "Ada@x.example", "name": "Ada Lind", "company": "Lind AB"}


@pytest.fixture
async def deals(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that makes of each “Deal Upserted” a deal, and whom it is with."""

    def mappings(connection_id: int) -> list[NewMapping]:
        trigger = 'type = "track" and event = "Deal Upserted"'
        return [
            NewMapping(
                connection_id=connection_id,
                name="Deals",
                action="upsert_deal",
                trigger=trigger,
                fields=FIELDS,
            )
        ]

    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        yield hub


def deal(number: str, **properties: Any) -> Any:
    return track("u-1", "Deal Upserted", deal=number, title=f"Deal {number}", **properties)


def names(pipedrive: Sandbox, kind: str) -> list[str]:
    return [record.get("name") or record["title"] for record in pipedrive.records(kind)]


async def test_a_deal_makes_its_person_and_organization_first(
    deals: Hub, pipedrive: Sandbox
) -> None:
    await deals.send(deal("d-1", **ADA))
    await deals.run_until_idle()

    (person,), (organization,) = pipedrive.records("persons"), pipedrive.records("organizations")
    (made,) = pipedrive.records("deals")
    assert (person["name"], person["emails"][0]["value"], person["org_id"]) == (
        "Ada Lind",
        "Ada@x.example",
        organization["id"],
    )
    assert (made["person_id"], made["org_id"]) == (person["id"], organization["id"])


async def test_who_is_there_is_found_and_not_made_again(deals: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"persons": [{"id": 7, "name": "A. L.", "emails": ["ada@x.example"]}]})
    await deals.send(deal("d-1", **ADA))
    await deals.run_until_idle()

    assert names(pipedrive, "persons") == ["A. L."]


async def test_two_deals_at_once_make_one_person(deals: Hub, pipedrive: Sandbox) -> None:
    await deals.send(deal("d-1", **ADA), deal("d-2", **ADA), deal("d-3", email="ADA@x.example"))
    await deals.run_until_idle()

    assert names(pipedrive, "persons") == ["Ada Lind"]
    assert names(pipedrive, "organizations") == ["Lind AB"]
    assert names(pipedrive, "deals") == ["Deal d-1", "Deal d-2", "Deal d-3"]


@pytest.mark.parametrize("path", ["/api/v2/persons", "/api/v2/organizations", "/api/v2/deals"])
async def test_a_lost_answer_makes_nobody_twice(deals: Hub, pipedrive: Sandbox, path: str) -> None:
    pipedrive.lose_next_answer("POST", path)
    await deals.send(deal("d-1", **ADA))
    await deals.run_until_idle()

    kinds = ("persons", "organizations", "deals")
    assert [len(pipedrive.records(kind)) for kind in kinds] == [1, 1, 1]
    assert deals.delivery().now.state is State.DELIVERED


async def test_a_deal_that_cannot_be_made_makes_nobody(deals: Hub, pipedrive: Sandbox) -> None:
    await deals.send(track("u-1", "Deal Upserted", deal="d-1", **ADA))
    await deals.run_until_idle()

    assert (deals.delivery().now.code, pipedrive.records("persons")) == ("title_missing", [])


async def test_a_deal_that_is_there_gets_the_person_that_was_missing(
    deals: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"organizations": [{"id": 3, "name": "Lind AB"}]})
    pipedrive.put_state({"deals": [{"id": 5, "title": "Deal 5", "org_id": 3}]})
    await deals.send(deal("5", **ADA))
    await deals.run_until_idle()

    (person,), (known,) = pipedrive.records("persons"), pipedrive.records("deals")
    assert (known["id"], known["person_id"]) == (5, person["id"])


async def test_without_a_name_and_an_address_nobody_is_made(deals: Hub, pipedrive: Sandbox) -> None:
    await deals.send(deal("d-1", company="Lind AB"))
    await deals.run_until_idle()

    assert names(pipedrive, "persons") == []
    assert deals.delivery().now.state is State.DELIVERED
