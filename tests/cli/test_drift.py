"""`dealwright drift` and `dealwright alerts`: listed, shown, mended, tried."""

import asyncio

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.drifted import drifted

from dealwright.cli.hub import Hub


@pytest.fixture
def mapping_id(dealwright: Dealwright, account: Account, hub: Hub) -> int:
    """A Mapping that names a field by the name that it had."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    return asyncio.run(hub.write(drifted))


def test_a_drift_is_listed_and_shown_with_its_mend(dealwright: Dealwright, mapping_id: int) -> None:
    (listed,) = dealwright("drift", "list", "--json").lines
    assert (listed["subject"], listed["ref"], listed["mend"], listed["state"]) == (
        f"mapping {mapping_id}",
        "Plan",
        "Tier",
        "open",
    )
    assert "dealwright drift accept 1" in dealwright("drift", "show", "1").out


def test_an_accepted_mend_is_the_next_version(dealwright: Dealwright, mapping_id: int) -> None:
    ran = dealwright("drift", "accept", "1")
    assert (ran.code, "Version 2 mends it." in ran.out) == (0, True)
    assert dealwright("drift", "list", "--json").lines == []
    (over,) = dealwright("drift", "list", "--all", "--json").lines
    assert (over["state"], over["subject"]) == ("accepted", f"mapping {mapping_id}")


@pytest.mark.usefixtures("mapping_id")
def test_what_is_ignored_cannot_be_accepted(dealwright: Dealwright) -> None:
    assert dealwright("drift", "ignore", "1").code == 0
    assert "ignored already" in dealwright("drift", "accept", "1").err


@pytest.mark.usefixtures("mapping_id")
def test_the_doctor_tells_of_drift(dealwright: Dealwright) -> None:
    assert "“Plan” of persons is now called “Tier”" in " ".join(dealwright("doctor").out.split())


def test_without_a_channel_there_is_nothing_to_test(dealwright: Dealwright) -> None:
    ran = dealwright("alerts", "test")
    assert (ran.code != 0, "No channel is configured" in ran.err) == (True, True)


def test_a_channel_that_does_not_take_it_fails_the_test(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_ALERTS_SLACK_URL", "http://127.0.0.1:9/hook")
    ran = dealwright("alerts", "test", "--json")
    assert ran.code == 1
    assert [(one["channel"], one["taken"]) for one in ran.lines] == [("slack", False)]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_says_which_url_it_does_not_know(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_ALERTS_APPRISE_URLS", "nobody-knows://this")
    (told,) = dealwright("alerts", "test", "--json").lines
    assert told["result"] == "apprise does not know one of the URLs."


def test_no_alert_was_sent_yet(dealwright: Dealwright) -> None:
    assert "Nothing was wrong so far." in dealwright("alerts", "list").out


def test_half_a_channel_is_refused_at_the_start(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_ALERTS_SMTP_URL", "smtp://mail.example")
    monkeypatch.setenv("DEALWRIGHT_ALERTS_WEBHOOK_SECRET", "too short")
    told = dealwright("alerts", "list").err
    assert "DEALWRIGHT_ALERTS_WEBHOOK_SECRET" in told
    assert "too short" not in told
