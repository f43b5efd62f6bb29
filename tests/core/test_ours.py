"""What stands in a record: of our writing, or of somebody else's."""

from typing import Any

import pytest

from dealwright.core.ours import Ours, digest, digests, written_keys
from dealwright.core.record import Labelled, Lead, Person, Record

FIELD = "a" * 40
ADA = Person(id=1, name="Ada")


def ours(*keys: str, record: Record = ADA) -> dict[str, str]:
    return digests(record, keys, before={})


def test_what_we_wrote_and_still_stands_is_ours() -> None:
    assert not Ours(record=ADA, digests=ours("name")).edited("name")


def test_what_a_person_wrote_since_is_not() -> None:
    assert Ours(record=Person(id=1, name="Ada L."), digests=ours("name")).edited("name")


def test_what_we_never_wrote_is_not() -> None:
    assert Ours(record=ADA).edited("name")


def test_an_empty_field_belongs_to_nobody() -> None:
    assert not Ours(record=ADA).edited("org_id")


def test_of_a_record_that_is_not_there_nothing_was_edited() -> None:
    assert not Ours().edited("name")


def test_a_field_that_we_cleared_is_nobodys_when_it_is_filled_again() -> None:
    before = ours("name")
    cleared = digests(Person(id=1, name=""), ["name"], before=before)

    assert Ours(record=ADA, digests=cleared).edited("name")


def custom(value: Any) -> Person:
    return Person(id=1, custom_fields={FIELD: value})


@pytest.mark.parametrize(
    ("wrote", "stands"),
    [
        pytest.param(12, 12.0, id="whole number and double"),
        pytest.param([1, 2], [2, 1], id="options in another order"),
        pytest.param(
            {"value": "Berlin"},
            {"value": "Berlin", "country": "Germany", "locality": "Berlin"},
            id="address with the parts that Pipedrive finds",
        ),
        pytest.param(
            {"value": 5, "currency": "EUR"}, {"currency": "EUR", "value": 5.0}, id="money"
        ),
        pytest.param({"value": None}, None, id="object without a value"),
    ],
)
def test_what_means_the_same_has_one_digest(wrote: Any, stands: Any) -> None:
    assert digest(custom(wrote), FIELD) == digest(custom(stands), FIELD)


@pytest.mark.parametrize(
    ("wrote", "stands"),
    [
        pytest.param("Ada", "ada", id="letters"),
        pytest.param(
            {"value": 5, "currency": "EUR"}, {"value": 5, "currency": "USD"}, id="currency"
        ),
        pytest.param(
            {"value": "9:00", "until": None}, {"value": "9:00", "until": "10:00"}, id="end"
        ),
        pytest.param([1], [1, 2], id="one more option"),
        pytest.param(1, "1", id="number and text"),
    ],
)
def test_what_means_something_else_has_another(wrote: Any, stands: Any) -> None:
    assert digest(custom(wrote), FIELD) != digest(custom(stands), FIELD)


def test_equal_values_of_two_records_have_different_digests() -> None:
    assert digest(ADA, "name") != digest(Person(id=2, name="Ada"), "name")


def test_addresses_with_their_labels_have_a_digest() -> None:
    one = Person(id=1, emails=(Labelled(value="a@x.example"), Labelled(value="b@x.example")))
    other = Person(id=1, emails=(Labelled(value="b@x.example"), Labelled(value="a@x.example")))

    assert digest(one, "emails") == digest(other, "emails") != ""


def test_of_a_lead_the_parts_beside_a_value_count() -> None:
    lead_id = "adf21080-0e10-11eb-879b-05d71fb426ec"
    one = Lead(id=lead_id, custom_fields={FIELD: 5, f"{FIELD}_currency": "EUR"})
    other = Lead(id=lead_id, custom_fields={FIELD: 5, f"{FIELD}_currency": "USD"})

    assert digest(one, FIELD) != digest(other, FIELD)


def test_the_fields_of_a_body_are_those_of_the_record() -> None:
    body = {"name": "Ada", "custom_fields": {FIELD: 1}, f"{'b' * 40}_currency": "EUR"}

    assert list(written_keys(body)) == ["name", FIELD, "b" * 40]
