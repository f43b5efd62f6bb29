"""A Segment destination becomes a Connection's Mappings, and nothing of it is lost silently."""

import json
from pathlib import Path
from typing import Any

import pytest

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.errors import MappingError
from dealwright.core.record import FieldDefinition, FieldOption, RecordKind
from dealwright.core.registry import discover
from dealwright.core.schema import Schema
from dealwright.core.segment_export import read_export
from dealwright.core.segment_import import Imported, Verdict, bring

ACTIONS = discover(dealwright.actions, "ACTION", Action)
FILES = Path(__file__).parents[1] / "cases" / "imports" / "segment"
TEXT_KEY, DATE_KEY = "a1" * 20, "b2" * 20
PERSON = Schema(
    fields=(
        FieldDefinition(
            field_code=TEXT_KEY, field_name="Our id", field_type="varchar", is_custom_field=True
        ),
        FieldDefinition(
            field_code=DATE_KEY, field_name="Since", field_type="date", is_custom_field=True
        ),
    )
)
SCHEMAS = {
    RecordKind.PERSON: PERSON,
    RecordKind.ORGANIZATION: Schema(fields=()),
    RecordKind.DEAL: Schema(fields=()),
}
DESTINATION: dict[str, Any] = {
    "id": "d",
    "metadata": {"slug": "actions-pipedrive"},
    "settings": {"domain": "acme", "apiToken": "a1" * 20},
}
IDENTIFY = {
    "name": "Persons",
    "actionSlug": "createUpdatePerson",
    "enabled": True,
    "trigger": 'type = "identify"',
    "settings": {"match_value": {"@path": "$.userId"}},
}


def exported(name: str) -> Any:
    return json.loads((FILES / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def imported() -> Imported:
    files = [exported("destination.json"), exported("subscriptions.json")]
    return bring(read_export(files), ACTIONS, SCHEMAS)


def brought(**changes: Any) -> Imported:
    return bring(read_export([[DESTINATION, {**IDENTIFY, **changes}]]), ACTIONS, SCHEMAS)


def told(imported: Imported, verdict: Verdict) -> list[tuple[str, str]]:
    return [(note.mapping, note.place) for note in imported.notes if note.verdict is verdict]


def test_good_subscriptions_become_mappings(imported: Imported) -> None:
    assert [(one.draft.name, one.draft.action, one.enabled) for one in imported.mappings] == [
        ("Persons", "upsert_person", True),
        ("Companies", "upsert_organization", False),
    ]


def test_what_could_not_be_brought_is_kept_whole(imported: Imported) -> None:
    assert [one.name for one in imported.lost] == ["Never fired", "Slack"]


def test_every_loss_has_its_reason(imported: Imported) -> None:
    assert told(imported, Verdict.NOT_MADE) == [("Never fired", "trigger"), ("Slack", "action")]


def test_what_means_something_else_now_is_said(imported: Imported) -> None:
    assert told(imported, Verdict.DIFFERS) == [("Persons", "@template"), ("Persons", "trigger")]


def test_what_cannot_work_is_left_out_with_the_reason(imported: Imported) -> None:
    assert told(imported, Verdict.LEFT_OUT) == [
        ("", "dealField"),
        ("Persons", "enable_batching"),
        ("Persons", "match_field"),
        ("Persons", "custom_fields/id"),
    ]


def test_a_key_of_the_record_moves_to_the_actions_field(imported: Imported) -> None:
    fields = imported.mappings[0].draft.fields
    assert (fields["phone"], set(fields["custom_fields"])) == (
        {"@path": "$.traits.phone"},
        {TEXT_KEY},
    )


def test_the_settings_fields_become_the_connections(imported: Imported) -> None:
    assert imported.match_fields == {RecordKind.PERSON: TEXT_KEY}


def test_mappings_of_other_destinations_are_left_alone(imported: Imported) -> None:
    assert "1 mappings of other destinations were left alone." in [n.text for n in imported.notes]


def test_a_masked_token_is_none() -> None:
    assert read_export([exported("destination.json")]).token is None


def test_a_token_in_the_export_is_a_secret() -> None:
    export = read_export([DESTINATION])
    assert export.token is not None
    assert "a1a1" not in repr(export.token)


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [[]],
        ["x"],
        [IDENTIFY],
        [{"settings": {}, "metadata": {"slug": "slack"}}],
        [DESTINATION, {**DESTINATION, "id": "e"}],
        [{**DESTINATION, "name": 7}],
    ],
)
def test_what_is_no_export_is_refused(documents: list[object]) -> None:
    with pytest.raises(MappingError) as raised:
        read_export(documents)
    assert raised.value.code == "invalid_export"


