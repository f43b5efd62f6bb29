"""Zones: those of the IANA database, read from their files once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dealwright.core.zone import zone_of, zones


def test_a_zone_is_known_by_its_name() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(zone_of("Europe/Stockholm"))

    assert noon.isoformat() == "2026-07-01T14:00:00+02:00"


@pytest.mark.parametrize("name", ["", "Nowhere/Else", "../../etc/passwd", "a" * 300, "\0"])
def test_what_is_no_zone_is_utc(name: str) -> None:
    assert zone_of(name) is UTC


def test_a_zone_that_nobody_has_named_before_is_read_from_no_file() -> None:
    zones()
    ZoneInfo.clear_cache()

    assert zone_of("Asia/Kathmandu") is zones()["Asia/Kathmandu"]
