"""What one sandbox is: its plan, its seed, its limits, and the switches for what nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from dealwright.sandbox.integrations import App

PlanName = Literal["lite", "growth", "premium", "ultimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One price plan. Source: developers page "Rate limiting" and the usage-limits article."""

    multiplier: int
    token_burst: int
    oauth_burst: int
    custom_fields: int
    open_deals_per_seat: int
    four_visibilities: bool


PLANS: Mapping[str, Plan] = {
    "lite": Plan(
        multiplier=1,
        token_burst=20,
        oauth_burst=80,
        custom_fields=30,
        open_deals_per_seat=2_500,
        four_visibilities=False,
    ),
    "growth": Plan(
        multiplier=2,
        token_burst=40,
        oauth_burst=160,
        custom_fields=100,
        open_deals_per_seat=5_000,
        four_visibilities=False,
    ),
    "premium": Plan(
        multiplier=5,
        token_burst=100,
        oauth_burst=400,
        custom_fields=300,
        open_deals_per_seat=15_000,
        four_visibilities=True,
    ),
    "ultimate": Plan(
        multiplier=7,
        token_burst=120,
        oauth_burst=480,
        custom_fields=500,
        open_deals_per_seat=20_000,
        four_visibilities=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which of Pipedrive's limits bite."""

    daily: bool = True
    burst: bool = True
    search_burst: bool = True
    search_counts_as_burst: bool = True
    refused_calls_cost: bool = True
    abuse_after: int = 30
    abuse_minutes: int = 5


NO_LIMITS = Limits(daily=False, burst=False, search_burst=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What Pipedrive's public material leaves open; each default is the likelier reading."""

    activity_person_id: Literal["ignore", "reject"] = "ignore"
    activity_copies_deal_org: bool = True
    field_search_shape: Literal["flat", "items"] = "flat"
    deleted_by_id: Literal["record", "missing"] = "record"
    empty_custom_fields: Literal["keep", "clear"] = "keep"
    unknown_labels: Literal["reject", "accept"] = "reject"
    email_syntax: Literal["any", "checked"] = "any"
    phone_search: Literal["raw", "digits"] = "raw"
    too_high_limit_v2: Literal["reject", "clamp"] = "reject"
    contact_sync: bool = False
    query_token: bool = True
    loopback: bool = True
    plain_http_webhooks: Literal["accept", "refuse"] = "accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One sandbox.

    `token` None makes a random one; `seed` is "demo", "empty" or a state file; `lag_s` is how
    long search lags behind writes, `conversion_s` how long a lead takes to become a deal;
    `frozen_at` holds the clock still there; `apps` may ask for access by OAuth.
    """

    token: str | None = None
    plan: PlanName = "growth"
    seats: int = 5
    seed: str = "demo"
    state_dir: Path | None = None
    lag_s: float = 3.0
    conversion_s: float = 1.0
    limits: Limits = field(default_factory=Limits)
    switches: Switches = field(default_factory=Switches)
    legacy_v1: bool = False
    frozen_at: datetime | None = None
    apps: tuple[App, ...] = ()
    random_seed: int = 7
    host: str = "127.0.0.1"
    port: int = 8900
