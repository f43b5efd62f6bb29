"""Several Deliveries as one: the values that they would have come to one after the other."""

from dealwright.catalogue import actions
from dealwright.core.action import Values
from dealwright.pipeline.coalesce import Dated, coalesce

PERSON = actions()["upsert_person"]


def told(parts: list[Dated]) -> Values:
    return coalesce(PERSON, parts, mapping_id=1).values


def test_one_alone_stays_as_it_is() -> None:
    values = {"name": "Ada"}

    assert told([Dated(1, 1, values)]) is values


def test_the_later_moment_wins_whatever_the_order() -> None:
    parts = [Dated(2, 1, {"name": "Later"}), Dated(1, 2, {"name": "Earlier"})]

    assert told(parts)["name"] == "Later"


def test_at_one_moment_the_later_in_the_log_wins() -> None:
    parts = [Dated(1, 1, {"name": "First"}), Dated(1, 2, {"name": "Second"})]

    assert told(parts)["name"] == "Second"


def test_what_only_one_says_is_kept() -> None:
    parts = [Dated(1, 1, {"name": "Ada"}), Dated(2, 2, {"match_value": "u-1"})]

    assert told(parts) == {"name": "Ada", "match_value": "u-1"}


def test_lists_are_joined_in_order_without_repeats() -> None:
    parts = [Dated(1, 1, {"email": ("a", "b")}), Dated(2, 2, {"email": ("c", "a")})]

    assert told(parts)["email"] == ("a", "b", "c")


def test_objects_are_merged_key_by_key() -> None:
    parts = [
        Dated(1, 1, {"custom_fields": {"x": 1, "y": 1}}),
        Dated(2, 2, {"custom_fields": {"y": 2}}),
    ]

    assert told(parts)["custom_fields"] == {"x": 1, "y": 2}
