"""A hit counts when the record really carries what was looked for."""

import pytest

from dealwright.core import identifier
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.record import Deal, Labelled, Organization, Person, Record
from dealwright.pipeline.verify import KeyOf, carries, key_of, keys_of

ADA = Person(
    id=7,
    name="Ada Love",
    emails=(Labelled(value="Ada@Love.example"), Labelled(value="not an address")),
    phones=(Labelled(value="030 123456"), Labelled(value="none")),
    custom_fields={"a" * 40: "x-7", "b" * 40: {"value": 12.0, "currency": "EUR"}, "c" * 40: [1]},
)
LOVE = Organization(id=3, name="Love Ltd")
DEAL = Deal(id=5, title="Big", value=1200.0)
GONE = Person(id=8, name="Ada Love", is_deleted=True)


def named(name: str) -> Identifier:
    return identifier.name(name)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        pytest.param(ADA, identifier.email("ada@love.EXAMPLE"), id="address, whatever its case"),
        pytest.param(ADA, identifier.phone("+49 30 123456"), id="number, however written"),
        pytest.param(ADA, identifier.record_id("7"), id="own id"),
        pytest.param(ADA, named("ada love "), id="name, whatever its case"),
        pytest.param(LOVE, named("Love Ltd"), id="name of an organization"),
        pytest.param(ADA, identifier.field("a" * 40, "x-7"), id="custom field"),
        pytest.param(ADA, identifier.field("b" * 40, "12"), id="amount"),
        pytest.param(DEAL, identifier.field("value", "1200"), id="built-in amount"),
    ],
)
def test_a_record_carries_what_it_is_known_by(record: Record, key: Identifier) -> None:
    assert carries(record, key, region="DE")


@pytest.mark.parametrize(
    ("record", "key"),
    [
        pytest.param(ADA, identifier.email("ada@love.example.example"), id="longer address"),
        pytest.param(ADA, identifier.phone("+49 30 1234567"), id="longer number"),
        pytest.param(ADA, identifier.record_id("70"), id="other id"),
        pytest.param(ADA, named("Ada"), id="part of a name"),
        pytest.param(ADA, identifier.field("a" * 40, "X-7"), id="other case in a field"),
        pytest.param(ADA, identifier.field("c" * 40, "1"), id="a list is no text"),
        pytest.param(ADA, identifier.field("d" * 40, "1"), id="a field it lacks"),
        pytest.param(ADA, identifier.external_id("7"), id="an external id is no key"),
        pytest.param(LOVE, identifier.email("ada@love.example"), id="an address of a company"),
        pytest.param(GONE, named("Ada Love"), id="a deleted record"),
    ],
)
def test_a_record_does_not_carry_what_is_only_like_it(record: Record, key: Identifier) -> None:
    assert not carries(record, key, region="DE")


def test_the_keys_of_a_person_are_what_a_search_finds_them_by() -> None:
    found = set(keys_of(ADA, region="DE"))

    assert found == {
        KeyOf(IdentifierKind.EMAIL, "", "ada@love.example"),
        KeyOf(IdentifierKind.PHONE, "", "+4930123456"),
        KeyOf(IdentifierKind.NAME, "", "ada love"),
        KeyOf(IdentifierKind.FIELD, "name", "Ada Love"),
        KeyOf(IdentifierKind.FIELD, "a" * 40, "x-7"),
        KeyOf(IdentifierKind.FIELD, "b" * 40, "12"),
    }


def test_a_name_is_the_same_key_whatever_its_case() -> None:
    assert key_of(named("Ada LOVE")) in set(keys_of(ADA, region=None))
