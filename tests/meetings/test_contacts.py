"""Addresses and numbers as recorders write them."""

import pytest

from dealwright.meetings.contacts import clean_email, clean_name, clean_phone, phone_keys


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ana@Northwind.Example", "ana@northwind.example"),
        ("Ana Lund <ana@northwind.example>", "ana@northwind.example"),
        ("mailto:ana@northwind.example", "ana@northwind.example"),
        ("ana@xn--bcher-kva.example", "ana@bücher.example"),
        ("None", ""),
        ("n/a", ""),
        ("ana@localhost", ""),
        ("", ""),
    ],
)
def test_an_address_is_read_however_it_is_written(written: str, meant: str) -> None:
    assert clean_email(written) == meant


@pytest.mark.parametrize(
    ("written", "region", "meant"),
    [
        ("070-174 06 05", "SE", "+46701740605"),
        ("46701234567", "SE", "+46701234567"),
        ("447700900123", "SE", "+447700900123"),
        ("0046 70 174 06 05", None, "+46701740605"),
        ("tel:+1-415-555-0137", None, "+14155550137"),
        ("+46 8 465 004 00;ext=12", "GB", "+46846500400"),
        ("anonymous", "SE", ""),
        ("1234", "SE", ""),
        ("0900 123 45 67", "SE", ""),
    ],
)
def test_a_number_is_read_as_of_its_country(written: str, region: str | None, meant: str) -> None:
    assert clean_phone(written, region) == meant


def test_a_number_is_looked_for_as_people_write_it_at_home() -> None:
    written = [key.raw for key in phone_keys("+46701740605")]

    assert written == ["+46701740605", "070-174 06 05", "701740605"]
    assert {key.value for key in phone_keys("+46701740605")} == {"+46701740605"}


@pytest.mark.parametrize("nobody", ["None", "null", "N/A", " unknown ", "Anonymous", "", "+46 70"])
def test_what_stands_for_nobody_is_no_name(nobody: str) -> None:
    assert clean_name(nobody) == ""


def test_an_address_is_shown_in_small_letters_and_not_folded() -> None:
    assert clean_email("Anna.GROß@Straße.example") == "anna.groß@straße.example"


@pytest.mark.parametrize(
    "posing",
    [
        "http://evil.example/@new.example",
        "javascript:alert(1)@new.example",
        "x@https://evil.example",
        "a@b@new.example",
        "<script>@new.example>",
    ],
)
def test_a_link_that_poses_as_an_address_is_none(posing: str) -> None:
    assert clean_email(posing) == ""
