"""One Meeting of several deliveries, in whatever order they come."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import msgspec
import pytest

from dealwright.meetings.folding import changed, fold
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Crm,
    Meeting,
    Origin,
    Segment,
    Summary,
    Text,
)
from dealwright.meetings.source import Told

_ANA = Attendee(name="Ana", emails=("ana@northwind.example",))
_JO = Attendee(name="Jo", emails=("jo@acme.example",))


def _at(minute: int) -> datetime:
    return datetime(2026, 11, 20, 12, minute, tzinfo=UTC)


def _summary(text: str, minute: int | None = None, origin: Origin = Origin.PROVIDER) -> Summary:
    made_at = None if minute is None else _at(minute)
    return Summary(origin=origin, body=Text(format="text", text=text), generated_at=made_at)


def _told(minute: int | None = None, *, whole: bool = True, **of: Any) -> Told:
    modified_at = None if minute is None else _at(minute)
    return Told(
        meeting=Meeting(key="x:1", source="x", modified_at=modified_at, **of),
        event="e",
        whole=whole,
    )


def _known(*told: Told) -> Meeting:
    known = None
    for one in told:
        known = fold(known, one)
    assert known is not None
    return known


def _text(known: Meeting) -> str:
    assert known.summary is not None
    assert known.summary.body is not None
    return known.summary.body.text


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order_the_newest_title_wins_and_nothing_is_lost(order: tuple[int, ...]) -> None:
    told = [
        _told(1, title="Old", language="sv"),
        _told(2, title="Newer", transcript=(Segment(start=0, text="x"),)),
        _told(3, title="Newest", attendees=(_ANA,)),
    ]

    known = _known(*(told[index] for index in order))

    assert (known.title, known.language, known.attendees) == ("Newest", "sv", (_ANA,))
    assert known.transcript == (Segment(start=0, text="x"),)
    assert known.modified_at == _at(3)


def test_what_has_no_time_is_as_new_as_it_is_late() -> None:
    assert _known(_told(title="One"), _told(title="Two")).title == "Two"


def test_a_whole_list_of_people_replaces_the_former() -> None:
    assert _known(_told(1, attendees=(_ANA,)), _told(2, attendees=(_JO,))).attendees == (_JO,)


def test_a_part_of_the_people_is_added_to_the_others() -> None:
    known = _known(_told(1, attendees=(_ANA,)), _told(2, whole=False, attendees=(_JO,)))

    assert known.attendees == (_ANA, _JO)


def test_a_part_does_not_end_the_wait_for_the_summary() -> None:
    known = _known(_told(1, summary_expected=True), _told(2, whole=False))

    assert known.summary_expected


def test_a_whole_version_without_a_summary_ends_the_wait() -> None:
    assert not _known(_told(1, summary_expected=True), _told(2)).summary_expected


def test_the_summary_that_was_made_last_wins() -> None:
    known = _known(_told(9, summary=_summary("new", 5)), _told(10, summary=_summary("old", 3)))

    assert _text(known) == "new"


def test_a_local_summary_gives_way_to_the_providers() -> None:
    known = msgspec.structs.replace(_known(_told(1)), summary=_summary("ours", origin=Origin.LOCAL))

    assert _text(fold(known, _told(2, summary=_summary("theirs")))) == "theirs"


def test_a_local_summary_stays_while_there_is_no_other() -> None:
    known = msgspec.structs.replace(_known(_told(1)), summary=_summary("ours", origin=Origin.LOCAL))

    assert _text(fold(known, _told(2, title="x"))) == "ours"


def test_a_persons_summary_is_never_overwritten_and_theirs_is_kept_beside_it() -> None:
    known = msgspec.structs.replace(
        _known(_told(1)), summary=_summary("mine", origin=Origin.MANUAL)
    )

    folded = fold(known, _told(2, summary=_summary("theirs")))

    assert _text(folded) == "mine"
    assert folded.source_summary == _summary("theirs")


def test_a_later_version_may_say_that_it_was_answered_after_all() -> None:
    assert _known(_told(1, answered=False), _told(2)).answered


def test_an_earlier_version_that_comes_late_does_not_say_so() -> None:
    assert not _known(_told(2, answered=False), _told(1)).answered


def test_what_the_sender_says_of_the_deal_stays_until_he_says_otherwise() -> None:
    known = _known(_told(1, crm=Crm(deal_id=7)), _told(2), _told(3, title="x"))

    assert known.crm == Crm(deal_id=7)
    assert fold(known, _told(4, crm=Crm(deal_id=8))).crm == Crm(deal_id=8)


def test_a_new_start_takes_its_own_end_along() -> None:
    known = _known(_told(1, started_at=_at(0), ended_at=_at(30)), _told(2, started_at=_at(40)))

    assert (known.started_at, known.ended_at) == (_at(40), None)


def test_the_same_told_later_is_nothing_new() -> None:
    first = _known(_told(1, title="x", summary=_summary("s", 1)))
    again = fold(first, _told(2, title="x", summary=_summary("s", 2)))

    assert not changed(first, again)


@pytest.mark.parametrize(
    "news",
    [
        {"title": "y"},
        {"summary": _summary("other")},
        {"attendees": (_JO,)},
        {"action_items": (ActionItem(text="Do it"),)},
    ],
)
def test_what_is_new_is_told_as_new(news: dict[str, Any]) -> None:
    first = _known(_told(1, title="x", summary=_summary("s", 1), attendees=(_ANA,)))

    assert changed(first, fold(first, _told(2, **news)))


def test_folding_the_same_once_more_changes_nothing_at_all() -> None:
    told = _told(1, title="x", summary=_summary("s", 1), attendees=(_ANA, _JO))

    assert _known(told, told) == _known(told)
