"""What rules of a Source leave of an event."""

from hashlib import sha256
from typing import Any

import pytest

from dealwright.core.errors import ConfigError
from dealwright.core.privacyrules import Hashing, Rules, checked, compiled, masked


def kept(rules: Rules, body: dict[str, Any]) -> dict[str, Any]:
    """What is stored of an event."""
    return compiled(checked(rules), lambda text: f"keyed({text})")(body)


BODY: dict[str, Any] = {
    "type": "identify",
    "userId": "u-1",
    "messageId": "m-1",
    "extra": "of the sender's own",
    "traits": {
        "email": " Ada@X.example ",
        "phone": "+46 70 123 45 67",
        "plan": "pro",
        "address": {"city": "Turku", "street": "Main 1"},
    },
    "context": {"ip": "203.0.113.77", "locale": "fi-FI", "traits": {"email": "ada@x.example"}},
    "properties": {"items": [{"sku": "a", "note": "n"}, {"sku": "b"}]},
}


def test_without_rules_everything_is_kept() -> None:
    assert kept(Rules(), BODY) == BODY


def test_an_allow_list_keeps_what_it_names_and_what_the_hub_needs() -> None:
    rules = Rules(allow=("traits.plan", "traits.address.city", "properties.items.sku"))
    assert kept(rules, BODY) == {
        "type": "identify",
        "userId": "u-1",
        "messageId": "m-1",
        "traits": {"plan": "pro", "address": {"city": "Turku"}},
        "properties": {"items": [{"sku": "a"}, {"sku": "b"}]},
        "context": {"traits": {}},
    }


def test_an_allow_list_of_nothing_keeps_the_ids() -> None:
    told = kept(Rules(allow=()), BODY)
    assert told == {"type": "identify", "userId": "u-1", "messageId": "m-1"}


def test_a_text_where_an_object_was_listed_is_not_kept() -> None:
    rules = Rules(allow=("traits.address.city",))
    assert kept(rules, {"traits": {"address": "Main 1, Turku"}}) == {"traits": {}}


def test_an_address_is_hashed_as_ad_platforms_do() -> None:
    told = kept(Rules(hash={"traits.email": Hashing.SHA256}), BODY)
    assert told["traits"]["email"] == sha256(b"ada@x.example").hexdigest()


def test_a_number_is_hashed_in_e164() -> None:
    told = kept(Rules(hash={"traits.phone": Hashing.SHA256}), BODY)
    assert told["traits"]["phone"] == sha256(b"+46701234567").hexdigest()


def test_what_is_a_hash_already_stays() -> None:
    digest = sha256(b"ada@x.example").hexdigest()
    told = kept(Rules(hash={"traits.email": Hashing.SHA256}), {"traits": {"email": digest}})
    assert told["traits"]["email"] == digest


def test_traits_in_the_context_are_hashed_with_those_of_the_event() -> None:
    told = kept(Rules(hash={"traits.email": Hashing.KEYED}), BODY)
    assert told["context"]["traits"]["email"] == "keyed(ada@x.example)"


def test_all_texts_below_a_path_are_hashed() -> None:
    told = kept(Rules(hash={"traits.address": Hashing.KEYED}), BODY)
    assert told["traits"]["address"] == {"city": "keyed(turku)", "street": "keyed(main 1)"}


def test_ids_may_be_hashed_though_they_are_always_kept() -> None:
    told = kept(Rules(allow=(), hash={"userId": Hashing.KEYED}), BODY)
    assert told["userId"] == "keyed(u-1)"


def test_a_masked_address_keeps_its_domain() -> None:
    told = kept(Rules(mask=("traits.email", "context.ip")), BODY)
    assert told["traits"]["email"] == "A***@X.example"


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("Countess", "C***"),
        ("Ada", "***"),
    ],
)
def test_masking_leaves_what_tells_values_apart(value: str, left: str) -> None:
    assert masked(value) == left


def test_a_number_is_masked_as_a_text() -> None:
    assert kept(Rules(mask=("traits.age",)), {"traits": {"age": 42}}) == {"traits": {"age": "***"}}


def test_nothing_stays_nothing() -> None:
    body = {"traits": {"email": None, "phone": ""}}
    hash_both = {"traits.email": Hashing.SHA256, "traits.phone": Hashing.SHA256}
    assert kept(Rules(hash=hash_both), body) == body


def test_the_event_that_came_is_not_changed() -> None:
    kept(Rules(allow=("traits.plan",), mask=("traits.plan",)), BODY)
    assert BODY["traits"]["plan"] == "pro"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (Rules(allow=("traits..x",)), "invalid_privacy_rule"),
        (Rules(mask=("email",)), "invalid_privacy_rule"),
        (Rules(allow=("userId",)), "invalid_privacy_rule"),
        (Rules(hash={"userId.x": Hashing.SHA256}), "invalid_privacy_rule"),
        (Rules(hash={"traits.a": Hashing.KEYED}, mask=("traits.a.b",)), "privacy_rule_conflict"),
        (Rules(mask=("traits.a", "traits.a.b")), "privacy_rule_conflict"),
        (Rules(allow=("traits.a",), mask=("traits.b",)), "privacy_rule_conflict"),
    ],
)
def test_rules_that_say_two_things_are_refused(rules: Rules, code: str) -> None:
    with pytest.raises(ConfigError) as refused:
        checked(rules)
    assert refused.value.code == code
