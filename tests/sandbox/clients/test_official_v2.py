"""Pipedrive's own Node client over version 2: every call as its users write it."""

import pytest
from tests.sandbox.clients.loopback import Loopback
from tests.sandbox.clients.sdk import OfficialClient
from tests.sandbox.clients.stranger import Refused

pytestmark = [pytest.mark.npm, pytest.mark.process, pytest.mark.usefixtures("pipedrive")]


def test_a_person_is_created(official: OfficialClient, pipedrive: Loopback) -> None:
    made = official.v2(
        "PersonsApi",
        "addPerson",
        AddPersonRequest={
            "name": "Grace Hopper",
            "emails": [{"value": "grace@navy.example", "primary": True, "label": "work"}],
        },
    )
    stored = pipedrive.sandbox.record("person", made["data"]["id"])
    assert stored is not None
    assert list(stored["emails"]) == made["data"]["emails"]


def test_a_person_is_read_with_the_counts_that_were_asked_for(official: OfficialClient) -> None:
    read = official.v2("PersonsApi", "getPerson", id=1, include_fields="open_deals_count")
    assert (read["data"]["name"], read["data"]["open_deals_count"]) == ("Ada Kask", 1)


def test_persons_are_listed_page_by_page(official: OfficialClient) -> None:
    first = official.v2("PersonsApi", "getPersons", limit=20)
    cursor = first["additional_data"]["next_cursor"]
    second = official.v2("PersonsApi", "getPersons", limit=20, cursor=cursor)
    assert [row["id"] for row in first["data"] + second["data"]] == list(range(1, 26))


def test_persons_of_an_organization_are_listed(official: OfficialClient) -> None:
    listed = official.v2("PersonsApi", "getPersons", org_id=2)
    assert [row["name"] for row in listed["data"]] == ["Karl Mets", "Anna Petrova"]


def test_a_person_is_changed(official: OfficialClient, pipedrive: Loopback) -> None:
    official.v2("PersonsApi", "updatePerson", id=1, UpdatePersonRequest={"name": "Ada Tamm"})
    stored = pipedrive.sandbox.record("person", 1)
    assert stored is not None
    assert stored["name"] == "Ada Tamm"


def test_a_person_is_found_by_address(official: OfficialClient) -> None:
    found = official.v2(
        "PersonsApi", "searchPersons", term="cher@mail.example", fields="email", exact_match=True
    )
    assert [hit["item"]["name"] for hit in found["data"]["items"]] == ["Cher"]


def test_a_person_is_deleted(official: OfficialClient, pipedrive: Loopback) -> None:
    answer = official.v2("PersonsApi", "deletePerson", id=25)
    stored = pipedrive.sandbox.record("person", 25)
    assert stored is not None
    assert (answer["data"], stored["is_deleted"]) == ({"id": 25}, True)


def test_an_organization_is_created_and_read(official: OfficialClient) -> None:
    made = official.v2(
        "OrganizationsApi",
        "addOrganization",
        AddOrganizationRequest={"name": "Navy", "address": {"value": "1 Pier Road, Portsmouth"}},
    )
    read = official.v2("OrganizationsApi", "getOrganization", id=made["data"]["id"])
    assert read["data"]["address"]["value"] == "1 Pier Road, Portsmouth"


def test_organizations_are_listed_by_name_order(official: OfficialClient) -> None:
    listed = official.v2(
        "OrganizationsApi", "getOrganizations", sort_by="id", sort_direction="desc", limit=1
    )
    assert [row["name"] for row in listed["data"]] == ["Helsinki City Library"]


def test_an_organization_is_changed(official: OfficialClient) -> None:
    changed = official.v2(
        "OrganizationsApi", "updateOrganization", id=1, UpdateOrganizationRequest={"name": "NW"}
    )
    assert changed["data"]["name"] == "NW"


