"""Typed calls against the sandbox, with both Senders."""

from datetime import UTC, datetime, timedelta

import pytest

from dealwright.core.errors import ConfigError, Rejected, Unavailable
from dealwright.core.record import Activity, Deal, Labelled, Participant, Person, RecordKind
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.pages import OVERLAP
from dealwright.pipedrive.records import PersonField, Records
from dealwright.sandbox.app import Sandbox

ADA = 1
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PERSON = {
    "name": "Grace Hopper",
    "emails": [{"value": "grace@navy.example", "label": "work", "primary": True}],
}
EMPTY_PAGE = '{"success":true,"data":[],"additional_data":{"next_cursor":"bm90aGluZw"}}'
LAST_PAGE = '{"success":true,"data":[],"additional_data":{"next_cursor":null}}'
EVERY_KIND = [
    RecordKind.PERSON,
    RecordKind.ORGANIZATION,
    RecordKind.DEAL,
    RecordKind.ACTIVITY,
]


@pytest.fixture
def records(either_client: Client) -> Records:
    return Records(either_client)


async def test_a_person_that_is_made_comes_back_typed(records: Records) -> None:
    made = await records.create(RecordKind.PERSON, PERSON)

    assert isinstance(made, Person)
    assert made.emails == (Labelled(value="grace@navy.example", label="work", primary=True),)


async def test_an_activity_has_its_person_through_participants(records: Records) -> None:
    made = await records.create(
        RecordKind.ACTIVITY,
        {
            "subject": "Call Ada",
            "type": "call",
            "participants": [{"person_id": ADA, "primary": True}],
        },
    )

    assert isinstance(made, Activity)
    assert made.participants == (Participant(person_id=ADA, primary=True),)


async def test_an_organization_that_is_made_can_be_read(records: Records) -> None:
    made = await records.create(RecordKind.ORGANIZATION, {"name": "Navy"})

    assert await records.get(RecordKind.ORGANIZATION, made.id) == made


async def test_a_change_changes_what_it_names_and_nothing_else(records: Records) -> None:
    made = await records.create(RecordKind.PERSON, PERSON)
    changed = await records.update(RecordKind.PERSON, made.id, {"name": "Rear Admiral Hopper"})

    assert isinstance(changed, Person)
    assert (changed.name, changed.emails[0].value) == ("Rear Admiral Hopper", "grace@navy.example")


async def test_a_number_goes_out_as_a_number(records: Records) -> None:
    made = await records.create(RecordKind.DEAL, {"title": "Ship", "value": 12.5})

    assert isinstance(made, Deal)
    assert made.value == 12.5


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_a_record_that_is_not_there_is_none(records: Records, kind: RecordKind) -> None:
    assert await records.get(kind, 999_999) is None


async def test_a_deleted_record_says_so(records: Records, sandbox: Sandbox) -> None:
    sandbox.put_state({"persons": [{"id": ADA, "is_deleted": True}]})
    read = await records.get(RecordKind.PERSON, ADA)

    assert read is not None
    assert read.is_deleted


