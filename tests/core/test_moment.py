"""Days, times and lengths as senders write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.moment import due_in_utc, read_day, read_length, read_moment, read_time

MOMENTS = {
    "2024-02-29T10:11:12.000Z": "2024-02-29T10:11:12+00:00",
    "2024-02-29T10:11:12+02:00": "2024-02-29T08:11:12+00:00",
    "2024-02-29 10:11:12": "2024-02-29T10:11:12+00:00",
    "2024-02-29": "2024-02-29T00:00:00+00:00",
    "2024/2/9": "2024-02-09T00:00:00+00:00",
    "Feb 29, 2024": "2024-02-29T00:00:00+00:00",
    "29 February 2024 10:11": "2024-02-29T10:11:00+00:00",
    "Thu, 29 Feb 2024 10:11:12 GMT": "2024-02-29T10:11:12+00:00",
    "1709201472": "2024-02-29T10:11:12+00:00",
    "1709201472000": "2024-02-29T10:11:12+00:00",
}


@pytest.mark.parametrize(("written", "expected"), MOMENTS.items(), ids=list(MOMENTS))
def test_a_moment_is_read_into_utc(written: str, expected: str) -> None:
    moment = read_moment(written)
    assert moment is not None
    assert moment.isoformat() == expected


@pytest.mark.parametrize(
    "written",
    [
        "29/02/2024",
        "02/03/2024",
        "2024-13-45",
        "2023-02-29",
        "next week",
        "20240229",
        20240229,
        "",
        "2024-02-29T25:00",
        "2024-02-29T10:00+99:99",
        "Foo 29, 2024",
        "0001-01-01T00:00+14:00",
        float("inf"),
        10**400,
        "9" * 400,
    ],
    ids=lambda written: repr(written)[:30],
)
def test_what_is_no_one_moment_is_not_read(written: str | float) -> None:
    assert read_moment(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-04-01", "2026-04-01"),
        ("2026-04-01T00:00:00.000Z", "2026-04-01"),
        ("2026-04-01T14:30:00+02:00", "2026-04-01T14:30:00+02:00"),
        ("2026-04-01T00:00:00+02:00", "2026-04-01T00:00:00+02:00"),
        (1775053800, "2026-04-01T14:30:00+00:00"),
        ("04/01/2026", None),
        ("14:30", None),
        (5, None),
    ],
    ids=repr,
)
def test_a_day_is_read(written: str | float, expected: str | None) -> None:
    assert read_day(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("14:30", "14:30:00"),
        ("14:30:15.250", "14:30:15"),
        ("2:30pm", "14:30:00"),
        ("12 AM", "00:00:00"),
        ("12:05 p.m.", "12:05:00"),
        ("14:30Z", "14:30:00+00:00"),
        ("14:30 -0530", "14:30:00-05:30"),
        ("2026-04-01T14:30:00+02:00", "14:30:00+02:00"),
        ("13pm", None),
        ("24:00", None),
        ("14", None),
        ("1430", None),
        (1430, None),
        ("noon", None),
        ("2026-04-01", None),
    ],
    ids=repr,
)
def test_a_time_of_day_is_read(written: str | float, expected: str | None) -> None:
    assert read_time(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("00:45", "00:45:00"),
        ("1:05:30", "01:05:30"),
        ("90:00", "90:00:00"),
        ("45m", "00:45:00"),
        ("90 min", "01:30:00"),
        ("1h 30m", "01:30:00"),
        ("2 hours", "02:00:00"),
        ("PT45M", "00:45:00"),
        ("999h 60m", None),
        ("00:75", None),
        ("45", None),
        (45, None),
        ("", None),
        ("soon", None),
    ],
    ids=repr,
)
def test_a_length_is_read(written: str | float, expected: str | None) -> None:
    assert read_length(written) == expected


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-04-01", None, ("2026-04-01", None)),
        ("2026-04-01", "14:30:00", ("2026-04-01", "14:30:00")),
        ("2026-04-01", "00:30:00+02:00", ("2026-03-31", "22:30:00")),
        ("2026-04-01T23:30:00-05:00", None, ("2026-04-02", "04:30:00")),
        ("2026-04-01T00:00:00+02:00", "01:00:00", ("2026-03-31", "23:00:00")),
        (None, "00:30:00+02:00", (None, "22:30:00")),
        (None, None, (None, None)),
        ("0001-01-01", "00:30:00+02:00", ("0001-01-01", "00:30:00")),
    ],
    ids=repr,
)
def test_day_and_time_reach_utc_together(
    day: str | None, clock: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert due_in_utc(day, clock) == expected


# Before 1980 some zones were ahead by seconds, which ISO 8601 has no form for.
@given(
    st.datetimes(
        datetime.fromisoformat("1980-01-01"),
        datetime.fromisoformat("9990-01-01"),
        timezones=st.timezones(),
    )
)
def test_every_moment_in_iso_form_is_read_as_itself(moment: datetime) -> None:
    assert read_moment(str(moment)) == moment.astimezone(UTC).replace(microsecond=0)


@given(st.text() | st.floats() | st.integers())
def test_nothing_that_is_written_breaks_the_reading(written: str | float) -> None:
    found = [read_moment(written), read_day(written), read_time(written), read_length(written)]
    assert len(found) == 4
