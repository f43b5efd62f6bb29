"""What has become of a value that we wrote, and which directive of a Mapping gave it."""

from typing import Any

import pytest

from dealwright.actionbook import actions
from dealwright.core.explaining import (
    Put,
    Recipe,
    Sight,
    Source,
    Standing,
    Value,
    Written,
    source_of,
    source_of_parent,
    values_of,
)
from dealwright.core.ours import digests
from dealwright.core.record import Deal, Labelled, Lead, LeadValue, Person, Record, RecordKind

KEY = "c" * 40
TIER = {"@path": "$.traits.tier"}


def put(entry: int = 1, *, correction: int | None = None) -> Put:
    """A write without values."""
    return Put(entry, entry, 1000 * entry, None, None, made=False, correction=correction)


def value(after: dict[str, Any], record: Record | None, **more: Any) -> Value:
    """The first value of one write, for a record as it stands."""
    sight = Sight(record=record, gone=more.get("gone", False), digests=more.get("digests", {}))
    written = Written(put(correction=more.get("correction")), {}, after)
    return values_of([written], sight)[0]


@pytest.mark.parametrize(
    ("after", "record"),
    [
        pytest.param({"name": "Ada"}, Person(id=1, name="Ada"), id="text"),
        pytest.param({"value": 12}, Deal(id=1, value=12.0), id="whole number"),
        pytest.param({"label_ids": [2, 1]}, Person(id=1, label_ids=(1, 2)), id="labels"),
        pytest.param(
            {"emails": [{"value": "ada@love.example", "primary": True}]},
            Person(id=1, emails=(Labelled(value="ada@love.example", label="work", primary=True),)),
            id="addresses with Pipedrive's own label",
        ),
        pytest.param(
            {"custom_fields": {KEY: "Riga"}},
            Person(id=1, custom_fields={KEY: {"value": "Riga", "country": "Latvia"}}),
            id="address that Pipedrive has completed",
        ),
        pytest.param(
            {"value": {"amount": 5, "currency": "EUR"}},
            Lead(id="l", value=LeadValue(amount=5.0, currency="EUR")),
            id="lead's value",
        ),
        pytest.param({"owner_id": None}, Person(id=1), id="emptied"),
    ],
)
def test_it_stands(after: dict[str, Any], record: Record) -> None:
    assert value(after, record).standing is Standing.STANDS


def test_another_value_was_changed() -> None:
    found = value({"name": "Ada"}, Person(id=1, name="Ada Love"))
    assert (found.standing, found.now) == (Standing.CHANGED, "Ada Love")


def test_no_value_was_cleared() -> None:
    assert value({"owner_id": 7}, Person(id=1)).standing is Standing.CLEARED


def test_what_pipedrive_writes_in_its_own_way_is_known_by_its_digest() -> None:
    record = Person(id=1, custom_fields={KEY: "+46 70 100 00 01"})
    left = digests(record, [KEY], before={})
    found = value({"custom_fields": {KEY: "+46701000001"}}, record, digests=left)
    assert found.standing is Standing.STANDS


def test_after_a_correction_only_what_it_wrote_stands() -> None:
    record = Person(id=1, name="Ada")
    left = digests(record, ["name"], before={})
    found = value({"name": "Ada Love"}, record, digests=left, correction=3)
    assert found.standing is Standing.CHANGED


def test_of_a_deleted_record_nothing_stands() -> None:
    assert value({"name": "Ada"}, None, gone=True).standing is Standing.RECORD_GONE


def test_of_an_unknown_record_nothing_is_known() -> None:
    assert value({"name": "Ada"}, None).standing is Standing.UNKNOWN


def test_writes_of_one_field_are_one_value_with_its_history() -> None:
    sight = Sight(record=Person(id=1, name="Ada Love"), gone=False, digests={})
    writes = [
        Written(put(1), {}, {"name": "Ada"}),
        Written(put(2), {"name": "Ada"}, {"name": "Ada Love"}),
    ]
    (found,) = values_of(writes, sight)
    assert [(one.before, one.after) for one in found.puts] == [(None, "Ada"), ("Ada", "Ada Love")]


def recipe(action: str, directives: dict[str, Any], **more: Any) -> Recipe:
    """The directives of a Mapping."""
    return Recipe(action=actions()[action], directives=directives, names={KEY: "Tier"}, **more)


@pytest.mark.parametrize(
    ("key", "found", "expected"),
    [
        pytest.param("name", recipe("upsert_person", {"name": TIER}), "name", id="by its name"),
        pytest.param("emails", recipe("upsert_person", {"email": TIER}), "email", id="emails"),
        pytest.param("owner_id", recipe("upsert_deal", {"owner": TIER}), "owner", id="owner"),
        pytest.param("label_ids", recipe("upsert_deal", {"labels": TIER}), "labels", id="labels"),
        pytest.param(
            "org_id",
            recipe("upsert_deal", {"organization_match_value": TIER}),
            "organization_match_value",
            id="link",
        ),
        pytest.param(
            "organization_id",
            recipe("upsert_lead", {"organization_match_value": TIER}),
            "organization_match_value",
            id="link of a lead",
        ),
        pytest.param(
            "emails",
            recipe("upsert_person", {"match_value": TIER}, match_field="email"),
            "match_value",
            id="match field",
        ),
        pytest.param(
            KEY,
            recipe("upsert_person", {"custom_fields": {" tier": TIER}}),
            "custom_fields/ tier",
            id="custom field by its name",
        ),
        pytest.param(
            KEY,
            recipe("upsert_person", {"custom_fields": {KEY: TIER}}),
            f"custom_fields/{KEY}",
            id="custom field by its key",
        ),
        pytest.param(
            KEY,
            recipe("upsert_person", {"match_value": TIER}, own_field=KEY),
            "match_value",
            id="the sender's own id",
        ),
    ],
)
def test_the_directive_that_gave_a_value_is_found(key: str, found: Recipe, expected: str) -> None:
    source = source_of(key, found)
    assert source is not None
    assert (source.field, source.directive) == (expected, TIER)


def test_one_directive_may_give_all_custom_fields() -> None:
    found = source_of(KEY, recipe("upsert_person", {"custom_fields": TIER}))
    assert found == Source("custom_fields", TIER)


def test_what_no_directive_gave_has_none() -> None:
    assert source_of("visible_to", recipe("upsert_person", {"name": TIER})) is None


@pytest.mark.parametrize(
    ("key", "field"),
    [("name", "person_name"), ("emails", "person_email"), ("owner_id", "person_match_value")],
)
def test_a_person_who_was_made_for_a_deal_has_the_deals_directives(key: str, field: str) -> None:
    directives = dict.fromkeys(("person_name", "person_email", "person_match_value"), TIER)
    source = source_of_parent(key, RecordKind.PERSON, recipe("upsert_deal", directives))
    assert source is not None
    assert source.field == field
