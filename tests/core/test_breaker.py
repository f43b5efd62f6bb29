"""How long Pipedrive is let be."""

import pytest

from dealwright.core.breaker import Breaker, opened


@pytest.mark.parametrize(
    ("times", "code", "seconds"),
    [
        (0, "unavailable", 30),
        (1, "timeout", 60),
        (9, "unavailable", 300),
        (0, "abuse_blocked", 600),
        (9, "abuse_blocked", 3600),
    ],
)
def test_it_stays_open_longer_each_time(times: int, code: str, seconds: int) -> None:
    found = opened(Breaker(times=times), code=code, now_ms=1_000, asked_s=0)

    assert found == Breaker(times + 1, code, 1_000 + seconds * 1_000)


def test_it_stays_open_for_as_long_as_we_were_told() -> None:
    found = opened(Breaker(), code="unavailable", now_ms=0, asked_s=1_800)

    assert found.open_until_ms == 1_800_000
