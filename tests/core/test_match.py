"""Matches, and the rules that choose among several."""

import pytest

from dealwright.core import identifier
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, AmbiguousRule, Found, Reference, choose
from dealwright.core.plan import Create, Link, Plan, Update, differing
from dealwright.core.record import Person, RecordKind
from dealwright.core.reference import match_field, refer

TWINS = (Person(id=43), Person(id=42))


def test_one_hit_is_found() -> None:
    hit = Person(id=42)
    assert choose((hit,), by="email", rule=AmbiguousRule.HOLD) == Found(record=hit, by="email")


@pytest.mark.parametrize(
    ("rule", "chosen", "other"), [(AmbiguousRule.OLDEST, 42, 43), (AmbiguousRule.NEWEST, 43, 42)]
)
def test_the_rule_chooses_and_names_the_others(
    rule: AmbiguousRule, chosen: int, other: int
) -> None:
    expected = Found(record=Person(id=chosen), by="email", others=(other,))
    assert choose(TWINS, by="email", rule=rule) == expected


def test_the_rule_to_hold_asks_a_person() -> None:
    expected = Ambiguous(candidates=(42, 43), by="email")
    assert choose(TWINS, by="email", rule=AmbiguousRule.HOLD) == expected


def test_deliveries_about_one_external_id_share_a_lane() -> None:
    reference = Reference(role="person", kind=RecordKind.PERSON, external_id="u-1")
    assert reference.lane == "person:u-1"


def test_without_an_external_id_the_first_key_is_the_lane() -> None:
    keys = (identifier.email("Ada@Byron.example"),)
    reference = Reference(role="person", kind=RecordKind.PERSON, keys=keys)
    assert reference.lane == "person:ada@byron.example"


def test_a_record_without_identity_has_no_lane() -> None:
    assert Reference(role="activity", kind=RecordKind.ACTIVITY).lane == ""


@pytest.mark.parametrize("named", ["", None, "id", "person_id"])
def test_segments_names_of_the_id_mean_the_id(named: str | None) -> None:
    assert match_field(RecordKind.PERSON, named, MatchDefaults()) == "id"


@pytest.mark.parametrize(("named", "field"), [("emails", "email"), ("phones", "phone")])
def test_v2s_names_of_the_addresses_mean_the_same(named: str, field: str) -> None:
    assert match_field(RecordKind.PERSON, named, MatchDefaults()) == field


def test_a_deal_is_matched_by_any_field_of_its_own() -> None:
    reference = refer(RecordKind.DEAL, "Big one", named="title", defaults=MatchDefaults())
    assert reference.keys == (identifier.field("title", "Big one"),)


def test_matched_by_phone_the_number_is_normalised() -> None:
    defaults = MatchDefaults(region="SE")
    reference = refer(RecordKind.PERSON, "070 123 45 67", named="phone", defaults=defaults)
    assert reference.keys[0].value == "+46701234567"


def test_only_what_differs_is_left() -> None:
    assert differing({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": 2}


def test_a_plan_that_only_links_writes_nothing() -> None:
    link = Link(kind=RecordKind.PERSON, record_id=42, external_id="u-1")
    assert not Plan(changes=(link,)).writes


@pytest.mark.parametrize(
    "change",
    [
        Create(kind=RecordKind.PERSON, values={}),
        Update(kind=RecordKind.PERSON, record_id=42, values={"name": "Ada"}, before={}),
    ],
    ids=["create", "update"],
)
def test_a_plan_that_sends_something_writes(change: Create | Update) -> None:
    assert Plan(changes=(change,)).writes
