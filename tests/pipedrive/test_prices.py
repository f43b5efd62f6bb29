"""Prices and plans are Pipedrive's own."""

import csv
from importlib.resources import files

import pytest

from dealwright.core.errors import ConfigError
from dealwright.pipedrive.costs import PRICES, price
from dealwright.pipedrive.plans import PLANS, daily_tokens, plan


def vendor_prices() -> dict[str, int]:
    """Pipedrive's figures, as they come with the sandbox."""
    text = files("dealwright.sandbox").joinpath("token-costs.csv").read_text("utf-8")
    living = (row for row in csv.DictReader(text.splitlines()) if "removed" not in row["version"])
    return {f"{row['method']} {row['path']}": int(row["cost"]) for row in living}


def test_every_operation_costs_what_the_vendor_says() -> None:
    vendor = vendor_prices()

    assert dict(PRICES) == {operation: vendor.get(operation) for operation in PRICES}


def test_an_operation_without_a_price_is_a_defect() -> None:
    with pytest.raises(KeyError):
        price("GET /api/v2/everything")


@pytest.mark.parametrize(
    ("key", "tokens"),
    [("lite", 60_000), ("growth", 120_000), ("premium", 300_000), ("ultimate", 420_000)],
)
def test_a_company_has_its_seats_worth_of_tokens(key: str, tokens: int) -> None:
    assert daily_tokens(plan(key), seats=2) == tokens


@pytest.mark.parametrize(
    ("key", "burst"), [("lite", 20), ("growth", 40), ("premium", 100), ("ultimate", 120)]
)
def test_a_plan_has_its_burst(key: str, burst: int) -> None:
    assert plan(key).burst == burst


def test_an_app_may_ask_four_times_as_fast_on_every_plan() -> None:
    assert [p.oauth_burst for p in PLANS.values()] == [p.burst * 4 for p in PLANS.values()]


def test_the_case_of_a_plan_does_not_matter() -> None:
    assert plan(" Premium ") is plan("premium")


def test_an_unknown_plan_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="lite, growth, premium, ultimate"):
        plan("platinum")
