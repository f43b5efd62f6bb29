"""PyPI's pypipedrive-client over both versions, in an environment of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.clients.conftest import TOKEN
from tests.sandbox.clients.installing import virtual_environment
from tests.sandbox.clients.loopback import Loopback
from tests.sandbox.clients.stranger import Refused, Stranger, running

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("pipedrive")]

HERE = Path(__file__).parent / "pypipedrive"


class Client:
    """`of("Persons", "all", …)` is `Persons.all(…)`; with `record` it is that record's method."""

    def __init__(self, python: Stranger) -> None:
        self._python = python

    def of(self, model: str, verb: str, *, record: int | str | None = None, **args: Any) -> Any:
        question = {"model": model, "verb": verb, "args": args}
        return self._python.ask(question | ({} if record is None else {"record": record}))


@pytest.fixture(scope="module")
def client(served: Loopback) -> Iterator[Client]:
    python = str(virtual_environment(HERE / "requirements.txt"))
    # It warns of version 1, where it is still the only home.
    command = (python, "-W", "ignore", str(HERE / "driver.py"))
    with running(*command, PIPEDRIVE_URL=served.url, PIPEDRIVE_API_TOKEN=TOKEN) as process:
        yield Client(process)


def test_a_person_is_read(client: Client) -> None:
    assert client.of("Persons", "get", id=1)["name"] == "Ada Kask"


def test_all_persons_are_read_page_by_page(client: Client, pipedrive: Loopback) -> None:
    listed = client.of("Persons", "all", params={"limit": 10})
    assert [row["id"] for row in listed] == list(range(1, 26))
    assert [call.path for call in pipedrive.sandbox.calls] == ["/api/v2/persons"] * 3


def test_a_person_is_made_although_the_client_cannot_hold_custom_fields(
    client: Client, pipedrive: Loopback
) -> None:
    # Its model wants a list where Pipedrive answers an object.
    with pytest.raises(Refused, match="CustomFieldsField"):
        client.of("Persons", "create", name="Grace Hopper")
    assert pipedrive.sandbox.records("persons")[-1]["name"] == "Grace Hopper"


def test_a_person_is_changed(client: Client, pipedrive: Loopback) -> None:
    client.of("Persons", "change", record=1, name="Ada Tamm")
    stored = pipedrive.sandbox.record("person", 1)
    assert stored is not None
    assert stored["name"] == "Ada Tamm"


def test_a_person_is_found(client: Client) -> None:
    found = client.of("Persons", "search", term="Cher")
    assert [hit["item"]["name"] for hit in found[0]["items"]] == ["Cher"]


def test_two_persons_become_one(client: Client) -> None:
    merged = client.of("Persons", "merge", record=24, merge_with_id=25)
    assert merged["data"]["id"] == 25


def test_a_person_is_deleted(client: Client, pipedrive: Loopback) -> None:
    client.of("Persons", "delete", record=25)
    stored = pipedrive.sandbox.record("person", 25)
    assert stored is not None
    assert stored["is_deleted"]


def test_an_organization_is_made_changed_and_deleted(client: Client, pipedrive: Loopback) -> None:
    made = client.of("Organizations", "create", name="Navy")
    client.of("Organizations", "change", record=made["id"], name="Royal Navy")
    client.of("Organizations", "delete", record=made["id"])
    stored = pipedrive.sandbox.record("organization", made["id"])
    assert stored is not None
    assert (stored["name"], stored["is_deleted"]) == ("Royal Navy", True)


def test_organizations_are_listed_and_found(client: Client) -> None:
    found = client.of("Organizations", "search", term="Fjord")
    assert len(client.of("Organizations", "all")) == 10
    assert [hit["item"]["id"] for hit in found[0]["items"]] == [5]


def test_deals_are_listed_and_one_is_won(client: Client, pipedrive: Loopback) -> None:
    client.of("Deals", "change", record=1, status="won")
    stored = pipedrive.sandbox.record("deal", 1)
    assert stored is not None
    assert len(client.of("Deals", "all")) == 11
    assert stored["status"] == "won"


def test_an_activity_is_made_and_read_back(client: Client) -> None:
    made = client.of("Activities", "create", subject="Tasting", type="call")
    assert client.of("Activities", "get", id=made["id"])["subject"] == "Tasting"


def test_activity_types_know_the_inactive_one(client: Client) -> None:
    types = client.of("ActivityTypes", "all")
    assert [row["name"] for row in types if not row["active_flag"]] == ["Lunch"]


def test_a_lead_is_made_and_becomes_a_deal(client: Client, pipedrive: Loopback) -> None:
    lead = client.of("Leads", "create", title="Wants a demo", person_id=1)["id"]
    begun = client.of("Leads", "convert_to_deal", record=lead)
    status = client.of(
        "Leads", "conversion_status", record=lead, conversion_id=begun["data"]["conversion_id"]
    )
    stored = pipedrive.sandbox.record("deal", status["data"]["deal_id"])
    assert stored is not None
    assert stored["title"] == "Wants a demo"


def test_leads_labels_and_sources_are_listed(client: Client) -> None:
    labels = client.of("LeadLabels", "all")
    assert [row["title"] for row in client.of("Leads", "all")] == [
        "Asked for a price list",
        "Library cafés",
    ]
    assert [row["name"] for row in labels] == ["Hot", "Warm", "Cold"]
    assert {"name": "API"} in client.of("LeadSources", "all")


def test_fields_are_listed_in_both_versions(client: Client) -> None:
    second = client.of("PersonFields", "all")
    first = client.of("DealFields", "all")
    assert [row["field_name"] for row in second].count("Source") == 2
    assert "Budget" in {row["name"] for row in first}


def test_a_field_is_made(client: Client) -> None:
    made = client.of("PersonFields", "create", field_name="Badge", field_type="varchar")
    assert client.of("PersonFields", "get", id=made["field_code"])["field_name"] == "Badge"


def test_currencies_pipelines_and_stages_are_listed(client: Client) -> None:
    stages = client.of("Stages", "all", params={"pipeline_id": 2})
    assert [row["code"] for row in client.of("Currencies", "all", term="NOK")] == ["NOK"]
    assert [row["name"] for row in client.of("Pipelines", "all")] == ["Sales", "Service contracts"]
    assert [row["name"] for row in stages] == ["Offer sent", "Negotiation"]


def test_search_goes_across_kinds_and_into_one_field(client: Client) -> None:
    across = client.of("ItemSearch", "search", term="library", item_types=["lead"], params={})
    inside = client.of(
        "ItemSearch", "search_field", term="Cher", entity_type="person", field="name", params={}
    )
    assert [hit["item"]["title"] for hit in across[0]["items"]] == ["Library cafés"]
    assert [hit["id"] for hit in inside] == [25]


def test_what_is_not_there_is_thrown_as_not_found(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client.of("Persons", "get", id=999)
    assert refused.value.thrown["type"] == "NotFoundException"
