"""`dealwright doctor`: address, clocks, the day's tokens, and how it leaves."""

import pytest
from tests.cli.conftest import Account, Dealwright, Ran
from tests.clock import ManualClock

from dealwright.cli import vitals
from dealwright.cli.sockets import free_port


def _connect(dealwright: Dealwright, account: Account) -> None:
    dealwright("connect", "--url", account.url, "--token", account.token, "--name", "main")


def _said(ran: Ran, part: str) -> str:
    (level,) = [one["level"] for one in ran.lines if part in one["what"]]
    return str(level)


def test_a_hub_that_is_well_leaves_with_0(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    assert dealwright("doctor").code == 0


def test_the_clock_is_compared_with_pipedrives(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    assert _said(dealwright("doctor", "--json"), "The clock agrees with Pipedrive's.") == "ok"


@pytest.mark.parametrize(
    ("seconds", "level", "way"),
    [
        (0.9, "ok", "agrees"),
        (-7, "note", "7 s behind"),
        (59, "note", "59 s ahead"),
        (3600, "fault", "3,600 s ahead"),
    ],
)
def test_a_clock_that_is_off_is_told(seconds: float, level: str, way: str) -> None:
    found = vitals.skew(seconds)

    assert (found.level, way in found.what) == (level, True)


async def test_a_pipedrive_that_does_not_answer_tells_nothing_of_clocks() -> None:
    assert await vitals.clocks(f"http://127.0.0.1:{free_port()}", ManualClock()) is None


def test_the_tokens_of_the_day_are_told(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    assert _said(dealwright("doctor", "--json"), "API tokens are left") == "ok"


def test_without_a_mirror_it_says_how_to_fill_it(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    assert "dealwright mirror crawl main" in dealwright("doctor").out


def test_a_public_address_without_a_certificate_is_a_fault(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", "http://hub.example")

    ran = dealwright("doctor", "--json")
    assert (ran.code, _said(ran, "is not https")) == (1, "fault")


def test_a_hub_that_does_not_answer_at_its_address_is_noted(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", f"http://127.0.0.1:{free_port()}")

    assert _said(dealwright("doctor", "--json"), "does not answer from here") == "note"


def test_somebody_else_at_the_address_is_a_fault(
    dealwright: Dealwright, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", account.url)

    ran = dealwright("doctor", "--json")
    assert (ran.code, _said(ran, "/livez answers")) == (1, "fault")


@pytest.mark.parametrize(
    ("persons", "said"),
    [
        ([{"phones": ["+46701740605"]}], "each of 1 persons has an e-mail or phone"),
        ([{}], "1 have neither e-mail nor phone"),
        ([{"phones": ["+46701740605"]}, {"phones": ["+46 70 174 06 05"]}], "2 share one"),
        ([{"emails": ["a@x.example"]}, {"emails": ["A@x.example"]}], "2 share one"),
    ],
)
def test_whom_meetings_cannot_find_is_told(
    dealwright: Dealwright, account: Account, persons: list[dict[str, list[str]]], said: str
) -> None:
    named = [{"id": n, "name": f"P{n}", **one} for n, one in enumerate(persons, start=1)]
    account.sandbox.put_state({"persons": named})
    _connect(dealwright, account)
    dealwright("mirror", "crawl", "main", "--yes")

    assert said in " ".join(dealwright("doctor").out.split())
