"""Several Deliveries as one: the values that they would have come to one after the other."""

import pytest

from dealwright.actionbook import actions
from dealwright.core.action import Values
from dealwright.core.errors import MappingError
from dealwright.core.event import open_event
from dealwright.core.written import Moment, Path
from dealwright.pipeline.coalesce import Dated, coalesce, dated

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


def test_each_value_is_of_the_moment_of_the_event_that_gave_it() -> None:
    parts = [
        Dated(3, 1, {"name": "Ada"}),
        Dated(1, 2, {"name": "A.", "custom_fields": {"x": 1, "y": 1}}),
        Dated(2, 3, {"custom_fields": {"y": 2}}),
    ]

    assert coalesce(PERSON, parts, mapping_id=7).moments == {
        Path("name"): Moment(3, 1, 7),
        Path("custom_fields", "x"): Moment(1, 2, 7),
        Path("custom_fields", "y"): Moment(2, 3, 7),
    }


def test_what_only_fills_an_empty_field_is_the_earliest() -> None:
    rules = {"name": "if_empty", "custom_fields": "if_empty"}
    parts = [
        Dated(1, 1, {"name": "First", "custom_fields": {"x": 1}, "write_rules": rules}),
        Dated(2, 2, {"name": "Second", "custom_fields": {"x": 2, "y": 2}, "write_rules": rules}),
    ]

    assert told(parts) == {
        "name": "First",
        "custom_fields": {"x": 1, "y": 2},
        "write_rules": rules,
    }


def test_whom_a_deal_is_with_is_what_the_latest_says_of_it() -> None:
    parts = [
        Dated(1, 1, {"person_match_value": "u-1", "person_phone": ("1",), "title": "Beans"}),
        Dated(2, 2, {"person_email": ("a@x.example",)}),
    ]
    merged = coalesce(actions()["upsert_deal"], parts, mapping_id=1)

    assert merged.values == {"title": "Beans", "person_email": ("a@x.example",)}
    assert merged.moments[Path("link", "person")] == Moment(2, 2, 1)


def test_labels_that_replace_all_others_are_the_latest() -> None:
    parts = [
        Dated(1, 1, {"labels": ("Hot",), "labels_mode": "replace"}),
        Dated(2, 2, {"labels": ("Cold",), "labels_mode": "replace"}),
    ]

    assert told(parts)["labels"] == ("Cold",)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"labels": ("Hot",), "labels_mode": "remove"}, id="labels added and removed"),
        pytest.param({"name": "Love", "write_rules": {"name": "append"}}, id="text appended"),
    ],
)
def test_what_cannot_be_one_write_is_written_one_by_one(later: Values) -> None:
    parts = [Dated(1, 1, {"labels": ("Hot",), "name": "Ada"}), Dated(2, 2, later)]

    with pytest.raises(MappingError) as caught:
        coalesce(PERSON, parts, mapping_id=1)
    assert caught.value.code == "not_mergeable"


def test_a_moment_to_come_is_that_of_the_receipt() -> None:
    body = b'{"type": "identify", "userId": "u-1", "timestamp": "2036-01-01T00:00:00Z"}'
    event = open_event(body, envelope=None, received_at_ms=1_800_000_000_000)

    assert dated(event, 1, {}).timestamp_ms == 1_800_000_000_000
