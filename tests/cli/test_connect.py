"""`dealwright connect`."""

from pathlib import Path

import pytest
from tests.cli.conftest import Account, Dealwright


def _connect(dealwright: Dealwright, account: Account, *more: str) -> None:
    ran = dealwright("connect", "--url", account.url, "--token", account.token, *more)
    assert ran.code == 0, ran.err


def test_the_company_and_the_user_are_named(dealwright: Dealwright, account: Account) -> None:
    ran = dealwright("connect", "--url", account.url, "--token", account.token)

    assert "as Mara Lind" in ran.out


def test_what_comes_next_is_said(dealwright: Dealwright, account: Account) -> None:
    ran = dealwright("connect", "--url", account.url, "--token", account.token)

    assert "dealwright connections on" in ran.out


def test_a_token_that_pipedrive_refuses_connects_nothing(
    dealwright: Dealwright, account: Account
) -> None:
    ran = dealwright("connect", "--url", account.url, "--token", "b2" * 20)

    assert (ran.code, "[reauth]" in ran.err) == (1, True)
    assert dealwright("connections", "list", "--json").lines == []


def test_a_pipedrive_that_does_not_answer_connects_nothing(
    dealwright: Dealwright, account: Account
) -> None:
    account.sandbox.add_fault(path="/api/", status=503)

    ran = dealwright("connect", "--url", account.url, "--token", account.token)

    assert "did not answer" in ran.err


def test_the_token_stands_nowhere_in_the_data_folder(
    dealwright: Dealwright, account: Account, data: Path
) -> None:
    _connect(dealwright, account)

    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert account.token.encode() not in stored


def test_the_token_is_never_printed(dealwright: Dealwright, account: Account) -> None:
    ran = dealwright("connect", "--url", account.url, "--token", account.token)

    assert account.token not in ran.out + ran.err


def test_the_token_may_come_from_the_environment(
    dealwright: Dealwright, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", account.token)

    assert dealwright("connect", "--url", account.url).code == 0


def test_without_a_token_and_without_a_terminal_it_says_how_to_give_one(
    dealwright: Dealwright, account: Account
) -> None:
    assert "PIPEDRIVE_API_TOKEN" in dealwright("connect", "--url", account.url).err


def test_a_new_connection_has_the_three_presets(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    mappings = dealwright("mappings", "list", "--json").lines
    assert {(m["action"], m["enabled"]) for m in mappings} == {
        ("upsert_person", True),
        ("upsert_organization", True),
        ("upsert_activity", True),
    }


def test_no_presets_makes_no_mapping(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account, "--no-presets")

    assert dealwright("mappings", "list", "--json").lines == []


def test_events_are_off_until_they_are_switched_on(
    dealwright: Dealwright, account: Account
) -> None:
    _connect(dealwright, account)

    assert dealwright("connections", "list", "--json").lines[0]["delivering"] is False


def test_deliver_switches_events_on_at_once(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account, "--deliver")

    assert dealwright("connections", "list", "--json").lines[0]["delivering"] is True


def test_connecting_the_same_account_again_renews_its_token(
    dealwright: Dealwright, account: Account
) -> None:
    _connect(dealwright, account)
    _connect(dealwright, account)

    assert len(dealwright("connections", "list", "--json").lines) == 1


def test_tokens_a_day_follow_plan_and_seats(dealwright: Dealwright, account: Account) -> None:
    ran = dealwright(
        *("connect", "--url", account.url, "--token", account.token),
        *("--plan", "growth", "--seats", "5", "--json"),
    )

    assert ran.lines[0]["tokens_a_day"] == 300_000


def test_external_id_fields_are_made_once(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account, "--create-external-id-field")
    _connect(dealwright, account, "--create-external-id-field")

    fields = account.sandbox.world.default_company.fields["person"].custom.values()
    assert [field.name for field in fields] == ["External ID"]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="neither domain nor url"),
        pytest.param(("--domain", "acme", "--url", "http://127.0.0.1:1"), id="both"),
        pytest.param(("--domain", "acme", "--external-id-field", "person"), id="no key"),
    ],
)
def test_wrong_use_is_said_and_ends_with_2(
    dealwright: Dealwright, arguments: tuple[str, ...]
) -> None:
    ran = dealwright("connect", "--token", "x", *arguments)

    assert (ran.code, "Usage:" in ran.err) == (2, True)


def test_an_address_elsewhere_is_refused_before_the_token_goes_there(
    dealwright: Dealwright,
) -> None:
    ran = dealwright("connect", "--url", "http://pipedrive.example", "--token", "x")

    assert (ran.code, "[invalid_url]" in ran.err) == (1, True)


def test_a_connection_has_the_name_that_one_gives_it(
    dealwright: Dealwright, account: Account
) -> None:
    _connect(dealwright, account, "--name", "production")

    assert [row["name"] for row in dealwright("connections", "list", "--json").lines] == [
        "production"
    ]


def test_without_a_name_it_has_that_of_its_domain(dealwright: Dealwright, account: Account) -> None:
    _connect(dealwright, account)

    domain = account.sandbox.world.default_company.domain
    assert dealwright("connections", "list", "--json").lines[0]["name"] == domain


def test_where_the_token_is_found_is_said(dealwright: Dealwright, account: Account) -> None:
    where = "Settings, Personal preferences, API"
    refused = dealwright("connect", "--url", account.url, "--token", "b2" * 20)
    lacking = dealwright("connect", "--url", account.url)

    assert (where in refused.err, where in lacking.err) == (True, True)
