"""Identifiers: equal means the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core import identifier
from dealwright.core.errors import MappingError


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("Ada@Byron.Example", "ada@byron.example"),
        (" <ada@byron.example> ", "ada@byron.example"),
        ("ada@byron.example.", "ada@byron.example"),
        ("info@MÜLLER.example", "info@xn--mller-kva.example"),
        ("info@xn--mller-kva.example", "info@xn--mller-kva.example"),
        ("straße@post.example", "strasse@post.example"),
        ("a_b@my_host.example", "a_b@my_host.example"),
        ("x@☃\u200d.example", "x@☃\u200d.example"),
    ],
)
def test_an_address_is_normalised(raw: str, value: str) -> None:
    assert identifier.email(raw).value == value


@pytest.mark.parametrize("raw", ["", "ada", "@", "ada@", "@byron.example", "a b@c.example", "a@."])
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(MappingError) as caught:
        identifier.email(raw)
    assert caught.value.code == "invalid_email"


@pytest.mark.parametrize(
    ("raw", "region", "value"),
    [
        ("+46 70-123 45 67", None, "+46701234567"),
        ("070 123 45 67", "SE", "+46701234567"),
        ("0046 70 123 45 67", "SE", "+46701234567"),
        ("070 123 45 67", None, "x0701234567"),
        ("+44 20 7946 0001 ext. 7", None, "+442079460001;ext=7"),
        ("\u0660\u0667\u0660", None, "x070"),
    ],
)
def test_a_number_is_normalised(raw: str, region: str | None, value: str) -> None:
    assert identifier.phone(raw, region=region).value == value


def test_a_number_without_digits_is_refused() -> None:
    with pytest.raises(MappingError) as caught:
        identifier.phone("call me")
    assert caught.value.code == "invalid_phone"


def test_a_positive_whole_number_can_be_a_record_id() -> None:
    found = identifier.record_id(" 0042 ")
    assert found is not None
    assert found.value == "42"


@pytest.mark.parametrize("raw", ["0", "-1", "4.0", "u-1", "", "\u0664\u0662", "9" * 5000])
def test_other_texts_are_no_record_id(raw: str) -> None:
    assert identifier.record_id(raw) is None


def test_case_does_not_count_in_a_name() -> None:
    assert identifier.name(" Bolt & Sons ").value == "bolt & sons"


def test_case_counts_in_an_external_id() -> None:
    assert identifier.external_id("U-1") != identifier.external_id("u-1")


@given(st.text())
def test_any_text_is_an_address_or_a_mapping_error(raw: str) -> None:
    try:
        found = identifier.email(raw)
    except MappingError:
        return
    assert identifier.email(found.value).value == found.value


@given(st.text(), st.sampled_from([None, "SE", "US"]))
def test_any_text_is_a_number_or_a_mapping_error(raw: str, region: str | None) -> None:
    try:
        value = identifier.phone(raw, region=region).value
    except MappingError:
        return
    assert value.startswith(("+", "x"))


def test_a_name_at_a_companys_domain_is_one_thing() -> None:
    address = identifier.email("Ada@X.example")
    found = identifier.name_at(" Ada LIND ", address)
    assert found is not None
    assert found.value == "ada lind@x.example"


def test_a_name_at_a_mail_provider_says_nothing() -> None:
    assert identifier.name_at("Ada Lind", identifier.email("ada@gmail.com")) is None