def test_an_organization_is_found_by_name(official: OfficialClient) -> None:
    found = official.v2("OrganizationsApi", "searchOrganization", term="Fjord")
    assert [hit["item"]["name"] for hit in found["data"]["items"]] == ["Fjord Offices AS"]


def test_an_organization_is_deleted(official: OfficialClient) -> None:
    answer = official.v2("OrganizationsApi", "deleteOrganization", id=10)
    assert answer["data"] == {"id": 10}


def test_a_deal_is_created_in_a_stage(official: OfficialClient) -> None:
    made = official.v2(
        "DealsApi",
        "addDeal",
        AddDealRequest={"title": "Canteen", "person_id": 1, "stage_id": 6, "value": 1200.5},
    )
    assert (made["data"]["pipeline_id"], made["data"]["value"]) == (2, 1200.5)


def test_a_deal_is_read(official: OfficialClient) -> None:
    read = official.v2("DealsApi", "getDeal", id=1, include_fields="notes_count")
    assert (read["data"]["title"], read["data"]["notes_count"]) == ("12 espresso machines", 1)


def test_deals_of_a_person_are_listed(official: OfficialClient) -> None:
    listed = official.v2("DealsApi", "getDeals", person_id=6)
    assert [row["title"] for row in listed["data"]] == ["Canteen renewal"]


def test_a_deal_is_won(official: OfficialClient) -> None:
    won = official.v2("DealsApi", "updateDeal", id=1, UpdateDealRequest={"status": "won"})
    assert won["data"]["won_time"] == won["data"]["close_time"]


def test_a_deal_is_found_by_title(official: OfficialClient) -> None:
    found = official.v2("DealsApi", "searchDeals", term="grinder", fields="title")
    assert [hit["item"]["title"] for hit in found["data"]["items"]] == ["Grinder replacement"]


def test_a_deal_is_deleted(official: OfficialClient) -> None:
    assert official.v2("DealsApi", "deleteDeal", id=11)["data"] == {"id": 11}


def test_archived_deals_have_a_list_of_their_own(official: OfficialClient) -> None:
    official.v2("DealsApi", "updateDeal", id=2, UpdateDealRequest={"is_archived": True})
    listed = official.v2("DealsApi", "getArchivedDeals")
    assert [row["id"] for row in listed["data"]] == [2]


def test_an_activity_is_created_for_its_participants(official: OfficialClient) -> None:
    made = official.v2(
        "ActivitiesApi",
        "addActivity",
        AddActivityRequest={
            "subject": "Tasting",
            "type": "video_call",
            "due_date": "2026-12-01",
            "due_time": "10:00",
            "participants": [{"person_id": 3, "primary": True}],
        },
    )
    assert made["data"]["person_id"] == 3


def test_an_activity_is_done(official: OfficialClient) -> None:
    done = official.v2("ActivitiesApi", "updateActivity", id=1, AddActivityRequest={"done": True})
    assert done["data"]["marked_as_done_time"] is not None


def test_an_activity_is_read_with_its_attendees(official: OfficialClient) -> None:
    read = official.v2("ActivitiesApi", "getActivity", id=1, include_fields="attendees")
    assert "attendees" in read["data"]


def test_open_activities_are_listed(official: OfficialClient) -> None:
    listed = official.v2("ActivitiesApi", "getActivities", done=False)
    assert {row["done"] for row in listed["data"]} == {False}


def test_an_activity_is_deleted(official: OfficialClient) -> None:
    assert official.v2("ActivitiesApi", "deleteActivity", id=8)["data"] == {"id": 8}


def test_pipelines_and_stages_fit_together(official: OfficialClient) -> None:
    pipelines = official.v2("PipelinesApi", "getPipelines")
    stages = official.v2("StagesApi", "getStages", pipeline_id=2)
    assert pipelines["data"][1]["name"] == "Service contracts"
    assert [row["name"] for row in stages["data"]] == ["Offer sent", "Negotiation"]