async def test_an_outage_while_reading_is_never_none(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(method="GET", path="/api/v2/persons/", status=503)

    with pytest.raises(Unavailable):
        await records.get(RecordKind.PERSON, ADA)


async def test_a_page_of_somebody_else_is_never_none(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(path="/api/v2/persons/", status=404, raw="<html>not found</html>")

    with pytest.raises(Unavailable):
        await records.get(RecordKind.PERSON, ADA)


async def test_an_unknown_route_is_never_none(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(
        path="/api/v2/persons/", status=404, body={"success": False, "error": "Unknown method"}
    )

    with pytest.raises(Rejected, match="address"):
        await records.get(RecordKind.PERSON, ADA)


async def test_changing_a_record_that_is_gone_is_refused(records: Records) -> None:
    with pytest.raises(Rejected) as caught:
        await records.update(RecordKind.PERSON, 999_999, {"name": "Nobody"})

    assert caught.value.code == "record_not_found"


async def test_pipedrives_own_words_reach_whoever_made_the_mapping(records: Records) -> None:
    with pytest.raises(Rejected, match="custom_fields"):
        await records.create(RecordKind.PERSON, {"name": "A", "custom_fields": {"f" * 40: "x"}})


async def test_a_person_is_found_by_address_whatever_the_case(records: Records) -> None:
    hits = await records.search_persons("ADA.KASK@northwind.example")

    assert [(hit.id, hit.emails) for hit in hits] == [(ADA, ("ada.kask@northwind.example",))]


async def test_a_part_of_an_address_finds_nobody(records: Records) -> None:
    assert await records.search_persons("kask@northwind.example") == []


async def test_a_person_is_found_by_phone(records: Records) -> None:
    hits = await records.search_persons("+372 5555 0101", field=PersonField.PHONE)

    assert [hit.phones for hit in hits] == [("+372 5555 0101",)]


async def test_a_person_is_found_by_name(records: Records) -> None:
    hits = await records.search_persons("ada kask", field=PersonField.NAME)

    assert [hit.name for hit in hits] == ["Ada Kask"]


async def test_an_organization_is_found_by_name(records: Records) -> None:
    hits = await records.search_organizations("müller & söhne gmbh")

    assert [(hit.id, hit.name) for hit in hits] == [(3, "Müller & Söhne GmbH")]


async def test_more_hits_than_a_page_are_all_returned(records: Records, sandbox: Sandbox) -> None:
    sandbox.put_state({"persons": [{"name": "John Smith"} for _ in range(250)]})
    hits = await records.search_persons("John Smith", field=PersonField.NAME)

    assert len({hit.id for hit in hits}) == 250


async def test_hits_without_end_are_refused_rather_than_cut(
    records: Records, sandbox: Sandbox
) -> None:
    sandbox.put_state({"persons": [{"name": "John Smith"} for _ in range(501)]})

    with pytest.raises(Rejected) as caught:
        await records.search_persons("John Smith", field=PersonField.NAME)

    assert caught.value.code == "too_many_hits"


async def test_an_outage_while_searching_is_never_nobody(
    records: Records, sandbox: Sandbox
) -> None:
    sandbox.add_fault(path="/search", status=500)

    with pytest.raises(Unavailable):
        await records.search_persons("ada.kask@northwind.example")


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "data": None},
        {"success": True, "data": {}},
        {"success": True, "data": {"items": None}},
        {"success": True, "data": {"items": [{"result_score": 1}]}},
    ],
    ids=["null", "no items", "null items", "an item without a record"],
)
async def test_a_search_answer_of_another_shape_is_never_nobody(
    records: Records, sandbox: Sandbox, body: dict[str, object]
) -> None:
    sandbox.add_fault(path="/search", status=200, body=body)

    with pytest.raises(Unavailable):
        await records.search_persons("ada.kask@northwind.example")


async def test_a_record_is_found_by_a_custom_field(records: Records) -> None:
    field = await records.create_field(RecordKind.PERSON, "Customer id")
    made = await records.create(
        RecordKind.PERSON, {"name": "Grace", "custom_fields": {field.field_code: "u-1"}}
    )

    assert await records.search_field(RecordKind.PERSON, field.field_code, "u-1") == [made.id]


@pytest.mark.parametrize(
    "data",
    [
        [{"id": 7, "a_field": "x"}],
        {"items": [{"result_score": 0.5, "item": {"id": 7}}]},
        [{"result_score": 0.5, "item": {"id": 7}}],
    ],
    ids=["flat", "scored", "scored in a list"],
)
async def test_both_shapes_of_a_field_search_are_read(
    records: Records, sandbox: Sandbox, data: object
) -> None:
    sandbox.add_fault(path="/itemSearch", status=200, body={"success": True, "data": data})

    assert await records.search_field(RecordKind.PERSON, "name", "x") == [7]


@pytest.mark.parametrize("data", [[{"name": "x"}], None, {"items": [{"item": None}]}])
async def test_a_field_search_without_ids_is_never_nobody(
    records: Records, sandbox: Sandbox, data: object
) -> None:
    sandbox.add_fault(path="/itemSearch", status=200, body={"success": True, "data": data})

    with pytest.raises(Unavailable):
        await records.search_field(RecordKind.PERSON, "name", "x")


async def test_what_was_just_made_stands_among_the_newest(
    records: Records, sandbox: Sandbox
) -> None:
    before = datetime(2026, 11, 2, 9, 0, 30, tzinfo=UTC)
    sandbox.clock.advance(60)
    made = await records.create(RecordKind.PERSON, PERSON)

    assert await records.newest(RecordKind.PERSON, before) == [made]


async def test_the_newest_are_asked_for_in_whole_seconds(
    records: Records, sandbox: Sandbox
) -> None:
    moment = datetime(2026, 11, 2, 9, 0, 30, 999_999, tzinfo=UTC)
    await records.newest(RecordKind.PERSON, moment)

    assert "updated_since=2026-11-02T09%3A00%3A30Z&" in sandbox.calls[-1].query


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_every_kind_has_its_newest(records: Records, kind: RecordKind) -> None:
    ids = [record.id for record in await records.newest(kind, LONG_AGO)]

    assert len(ids) == len(set(ids)) > 0


async def test_a_list_of_several_pages_is_read_to_its_end(
    records: Records, sandbox: Sandbox
) -> None:
    sandbox.put_state({"persons": [{"name": f"Person {n}"} for n in range(1000)]})
    found = await records.newest(RecordKind.PERSON, LONG_AGO)

    assert len({record.id for record in found}) == 1025


