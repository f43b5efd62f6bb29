"""Pipedrive's own Node client over what still lives of version 1."""

import pytest
from tests.sandbox.clients.loopback import Loopback
from tests.sandbox.clients.sdk import OfficialClient
from tests.sandbox.clients.stranger import Refused

pytestmark = [pytest.mark.npm, pytest.mark.process, pytest.mark.usefixtures("pipedrive")]


def test_a_note_is_created_on_a_person(official: OfficialClient) -> None:
    made = official.v1(
        "NotesApi", "addNote", AddNoteRequest={"content": "<p>Hi</p>", "person_id": 1}
    )
    assert made["data"]["person"]["name"] == "Ada Kask"


def test_a_note_is_read(official: OfficialClient) -> None:
    assert official.v1("NotesApi", "getNote", id=2)["data"]["person_id"] == 6


def test_notes_of_a_deal_are_listed(official: OfficialClient) -> None:
    listed = official.v1("NotesApi", "getNotes", deal_id=6)
    assert [row["user_id"] for row in listed["data"]] == [3]


def test_a_note_is_changed(official: OfficialClient) -> None:
    changed = official.v1("NotesApi", "updateNote", id=2, NoteRequest={"content": "Changed"})
    assert changed["data"]["content"] == "Changed"


def test_a_note_is_deleted(official: OfficialClient) -> None:
    assert official.v1("NotesApi", "deleteNote", id=2)["data"] is True


def test_a_note_is_commented(official: OfficialClient) -> None:
    official.v1(
        "NotesApi", "addNoteComment", id=1, CommentPostPutObject={"content": "Christmas is near"}
    )
    listed = official.v1("NotesApi", "getNoteComments", id=1)
    assert [row["content"] for row in listed["data"]] == ["Christmas is near"]


def test_a_lead_is_created(official: OfficialClient) -> None:
    made = official.v1(
        "LeadsApi",
        "addLead",
        AddLeadRequest={
            "title": "Wants a demo",
            "person_id": 1,
            "value": {"amount": 700, "currency": "EUR"},
        },
    )
    assert made["data"]["value"] == {"amount": 700, "currency": "EUR"}


def test_leads_are_listed(official: OfficialClient) -> None:
    listed = official.v1("LeadsApi", "getLeads")
    assert [row["title"] for row in listed["data"]] == ["Asked for a price list", "Library cafés"]


def test_a_lead_is_changed(official: OfficialClient, pipedrive: Loopback) -> None:
    lead = pipedrive.sandbox.records("leads")[0]["id"]
    official.v1("LeadsApi", "updateLead", id=lead, UpdateLeadRequest={"title": "Asked twice"})
    assert official.v1("LeadsApi", "getLead", id=lead)["data"]["title"] == "Asked twice"


def test_a_lead_is_deleted(official: OfficialClient, pipedrive: Loopback) -> None:
    lead = pipedrive.sandbox.records("leads")[1]["id"]
    assert official.v1("LeadsApi", "deleteLead", id=lead)["data"] == {"id": lead}


def test_leads_have_labels_and_sources(official: OfficialClient) -> None:
    labels = official.v1("LeadLabelsApi", "getLeadLabels")["data"]
    sources = official.v1("LeadSourcesApi", "getLeadSources")["data"]
    assert [row["name"] for row in labels] == ["Hot", "Warm", "Cold"]
    assert {"name": "API"} in sources


def test_users_are_listed_with_the_deactivated_one(official: OfficialClient) -> None:
    listed = official.v1("UsersApi", "getUsers")
    assert {row["name"]: row["active_flag"] for row in listed["data"]} == {
        "Mara Lind": True,
        "Jonas Weber": True,
        "Priya Nair": True,
        "Timo Saar": False,
    }


def test_the_owner_of_the_token_is_known(official: OfficialClient) -> None:
    me = official.v1("UsersApi", "getCurrentUser")["data"]
    assert (me["name"], me["company_domain"]) == ("Mara Lind", "tallinncoffee")


