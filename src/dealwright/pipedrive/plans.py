"""Pipedrive's plans: how many tokens a day and how many requests at once they allow.

Source: https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dealwright.core.errors import ConfigError

TOKENS_PER_SEAT = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan. `burst` and `oauth_burst` are requests per 2 seconds and token."""

    key: str
    multiplier: int
    burst: int
    oauth_burst: int


_LITE = Plan(key="lite", multiplier=1, burst=20, oauth_burst=80)
_GROWTH = Plan(key="growth", multiplier=2, burst=40, oauth_burst=160)
_PREMIUM = Plan(key="premium", multiplier=5, burst=100, oauth_burst=400)
_ULTIMATE = Plan(key="ultimate", multiplier=7, burst=120, oauth_burst=480)

#: By the name that the account shows; the last five are sold no longer.
PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "lite": _LITE,
        "growth": _GROWTH,
        "premium": _PREMIUM,
        "ultimate": _ULTIMATE,
        "essential": Plan(key="essential", multiplier=1, burst=20, oauth_burst=80),
        "advanced": Plan(key="advanced", multiplier=2, burst=40, oauth_burst=160),
        "professional": Plan(key="professional", multiplier=3, burst=80, oauth_burst=320),
        "power": Plan(key="power", multiplier=5, burst=100, oauth_burst=400),
        "enterprise": Plan(key="enterprise", multiplier=7, burst=120, oauth_burst=480),
    }
)


def plan(key: str) -> Plan:
    """The plan of this name, whatever its case. Raises ConfigError (`unknown_plan`)."""
    found = PLANS.get(key.strip().casefold())
    if found is None:
        raise ConfigError(
            f"“{key}” is no plan of Pipedrive: choose one of {', '.join(PLANS)}.",
            code="unknown_plan",
        )
    return found


def daily_tokens(chosen: Plan, seats: int) -> int:
    """Tokens that the whole company has a day, shared by everything that calls the API."""
    return TOKENS_PER_SEAT * chosen.multiplier * seats
