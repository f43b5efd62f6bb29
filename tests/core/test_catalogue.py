"""What pickers offer of an account's lists; every picker that an Action names has a source."""

import pytest

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.catalogue import OFFERS, TYPES, AccountList, Catalogue, choices
from dealwright.core.record import (
    ActivityType,
    Currency,
    FieldDefinition,
    FieldOption,
    LeadLabel,
    Member,
    Pipeline,
    RecordKind,
    Stage,
)
from dealwright.core.registry import discover

ACTIONS = discover(dealwright.actions, "ACTION", Action)


def custom(code: str, name: str, kind: str) -> FieldDefinition:
    return FieldDefinition(
        field_code=code * 40, field_name=name, field_type=kind, is_custom_field=True
    )


LABELS = FieldDefinition(
    field_code="label_ids",
    field_name="Labels",
    field_type="set",
    options=(FieldOption(id="7", label="VIP"),),
)
CATALOGUE = Catalogue(
    person_fields=(custom("a", "Our id", "varchar"), custom("b", "Plan", "enum"), LABELS),
    organization_fields=(LABELS,),
    deal_fields=(custom("c", "Began on", "date"), custom("d", "Ref", "text"), LABELS),
    pipelines=(
        Pipeline(id=2, name="Renewal", order_nr=2),
        Pipeline(id=1, name="New", order_nr=1),
        Pipeline(id=3, name="Old", order_nr=3, is_deleted=True),
    ),
    stages=(
        Stage(id=12, name="Won soon", pipeline_id=1, order_nr=2),
        Stage(id=11, name="Lead in", pipeline_id=1, order_nr=1),
        Stage(id=21, name="Due", pipeline_id=2, order_nr=1),
        Stage(id=22, name="Gone", pipeline_id=2, order_nr=2, is_deleted=True),
        Stage(id=31, name="Of a deleted pipeline", pipeline_id=3),
    ),
    activity_types=(
        ActivityType(id=2, name="Meeting", key_string="meeting", order_nr=2),
        ActivityType(id=1, name="Call", key_string="call", order_nr=1),
        ActivityType(id=3, name="Fax", key_string="fax", active_flag=False),
    ),
    users=(
        Member(id=1, name="Mara Lind", email="mara@acme.example"),
        Member(id=2, name="Robot"),
        Member(id=3, name="Former", email="former@acme.example", active_flag=False),
    ),
    lead_labels=(LeadLabel(id="u-u-i-d", name="Hot"),),
    currencies=(
        Currency(code="EUR", name="Euro"),
        Currency(code="DEM", name="Mark", active_flag=False),
    ),
)


def offered(dynamic: str) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in choices(dynamic, CATALOGUE)]


@pytest.mark.parametrize(
    "dynamic", sorted({f.dynamic for action in ACTIONS.values() for f in action.fields} - {""})
)
def test_every_picker_of_an_action_has_a_source(dynamic: str) -> None:
    assert dynamic in OFFERS


@pytest.mark.parametrize("dynamic", sorted(OFFERS))
def test_every_offer_is_a_picker_of_an_action(dynamic: str) -> None:
    assert dynamic in {f.dynamic for action in ACTIONS.values() for f in action.fields}


@pytest.mark.parametrize("dynamic", sorted(OFFERS))
def test_a_list_that_was_not_read_offers_nothing(dynamic: str) -> None:
    assert choices(dynamic, Catalogue()) == ()


def test_every_list_has_a_type_and_a_place() -> None:
    assert set(TYPES) == set(AccountList) == set(Catalogue.__struct_fields__)


@pytest.mark.parametrize(
    ("dynamic", "expected"),
    [
        (
            "person_match_fields",
            [
                ("id", "ID"),
                ("email", "Email"),
                ("phone", "Phone"),
                ("name", "Name"),
                ("a" * 40, "Our id"),
            ],
        ),
        ("organization_match_fields", [("id", "ID"), ("name", "Name")]),
        ("deal_match_fields", [("id", "ID"), ("title", "Title"), ("d" * 40, "Ref")]),
        ("person_custom_fields", [("a" * 40, "Our id"), ("b" * 40, "Plan")]),
        ("organization_custom_fields", []),
        ("deal_custom_fields", [("c" * 40, "Began on"), ("d" * 40, "Ref")]),
        ("deal_date_fields", [("c" * 40, "Began on")]),
        ("pipelines", [("1", "New"), ("2", "Renewal")]),
        ("stages", [("11", "New: Lead in"), ("12", "New: Won soon"), ("21", "Renewal: Due")]),
        ("activity_types", [("call", "Call"), ("meeting", "Meeting")]),
        ("users", [("mara@acme.example", "Mara Lind"), ("2", "Robot")]),
        ("person_labels", [("7", "VIP")]),
        ("organization_labels", [("7", "VIP")]),
        ("deal_labels", [("7", "VIP")]),
        ("lead_labels", [("u-u-i-d", "Hot")]),
        ("currencies", [("EUR", "Euro")]),
    ],
)
def test_what_is_offered(dynamic: str, expected: list[tuple[str, str]]) -> None:
    assert offered(dynamic) == expected


def test_leads_have_the_fields_of_deals() -> None:
    assert CATALOGUE.schema(RecordKind.LEAD) == CATALOGUE.schema(RecordKind.DEAL)


def test_notes_have_no_fields() -> None:
    assert CATALOGUE.schema(RecordKind.NOTE) is None
