"""One meeting that two Sources tell of: when it is one, and what the second adds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealwright.meetings.meeting import Attendee, Meeting, Origin, Part, Segment, Summary
from dealwright.meetings.merging import merge_reason, merged, place_of

_START = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


def _meeting(source: str, *, later_s: float = 0, **of: Any) -> Meeting:
    started_at = _START + timedelta(seconds=later_s)
    return Meeting(**{"key": f"{source}:1", "source": source, "started_at": started_at} | of)


def _why(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    return merge_reason(_meeting("readai", **one), _meeting("zoom", **other))


def test_the_same_uid_and_start_is_the_same_meeting() -> None:
    assert _why({"ical_uid": "u1@google.com"}, {"ical_uid": "u1@google.com"}) == "ical_uid"


def test_googles_uid_is_the_same_without_its_host() -> None:
    assert _why({"ical_uid": "U1@google.com"}, {"ical_uid": "u1"}) == "ical_uid"


def test_instances_of_a_series_are_different_meetings() -> None:
    assert _why({"ical_uid": "u1"}, {"ical_uid": "u1", "later_s": 7 * 86_400}) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"platform_meeting": "977 6364-3886"}, {"platform_meeting": "97763643886"}),
        (
            {"platform_meeting": "97763643886"},
            {"join_url": "https://us02web.zoom.us/j/97763643886?pwd=x"},
        ),
        (
            {"join_url": "https://meet.google.com/abc-defg-hij"},
            {"platform_meeting": "ABC-DEFG-HIJ"},
        ),
        (
            {"join_url": "https://Teams.example/l/meetup/19%3Ax?context=1"},
            {"join_url": "https://teams.example/l/meetup/19:x/#now"},
        ),
    ],
)
def test_the_same_number_or_address_is_the_same_meeting(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert _why(one, other) == "platform_meeting"


@pytest.mark.parametrize(
    ("seconds", "why"), [(900, "platform_meeting"), (-900, "platform_meeting"), (901, None)]
)
def test_starts_may_be_a_quarter_of_an_hour_apart(seconds: int, why: str | None) -> None:
    number = {"platform_meeting": "97763643886"}

    assert _why(number, number | {"later_s": seconds}) == why


def test_the_same_organiser_title_and_minute_is_the_same_meeting() -> None:
    one = {"organiser": "Ana@northwind.example", "title": "Démo"}
    other = {"presenter_email": "ana@northwind.example", "title": "De\u0301mo ", "later_s": 29}

    assert _why(one, other) == "organiser_title_start"


@pytest.mark.parametrize(
    "other",
    [
        {"organiser": "ana@northwind.example", "title": "Demo", "later_s": 30},
        {"organiser": "bo@northwind.example", "title": "Demo"},
        {"organiser": "ana@northwind.example", "title": "Demo 2"},
        {"organiser": "ana@northwind.example", "title": ""},
    ],
)
def test_less_than_all_three_is_not_enough(other: dict[str, Any]) -> None:
    assert _why({"organiser": "ana@northwind.example", "title": "Demo"}, other) is None


def test_nothing_in_common_is_no_reason() -> None:
    assert _why({}, {}) is None


def test_a_meeting_that_was_restarted_at_one_source_is_another() -> None:
    number = {"platform_meeting": "97763643886"}

    assert merge_reason(_meeting("zoom", **number), _meeting("zoom", later_s=60, **number)) is None


def test_without_a_start_nobody_can_say() -> None:
    number = {"platform_meeting": "97763643886"}

    assert _why(number, number | {"started_at": None}) is None


def test_the_first_rule_that_fits_is_the_reason() -> None:
    both = {"ical_uid": "u1", "platform_meeting": "97763643886"}

    assert _why(both, both) == "ical_uid"


@pytest.mark.parametrize(
    "url", ["", "x", "https://", "https://[::1", "mailto:a@b.example", "https://zoom.us"]
)
def test_what_is_no_address_of_a_meeting_is_no_place(url: str) -> None:
    assert place_of(url) == ""


def test_the_first_keeps_what_is_its_own_and_gets_what_it_lacked() -> None:
    summary = Summary(origin=Origin.PROVIDER, overview=("First",))
    jo = Attendee(name="Jo", emails=("jo@acme.example",))
    kept = _meeting("readai", title="Mine", summary=summary, attendees=(Attendee(name="Jo"),))
    other = _meeting(
        "zoom",
        title="Theirs",
        later_s=60,
        summary=Summary(origin=Origin.PROVIDER, overview=("Second",)),
        attendees=(jo, Attendee(name="Uma")),
        transcript=(Segment(start=1, text="Hi"),),
        ical_uid="u1",
    )

    found = merged(kept, other)

    assert (found.key, found.title, found.started_at) == ("readai:1", "Mine", _START)
    assert found.summary == summary
    assert found.attendees == (jo, Attendee(name="Uma"))
    assert found.transcript == other.transcript
    assert found.ical_uid == "u1"


def test_who_presented_stays_as_the_first_told_it() -> None:
    ana = Attendee(name="Ana", emails=("ana@n.example",))
    host = Attendee(name="Ana", emails=("ana@n.example",), part=Part.HOST, attended=True)
    bo = Attendee(name="Bo", emails=("bo@n.example",), part=Part.HOST)
    other = _meeting("zoom", attendees=(host, bo), presenter_email="ana@n.example")

    found = merged(_meeting("circleback", attendees=(ana,)), other)

    assert found.attendees == (ana, Attendee(name="Bo", emails=("bo@n.example",)))
    assert found.presenter_email == ""


def test_a_transcript_of_its_own_is_kept() -> None:
    own = (Segment(start=0, text="own"),)
    other = _meeting("zoom", transcript=(Segment(start=1, text="Hi"),))

    assert merged(_meeting("readai", transcript=own), other).transcript == own


def test_a_list_of_participants_makes_up_for_one_that_was_refused() -> None:
    refused = _meeting("zoom", participants_refused=True)
    listed = _meeting("readai", attendees=(Attendee(name="Jo"),))

    assert not merged(refused, listed).participants_refused
    assert merged(refused, _meeting("readai")).participants_refused


def test_merging_once_more_changes_nothing() -> None:
    kept, other = _meeting("readai", title="x"), _meeting("zoom", attendees=(Attendee(name="Jo"),))

    assert merged(merged(kept, other), other) == merged(kept, other)