def test_one_stage_and_one_pipeline_are_read(official: OfficialClient) -> None:
    stage = official.v2("StagesApi", "getStage", id=5)
    pipeline = official.v2("PipelinesApi", "getPipeline", id=stage["data"]["pipeline_id"])
    assert pipeline["data"]["name"] == "Service contracts"


def test_a_pipeline_gets_its_first_stage(official: OfficialClient) -> None:
    pipeline = official.v2("PipelinesApi", "addPipeline", AddPipelineRequest={"name": "Partners"})
    stage = official.v2(
        "StagesApi",
        "addStage",
        AddStageRequest={"name": "Invited", "pipeline_id": pipeline["data"]["id"]},
    )
    assert (stage["data"]["pipeline_id"], stage["data"]["order_nr"]) == (3, 1)


def test_a_stage_is_renamed_and_deleted(official: OfficialClient) -> None:
    renamed = official.v2("StagesApi", "updateStage", id=6, UpdateStageRequest={"name": "Haggle"})
    deleted = official.v2("StagesApi", "deleteStage", id=6)
    assert (renamed["data"]["name"], deleted["data"]) == ("Haggle", {"id": 6})


def test_search_goes_across_kinds(official: OfficialClient) -> None:
    found = official.v2("ItemSearchApi", "searchItem", term="library", item_types="lead")
    assert [hit["item"]["title"] for hit in found["data"]["items"]] == ["Library cafés"]


def test_a_custom_field_is_made_filled_and_searched(official: OfficialClient) -> None:
    code = official.v2(
        "PersonFieldsApi",
        "addPersonField",
        AddPersonFieldRequest={"field_name": "Badge", "field_type": "varchar"},
    )["data"]["field_code"]
    official.v2(
        "PersonsApi",
        "updatePerson",
        id=4,
        UpdatePersonRequest={"custom_fields": {code: "B-17"}},
    )
    found = official.v2(
        "ItemSearchApi",
        "searchItemByField",
        term="B-17",
        entity_type="person",
        field=code,
        match="exact",
    )
    assert [hit["id"] for hit in found["data"]] == [4]


def test_a_field_gets_another_option(official: OfficialClient) -> None:
    fields = official.v2("PersonFieldsApi", "getPersonFields", limit=500)["data"]
    code = next(row["field_code"] for row in fields if row["field_name"] == "Plan")
    official.v2(
        "PersonFieldsApi",
        "addPersonFieldOptions",
        field_code=code,
        AddDealFieldOptionsRequestInner=[{"label": "Enterprise"}],
    )
    read = official.v2("PersonFieldsApi", "getPersonField", field_code=code)
    assert [option["label"] for option in read["data"]["options"]] == [
        "Trial",
        "Team",
        "Business",
        "Enterprise",
    ]


def test_a_lead_becomes_a_deal(official: OfficialClient, pipedrive: Loopback) -> None:
    lead = pipedrive.sandbox.records("leads")[0]["id"]
    begun = official.v2("LeadsApi", "convertLeadToDeal", id=lead)
    conversion = begun["data"]["conversion_id"]
    status = official.v2("LeadsApi", "getLeadConversionStatus", id=lead, conversion_id=conversion)
    deal = official.v2("DealsApi", "getDeal", id=status["data"]["deal_id"])
    assert deal["data"]["title"] == "Asked for a price list"


def test_what_pipedrive_refuses_the_client_throws(official: OfficialClient) -> None:
    with pytest.raises(Refused) as refused:
        official.v2("PersonsApi", "addPerson", AddPersonRequest={"name": 7})
    assert refused.value.thrown["code"] == "ERR_SCHEMA_VALIDATION_FAILED"


def test_a_person_who_is_not_there_is_not_found(official: OfficialClient) -> None:
    with pytest.raises(Refused) as refused:
        official.v2("PersonsApi", "getPerson", id=999)
    assert refused.value.thrown["error"] == "Person not found"
