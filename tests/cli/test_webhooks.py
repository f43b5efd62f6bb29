"""`dealwright webhooks`: have Pipedrive tell, have it tell nothing, and see how it stands."""

import pytest
from tests.cli.conftest import Account, Dealwright, Ran

HUB = "http://127.0.0.1:8787"


@pytest.fixture
def connected(dealwright: Dealwright, account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A sandbox that the hub is connected to, and that can reach it."""
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", HUB)
    made = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert made.code == 0
    return account


def status(dealwright: Dealwright) -> dict[str, object]:
    (line,) = dealwright("webhooks", "status", "--json").lines
    return {key: line[key] for key in ("state", "code", "address")}


def urls(account: Account) -> list[str]:
    webhooks = account.sandbox.world.default_company.webhooks.values()
    return [one.subscription_url for one in webhooks]


def test_switched_on_it_is_registered_at_once(dealwright: Dealwright, connected: Account) -> None:
    ran = dealwright("webhooks", "on", "acme", "--json")

    assert (ran.code, ran.lines) == (0, [{"name": "acme", "registered": True}])
    assert [url.startswith(f"{HUB}/hooks/pipedrive/") for url in urls(connected)] == [True]


def test_no_command_prints_the_secret_path(dealwright: Dealwright, connected: Account) -> None:
    commands: list[Ran] = [
        dealwright("webhooks", "on"),
        dealwright("webhooks", "status"),
        dealwright("webhooks", "status", "--json"),
        dealwright("doctor"),
    ]
    secret = urls(connected)[0].rpartition("/")[2]

    assert [secret in ran.out + ran.err for ran in commands] == [False] * 4


def test_switched_off_it_is_gone(dealwright: Dealwright, connected: Account) -> None:
    dealwright("webhooks", "on")
    ran = dealwright("webhooks", "off", "acme")

    assert (ran.code, urls(connected)) == (0, [])
    assert status(dealwright)["state"] == "off"


def test_before_the_worker_has_looked_it_waits(dealwright: Dealwright, connected: Account) -> None:
    del connected

    assert status(dealwright) == {"state": "waiting", "code": "", "address": ""}


def test_registered_it_is_on(dealwright: Dealwright, connected: Account) -> None:
    del connected
    dealwright("webhooks", "on")

    assert status(dealwright) == {"state": "on", "code": "", "address": HUB}


def test_without_an_address_it_says_what_to_set(
    dealwright: Dealwright, connected: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEALWRIGHT_PUBLIC_URL")
    ran = dealwright("webhooks", "on", "acme")

    assert (ran.code, urls(connected)) == (1, [])
    assert "DEALWRIGHT_PUBLIC_URL" in ran.out
    assert status(dealwright)["code"] == "webhook_no_address"


def test_a_refusal_is_told_and_kept(dealwright: Dealwright, connected: Account) -> None:
    refusal = {"success": False, "message": "Forbidden"}
    connected.sandbox.add_fault(path="/api/v1/webhooks", status=403, body=refusal)
    ran = dealwright("webhooks", "on", "--json")

    assert (ran.code, ran.lines[0]["code"]) == (1, "webhook_refused")
    assert status(dealwright)["code"] == "webhook_refused"


def test_an_unknown_connection_is_told(dealwright: Dealwright, connected: Account) -> None:
    del connected
    ran = dealwright("webhooks", "on", "nobody")

    assert ran.code == 1
    assert "no connection named nobody" in ran.err


def test_without_a_connection_there_is_nothing_to_switch(dealwright: Dealwright) -> None:
    ran = dealwright("webhooks", "on")

    assert ran.code == 1
    assert "dealwright connect" in ran.err


def test_the_doctor_tells_how_it_stands(dealwright: Dealwright, connected: Account) -> None:
    del connected
    dealwright("webhooks", "on")

    assert f"acme: webhooks: Registered at {HUB}" in dealwright("doctor").out