def test_a_user_is_found_by_name(official: OfficialClient) -> None:
    found = official.v1("UsersApi", "findUsersByName", term="Priya")
    assert [row["id"] for row in found["data"]] == [3]


def test_one_user_is_read(official: OfficialClient) -> None:
    assert official.v1("UsersApi", "getUser", id=2)["data"]["name"] == "Jonas Weber"


def test_activity_types_keep_their_key_when_renamed(official: OfficialClient) -> None:
    listed = official.v1("ActivityTypesApi", "getActivityTypes")
    names = {row["key_string"]: row["name"] for row in listed["data"]}
    assert names["video_call"] == "Online demo"


def test_an_activity_type_is_made(official: OfficialClient) -> None:
    made = official.v1(
        "ActivityTypesApi",
        "addActivityType",
        AddActivityTypeRequest={"name": "Site visit", "icon_key": "car"},
    )
    assert made["data"]["key_string"] == "site_visit"


def test_currencies_are_found_by_code(official: OfficialClient) -> None:
    found = official.v1("CurrenciesApi", "getCurrencies", term="NOK")
    assert [row["code"] for row in found["data"]] == ["NOK"]


def test_person_fields_are_listed_with_their_options(official: OfficialClient) -> None:
    listed = official.v1("PersonFieldsApi", "getPersonFields", limit=500)
    plan = next(row for row in listed["data"] if row["name"] == "Plan")
    assert [option["label"] for option in plan["options"]] == ["Trial", "Team", "Business"]


def test_a_deal_field_is_made_read_and_deleted(official: OfficialClient) -> None:
    made = official.v1(
        "DealFieldsApi", "addDealField", CreateFieldRequest={"name": "Lot", "field_type": "double"}
    )["data"]
    read = official.v1("DealFieldsApi", "getDealField", id=made["id"])["data"]
    official.v1("DealFieldsApi", "deleteDealField", id=made["id"])
    assert (read["key"], read["field_type"]) == (made["key"], "double")


def test_fields_of_leads_and_notes_are_listed(official: OfficialClient) -> None:
    leads = official.v1("LeadFieldsApi", "getLeadFields")["data"]
    notes = official.v1("NoteFieldsApi", "getNoteFields")["data"]
    assert "Budget" in {row["name"] for row in leads}
    assert "content" in {row["key"] for row in notes}


def test_persons_are_merged(official: OfficialClient) -> None:
    merged = official.v1(
        "PersonsApi", "mergePersons", id=24, MergePersonsRequest={"merge_with_id": 25}
    )
    assert merged["data"]["id"] == 25


def test_organizations_are_merged(official: OfficialClient) -> None:
    merged = official.v1(
        "OrganizationsApi",
        "mergeOrganizations",
        id=9,
        MergeOrganizationsRequest={"merge_with_id": 8},
    )
    persons = official.v2("PersonsApi", "getPersons", org_id=8)
    assert merged["data"] == {"id": 8}
    assert len(persons["data"]) == 4


def test_recent_changes_are_listed_by_kind(official: OfficialClient) -> None:
    listed = official.v1(
        "RecentsApi", "getRecents", since_timestamp="2020-01-01 00:00:00", items="user"
    )
    assert {row["item"] for row in listed["data"]} == {"user"}


def test_a_living_path_that_is_not_served_is_no_retired_one(official: OfficialClient) -> None:
    with pytest.raises(Refused) as refused:
        official.v1("DealsApi", "getDealsSummary")
    assert refused.value.thrown["error"] == "Unknown method"


def test_a_deal_gets_a_participant(official: OfficialClient) -> None:
    official.v1("DealsApi", "addDealParticipant", id=1, AddDealParticipantRequest={"person_id": 2})
    listed = official.v1("DealsApi", "getDealParticipants", id=1)
    assert [row["person_id"]["name"] for row in listed["data"]] == ["Rein Tamm"]


def test_a_lead_without_anybody_is_refused(official: OfficialClient) -> None:
    with pytest.raises(Refused) as refused:
        official.v1("LeadsApi", "addLead", AddLeadRequest={"title": "Nobody's"})
    assert refused.value.thrown["success"] is False