async def test_an_empty_page_is_not_the_end(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(path="/api/v2/persons", status=200, raw=EMPTY_PAGE, times=1)
    sandbox.add_fault(path="/api/v2/persons", status=200, raw=LAST_PAGE, times=1)
    await records.newest(RecordKind.PERSON, LONG_AGO)

    assert "cursor=bm90aGluZw" in sandbox.calls[-1].query


async def test_a_list_without_end_is_refused(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(path="/api/v2/deals", status=200, raw=EMPTY_PAGE)

    with pytest.raises(Unavailable) as caught:
        await records.newest(RecordKind.DEAL, LONG_AGO)

    assert caught.value.code == "unreadable_answer"


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_every_kind_is_read_by_the_page(records: Records, kind: RecordKind) -> None:
    page = await records.page(kind)

    assert len({record.id for record in page.records}) == len(page.records) > 0


async def test_a_page_goes_on_where_the_one_before_ended(
    records: Records, sandbox: Sandbox
) -> None:
    sandbox.put_state({"persons": [{"name": f"Person {n}"} for n in range(1000)]})
    first = await records.page(RecordKind.PERSON)
    second = await records.page(RecordKind.PERSON, cursor=first.next_cursor)

    assert [len(first.records), second.records[0].id] == [500, 501]


async def test_pages_of_notes_overlap_so_that_none_is_missed_when_one_is_deleted(
    records: Records, sandbox: Sandbox
) -> None:
    sandbox.put_state({"notes": [{"content": f"n{n}", "person_id": 1} for n in range(700)]})
    first = await records.page(RecordKind.NOTE)
    second = await records.page(RecordKind.NOTE, cursor=first.next_cursor)

    assert second.records[:OVERLAP] == first.records[-OVERLAP:]
    assert second.next_cursor is None


async def test_archived_deals_come_after_the_others(records: Records, sandbox: Sandbox) -> None:
    sandbox.put_state({"deals": [{"id": 900, "title": "Old", "is_archived": True}]})
    first = await records.page(RecordKind.DEAL)
    second = await records.page(RecordKind.DEAL, cursor=first.next_cursor)

    assert [record.id for record in second.records] == [900]
    assert second.next_cursor is None


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_every_kind_has_fields(records: Records, kind: RecordKind) -> None:
    fields = await records.fields(kind)

    assert "id" in {field.field_code for field in fields}


async def test_a_new_field_is_among_the_fields(records: Records) -> None:
    made = await records.create_field(RecordKind.ORGANIZATION, "Group id")

    assert made in await records.fields(RecordKind.ORGANIZATION)


async def test_a_field_for_an_external_id_is_a_text(records: Records) -> None:
    made = await records.create_field(RecordKind.PERSON, "Customer id")

    assert (made.field_name, made.field_type, made.is_custom_field) == (
        "Customer id",
        "varchar",
        True,
    )


async def test_activities_take_no_new_fields(records: Records) -> None:
    with pytest.raises(ConfigError, match="cannot add fields to activities"):
        await records.create_field(RecordKind.ACTIVITY, "External id")


async def test_a_renamed_activity_type_keeps_its_key(records: Records) -> None:
    types = {kind.name: kind.key_string for kind in await records.activity_types()}

    assert types["Online demo"] == "video_call"


async def test_inactive_activity_types_are_told_apart(records: Records) -> None:
    inactive = [kind.name for kind in await records.activity_types() if not kind.active_flag]

    assert inactive == ["Lunch"]


async def test_no_activity_types_is_an_empty_list(records: Records, sandbox: Sandbox) -> None:
    sandbox.add_fault(path="/activityTypes", status=200, body={"success": True, "data": None})

    assert await records.activity_types() == []


async def test_the_token_tells_whose_it_is(records: Records) -> None:
    me = await records.me()

    assert (me.name, me.company_name, me.company_domain) == (
        "Mara Lind",
        "Tallinn Coffee Machines",
        "tallinncoffee",
    )


async def test_the_ledger_hears_what_the_sandbox_charged(
    records: Records, sandbox: Sandbox, calls: list[CallRecord]
) -> None:
    await records.me()
    await records.search_persons("ada.kask@northwind.example")
    await records.get(RecordKind.PERSON, ADA)
    await records.create(RecordKind.PERSON, PERSON)
    await records.update(RecordKind.PERSON, ADA, {"name": "Ada"})
    await records.newest(RecordKind.PERSON, LONG_AGO + timedelta(days=1))
    await records.fields(RecordKind.PERSON)
    await records.activity_types()

    assert [record.call.tokens for record in calls] == [call.cost for call in sandbox.calls]