def test_of_several_destinations_that_of_pipedrive_is_taken() -> None:
    slack = {"id": "s", "metadata": {"slug": "slack"}, "settings": {"x": 1}}
    assert read_export([{"destinations": [slack, DESTINATION]}]).domain == "acme"


def test_a_page_of_several_is_noticed() -> None:
    page = {"data": {"subscriptions": [IDENTIFY], "pagination": {"next": "Mg=="}}}
    imported = bring(read_export([DESTINATION, page]), ACTIONS, {})
    assert "one page of several" in imported.notes[0].text


def test_fields_as_json_text_are_read() -> None:
    imported = brought(settings='{"match_value": "7"}')
    assert imported.mappings[0].draft.fields == {"match_value": "7"}


def test_fields_that_are_no_json_are_told() -> None:
    assert told(brought(settings="{"), Verdict.NOT_MADE) == [("Persons", "fields")]


def test_fields_under_mapping_are_read() -> None:
    imported = brought(settings=None, mapping={"match_value": "7"})
    assert imported.mappings[0].draft.fields == {"match_value": "7"}


def test_a_faulty_directive_is_told_with_its_path() -> None:
    imported = brought(settings={"match_value": {"@paht": "x"}})
    assert told(imported, Verdict.NOT_MADE) == [("Persons", "match_value")]


def test_a_subscription_without_a_slug_is_told() -> None:
    imported = brought(actionSlug=None, actionId="abc")
    assert "abc" in imported.notes[0].text


def test_a_warehouse_model_is_told() -> None:
    assert told(brought(modelId="m"), Verdict.NOT_MADE) == [("Persons", "modelId")]


@pytest.mark.parametrize("key", ["email", "phone", "name", "id", TEXT_KEY])
def test_a_field_that_pipedrive_can_search_stays(key: str) -> None:
    imported = brought(settings={"match_value": "7", "match_field": key})
    assert imported.mappings[0].draft.fields["match_field"] == key


@pytest.mark.parametrize("key", [DATE_KEY, "c3" * 20, "status"])
def test_a_field_that_it_cannot_search_is_left_out(key: str) -> None:
    imported = brought(settings={"match_value": "7", "match_field": key})
    assert told(imported, Verdict.LEFT_OUT) == [("Persons", "match_field")]


def test_custom_fields_that_the_account_lacks_are_told() -> None:
    imported = brought(settings={"match_value": "7", "custom_fields": {"No such": 1}})
    assert told(imported, Verdict.LOOK) == [("Persons", "custom_fields/No such")]


def test_custom_fields_that_all_move_leave_nothing() -> None:
    imported = brought(settings={"match_value": "7", "custom_fields": {"phone": "1"}})
    assert imported.mappings[0].draft.fields == {"match_value": "7", "phone": "1"}


def test_a_word_in_a_trigger_that_lacks_its_quotes_is_told() -> None:
    assert told(brought(trigger="type = identify"), Verdict.LOOK) == [("Persons", "trigger")]


def test_more_mappings_than_a_connection_takes_are_told() -> None:
    many = [{**IDENTIFY, "name": f"M{number}"} for number in range(52)]
    imported = bring(read_export([DESTINATION, many]), ACTIONS, {})
    assert [one.name for one in imported.lost] == ["M50", "M51"]


