"""One of several persons, deals and activity types."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dealwright.core.record import ActivityType, Deal, Person
from dealwright.meetings.choosing import (
    Setting,
    activity_type,
    fits,
    fitting_deals,
    one_of_address,
    share_a_word,
)
from dealwright.meetings.outcome import NearMiss
from dealwright.meetings.settings import ActivityRules, DealRule, MeetingSettings

TYPES = [
    ActivityType(id=1, name="Demo", key_string="demo"),
    ActivityType(id=2, name="Old", key_string="old", active_flag=False),
    ActivityType(id=3, name="Call", key_string="call"),
]


def person(number: int, *, update_time: str = "2026-01-01T00:00:00Z") -> Person:
    """A person."""
    return Person(id=number, name="Jonas", update_time=update_time)


@pytest.mark.parametrize(
    ("persons", "with_open", "chosen", "why"),
    [
        ([person(1), person(2)], {2}, 2, "open_deal"),
        (
            [person(1), person(2, update_time="2026-02-01T00:00:00Z")],
            set[int](),
            2,
            "newest_update",
        ),
        ([person(2), person(1)], set[int](), 1, "lowest_id"),
        (
            [person(1), person(2, update_time="2026-02-01T00:00:00Z"), person(3)],
            {1, 2},
            2,
            "newest_update",
        ),
    ],
)
def test_of_one_address_an_open_deal_then_the_newest_then_the_lowest(
    persons: list[Person], with_open: set[int], chosen: int, why: str
) -> None:
    found = one_of_address(persons, with_open_deal=with_open)
    assert found.person is not None
    assert (found.person.id, found.decided_by) == (chosen, why)


def deal(number: int, **more: Any) -> Deal:
    """A deal of October."""
    made = f"2026-10-{number:02}T08:00:00Z"
    return Deal(**{"id": number, "add_time": made, "update_time": made, **more})


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        (DealRule.LINKED_ELSE_LATEST_CREATED, 4),
        (DealRule.OPEN_ONLY_LATEST_CREATED, 3),
        (DealRule.LATEST_UPDATED, 1),
        (DealRule.OWNER_IS_PARTICIPANT, 2),
        (DealRule.CONTACT_ROLE, 1),
        (DealRule.WINDOW, 3),
        (DealRule.NONE, None),
    ],
)
def test_each_rule_chooses_its_deal(rule: DealRule, chosen: int | None) -> None:
    deals = [
        deal(1, update_time="2026-11-01T08:00:00Z"),
        deal(2, owner_id=9),
        deal(3),
        deal(4, status="lost"),
    ]
    setting = Setting(
        started_at=datetime(2026, 11, 10, tzinfo=UTC),
        user_ids={9},
        guest_ids={5},
        taking_part={1: {5}},
    )
    found = fitting_deals(deals, settings=MeetingSettings(deal_rule=rule), setting=setting)
    assert (found[0].id if found else None) == chosen


def test_only_deals_of_the_wanted_pipelines_and_stages_count() -> None:
    settings = MeetingSettings(deal_pipelines=(1,), deal_stages=(7,))
    deals = [
        deal(1, pipeline_id=1, stage_id=7),
        deal(2, pipeline_id=1, stage_id=8),
        deal(3, pipeline_id=2, stage_id=7),
    ]
    assert [one.id for one in fitting_deals(deals, settings=settings, setting=Setting())] == [1]


@pytest.mark.parametrize(
    ("wanted", "rules", "key"),
    [
        (" Demo ", ActivityRules(), "demo"),
        ("demo", ActivityRules(ignore_case=True), "demo"),
        ("Webinar", ActivityRules(aliases={"Webinar": "Demo"}), "demo"),
        ("Webinar", ActivityRules(fallback="Call"), "call"),
    ],
)
def test_a_type_is_found_by_its_name(wanted: str, rules: ActivityRules, key: str) -> None:
    found = activity_type(TYPES, wanted, rules=rules).type
    assert found is not None
    assert found.key_string == key


@pytest.mark.parametrize(
    ("wanted", "misses"),
    [
        ("demo", (NearMiss(name="Demo", why="case"),)),
        ("Old", (NearMiss(name="Old", why="inactive"),)),
        ("Webinar", ()),
    ],
)
def test_what_comes_close_is_told(wanted: str, misses: tuple[NearMiss, ...]) -> None:
    found = activity_type(TYPES, wanted, rules=ActivityRules())
    assert (found.type, found.near_misses) == (None, misses)


def test_names_are_one_person_s_when_they_are_almost_equal() -> None:
    assert fits("Jonas Berg", "jonas berg")
    assert not fits("Jonas Berg", "Jonas Bergman Lee")


def test_accents_do_not_keep_two_names_apart() -> None:
    assert share_a_word("Príya Nair", "PRIYA")
    assert not share_a_word("Kim Lee", "Jonas Berg")
