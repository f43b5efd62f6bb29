"""By what somebody is known, and what of a text is theirs."""

from time import perf_counter
from typing import Any

import pytest

from dealwright.core.errors import ConfigError
from dealwright.core.privacy import (
    REMOVED,
    Identity,
    IdentityKind,
    Sought,
    addresses_in,
    asked_for,
    identities_in,
)

ADA = asked_for(email="ada@bücher.example", phone="+46701234567")
SOUGHT = Sought(identities=frozenset(ADA))


def known(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.kind.value, one.value) for one in identities_in(body, source_id=3)}


def test_an_event_is_of_whom_its_ids_and_traits_name() -> None:
    body = {
        "userId": "u-1",
        "anonymousId": 7,
        "traits": {"email": "ADA@x.example", "phone": "0046 70 123 45 67"},
    }
    assert known(body) == {
        ("user_id", "u-1"),
        ("user_id", "7"),
        ("email", "ada@x.example"),
        ("phone", "+46701234567"),
    }


def test_a_user_id_that_is_an_address_is_both() -> None:
    assert known({"userId": "ada@x.example"}) == {
        ("user_id", "ada@x.example"),
        ("email", "ada@x.example"),
    }


def test_properties_name_whose_event_it_is_only_where_no_traits_do() -> None:
    properties = {"email": "bo@x.example"}
    assert ("email", "bo@x.example") in known({"properties": properties})
    told = known({"traits": {"email": "ada@x.example"}, "properties": properties})
    assert ("email", "bo@x.example") not in told


def test_a_user_id_belongs_to_its_source() -> None:
    (found,) = identities_in({"userId": "u-1"}, source_id=3)
    assert found == Identity(IdentityKind.USER_ID, "u-1", 3)


@pytest.mark.parametrize(
    "text",
    [
        "Write to Ada@bücher.example today",
        "ada@xn--bcher-kva.example",
        "call 070-123 45 67",
        "call +46 (0)70 123 45 67.",
        "0046701234567",
    ],
)
def test_a_text_names_somebody_however_they_are_written(text: str) -> None:
    assert SOUGHT.may_be_in(text.encode())
    assert SOUGHT.is_in(text)


@pytest.mark.parametrize(
    "text", ["canada@bücher.example", "ada@bücher.example-shop", "1070123456789", "ada"]
)
def test_what_only_looks_alike_is_somebody_else(text: str) -> None:
    assert not SOUGHT.is_in(text)


def test_what_names_them_is_removed_at_any_depth() -> None:
    told = SOUGHT.without({"a": [{"b": "<ada@bücher.example>"}], "n": 1})
    assert told == {"a": [{"b": f"<{REMOVED}>"}], "n": 1}


def test_escapes_of_json_hide_nobody() -> None:
    assert SOUGHT.may_be_in(b'"\\u0061da"')


def test_addresses_are_found_in_what_is_no_json() -> None:
    found = [one.value for one in addresses_in('{"to": "Ada <ada@x.example>, bo@y.example."')]
    assert found == ["ada@x.example", "bo@y.example"]


def test_a_long_word_takes_no_more_than_its_length() -> None:
    begun = perf_counter()
    list(addresses_in("x" * 500_000))
    SOUGHT.is_in("46" + " " * 500_000)
    assert perf_counter() - begun < 5


@pytest.mark.parametrize(
    "wrong", [{"email": "ada"}, {"phone": "12"}, {"email": "a@b", "phone": "x"}]
)
def test_what_names_nobody_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        asked_for(**wrong)
    assert refused.value.code == "invalid_person"
