"""`dealwright connections catalogue` and `match`."""

from pathlib import Path

import pytest
from tests.cli.conftest import Account, Dealwright, Ran

KEY = "c3" * 20


@pytest.fixture
def acme(dealwright: Dealwright, account: Account) -> str:
    """The name of a Connection to an account with two fields of its own."""
    account.sandbox.put_state(
        {
            "fields": {
                "person": [
                    {"name": "Our id", "type": "varchar", "code": KEY},
                    {"name": "Since", "type": "date", "code": "b2" * 20},
                ]
            }
        }
    )
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    return "acme"


def spent(account: Account, ran: Ran) -> int:
    """What the sandbox charged since it was connected, which cost 2."""
    assert ran.code == 0, ran.err
    return account.sandbox.total_cost - 2


def test_to_look_costs_nothing(dealwright: Dealwright, acme: str, account: Account) -> None:
    ran = dealwright("connections", "catalogue", acme)

    assert spent(account, ran) == 0


def test_what_reading_costs_is_said_before(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("connections", "catalogue", acme)

    assert "for 110 tokens" in ran.out


def test_what_reading_has_cost_is_said_after(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    ran = dealwright("connections", "catalogue", acme, "--refresh")

    assert ("Read 9 lists for 110 tokens" in ran.out, spent(account, ran)) == (True, 110)


def test_the_choices_of_a_picker_are_shown(dealwright: Dealwright, acme: str) -> None:
    dealwright("connections", "catalogue", acme, "--refresh")
    rows = dealwright("connections", "catalogue", acme, "person_match_fields", "--json").lines

    assert [(row["value"], row["label"]) for row in rows][-1] == (KEY, "Our id")


def test_one_picker_is_read_at_the_price_of_its_lists(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    ran = dealwright("connections", "catalogue", acme, "stages", "--refresh")

    assert spent(account, ran) == 10


def test_what_a_refresh_spent_is_in_the_ledger(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    ran = dealwright("connections", "catalogue", acme, "users", "--refresh", "--json")

    assert ran.lines[0]["tokens"] == spent(account, ran) == 20


def test_a_picker_that_there_is_not_is_refused_with_those_there_are(
    dealwright: Dealwright, acme: str
) -> None:
    ran = dealwright("connections", "catalogue", acme, "stage")

    assert (ran.code, "stages" in ran.err) == (1, True)


def matched(dealwright: Dealwright, acme: str, *options: str) -> list[object]:
    ran = dealwright("connections", "match", acme, *options, "--json")
    assert ran.code == 0, ran.err
    return [row["field"] for row in ran.lines]


def test_records_are_matched_by_id_in_the_beginning(dealwright: Dealwright, acme: str) -> None:
    assert matched(dealwright, acme) == ["id", "id", "id"]


def test_a_match_field_is_chosen_by_its_name(dealwright: Dealwright, acme: str) -> None:
    assert matched(dealwright, acme, "--person", "our ID") == [KEY, "id", "id"]


def test_what_is_not_named_stays(dealwright: Dealwright, acme: str) -> None:
    matched(dealwright, acme, "--person", KEY, "--organization", "name")

    assert matched(dealwright, acme, "--deal", "Title") == [KEY, "name", "title"]


@pytest.mark.parametrize("words", ["id", "", "person_id"])
def test_a_match_field_can_be_the_id_again(dealwright: Dealwright, acme: str, words: str) -> None:
    matched(dealwright, acme, "--person", "email")

    assert matched(dealwright, acme, "--person", words) == ["id", "id", "id"]


def test_built_in_fields_are_known_without_asking(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    ran = dealwright("connections", "match", acme, "--person", "email", "--organization", "name")

    assert spent(account, ran) == 0


def test_custom_fields_are_checked_against_what_is_kept(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    dealwright("connections", "match", acme, "--person", "Our id")
    ran = dealwright("connections", "match", acme, "--person", KEY)

    assert spent(account, ran) == 10


@pytest.mark.parametrize(
    ("field", "code"), [("Since", "unsearchable_field"), ("Our ids", "unknown_field")]
)
def test_a_field_that_nothing_is_found_by_is_refused(
    dealwright: Dealwright, acme: str, field: str, code: str
) -> None:
    ran = dealwright("connections", "match", acme, "--person", field)

    assert (ran.code, f"[{code}]" in ran.err) == (1, True)


def test_a_refused_field_changes_nothing(dealwright: Dealwright, acme: str) -> None:
    dealwright("connections", "match", acme, "--organization", "name", "--person", "Since")

    assert matched(dealwright, acme) == ["id", "id", "id"]


def test_a_mapping_that_names_what_the_account_lacks_is_made_with_a_warning(
    dealwright: Dealwright, acme: str, tmp_path: Path
) -> None:
    dealwright("connections", "catalogue", acme, "--refresh")
    file = tmp_path / "deal.toml"
    file.write_text(
        'name = "Deals"\naction = "upsert_deal"\ntrigger = \'type = "track"\'\n'
        '[fields]\nperson_match_value = { "@path" = "$.userId" }\nstage_id = 99\n'
    )

    ran = dealwright("mappings", "add", str(file))
    assert (ran.code, "! /stage_id: the account has no “99” among its stages" in ran.out) == (
        0,
        True,
    )