def test_a_setting_that_segment_does_not_have_is_told() -> None:
    other = {**DESTINATION, "settings": {"domain": "acme", "colour": "red"}}
    imported = bring(read_export([other]), ACTIONS, {})
    assert told(imported, Verdict.LEFT_OUT) == [("", "colour")]


DEAL = {
    "name": "Deals",
    "actionSlug": "createUpdateDeal",
    "trigger": 'type = "track"',
    "settings": {
        "title": {"@path": "$.properties.title"},
        "organization_match_value": {"@path": "$.context.groupId"},
        "organization_match_field": "name",
        "add_time": {"@path": "$.timestamp"},
        "custom_fields": {"label": 5, "org_id": 9, "owner_id": 7},
    },
}


@pytest.fixture(scope="module")
def deals() -> Imported:
    return bring(read_export([[DESTINATION, DEAL]]), ACTIONS, SCHEMAS)


def test_links_labels_and_owners_move_to_fields_of_their_own(deals: Imported) -> None:
    assert deals.mappings[0].draft.fields == {
        "title": {"@path": "$.properties.title"},
        "organization_match_value": 9,
        "organization_match_field": "id",
        "add_time": {"@path": "$.timestamp"},
        "labels": 5,
        "labels_mode": "replace",
        "owner": 7,
    }


def test_what_a_moved_key_takes_the_place_of_is_told(deals: Imported) -> None:
    (text,) = [note.text for note in deals.notes if note.place == "custom_fields/org_id"]
    assert '{"@path":"$.context.groupId"}' in text


def test_the_creation_time_of_deals_is_told(deals: Imported) -> None:
    assert ("Deals", "add_time") in told(deals, Verdict.DIFFERS)


@pytest.mark.parametrize("kind", ["Person", "Organization", "Deal", "Lead", "Activity", "Note"])
def test_segments_own_defaults_are_brought_for_every_action(kind: str) -> None:
    action = ACTIONS[f"upsert_{kind.lower()}"]
    defaults = {"settings": action.default_fields(), "actionSlug": f"createUpdate{kind}"}

    assert [one.draft.action for one in brought(**defaults).mappings] == [action.key]


def without_links(slug: str, **fields: Any) -> Imported:
    return brought(actionSlug=slug, trigger='type = "track"', settings=fields)


@pytest.mark.parametrize(
    ("slug", "key"),
    [
        ("createUpdateDeal", "deal_match_value"),
        ("createUpdateLead", "lead_id"),
        ("createUpdateNote", "note_id"),
    ],
)
def test_a_mapping_that_could_only_update_goes_on_doing_that(slug: str, key: str) -> None:
    imported = without_links(slug, **{key: {"@path": "$.properties.id"}})

    assert imported.mappings[0].draft.fields["sync_mode"] == "update"
    assert told(imported, Verdict.CHANGED) == [("Persons", "sync_mode")]


def test_a_mapping_that_could_do_nothing_is_not_made() -> None:
    imported = without_links("createUpdateDeal", title="Any")

    assert told(imported, Verdict.NOT_MADE) == [("Persons", "person_match_value")]


def labelled(labels: object) -> Imported:
    field = FieldDefinition(
        field_code="label_ids",
        field_name="Labels",
        field_type="set",
        options=(FieldOption(id="7", label="VIP"),),
    )
    schemas = {**SCHEMAS, RecordKind.PERSON: Schema(fields=(field,))}
    settings = {"match_value": "7", "custom_fields": {"label": labels}}
    return bring(read_export([[DESTINATION, {**IDENTIFY, "settings": settings}]]), ACTIONS, schemas)


@pytest.mark.parametrize("labels", [7, "vip", [7, "VIP"], {"@path": "$.traits.label"}])
def test_labels_that_the_account_has_need_no_look(labels: object) -> None:
    assert told(labelled(labels), Verdict.LOOK) == []


@pytest.mark.parametrize("labels", [8, "Gold", [7, 8]])
def test_a_label_that_the_account_lacks_is_told(labels: object) -> None:
    assert told(labelled(labels), Verdict.LOOK) == [("Persons", "labels")]
