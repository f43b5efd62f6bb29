"""The account of a bad day: what it holds, how it fails, and what it must hold afterwards.

The day has an end in its middle: few tokens are left of the first one, so that work has to wait for
the second.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from tests.chaos.story import ORGANIZATION_ID, ORGANIZATION_PLAN, PERSON_PLAN, Truth

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.faults import FaultRule
from dealwright.sandbox.options import Limits, Options
from dealwright.sandbox.webhookdelivery import WebhookFault

TOKEN = "t" * 40
#: Tokens of the first day, of which work of low priority may take 65 %, and none the reserve.
FIRST_DAY, RESERVE = 1_000, 200
#: Tokens of the second: one seat of Ultimate.
SECOND_DAY = 210_000
#: For so long a silent server says nothing.
SILENCE_MS = 60_000
#: Ultimate's burst window; one seat's tokens, so that a call too many would be seen.
_OPTIONS = Options(
    token=TOKEN,
    lag_s=3,
    seed="empty",
    plan="ultimate",
    seats=1,
    limits=Limits(abuse_after=10**9),
)


def bad_account(random: Random) -> Sandbox:
    """An account whose search lags 3 s, with 5 % errors, 5 % lost answers and storms of 429.

    Of the lost answers some are cut, some never come though the connection stands.
    """
    sandbox = create_app(_OPTIONS)
    sandbox.put_state(
        {
            "fields": {
                "person": [{"name": "Plan", "type": "varchar", "code": PERSON_PLAN}],
                "organization": [
                    {"name": "External id", "type": "varchar", "code": ORGANIZATION_ID},
                    {"name": "Plan", "type": "varchar", "code": ORGANIZATION_PLAN},
                ],
            }
        }
    )
    sandbox.add_fault(status=500, probability=0.05, seed=random.randrange(10**6))
    lost = {"reset": True, "after_commit": True}
    sandbox.add_fault(**lost, probability=0.04, seed=random.randrange(10**6))
    for after_commit in (True, False):
        silent = {"hang_ms": SILENCE_MS, "after_commit": after_commit}
        sandbox.add_fault(**silent, probability=0.005, seed=random.randrange(10**6))
    sandbox.world.default_company.ledger.daily = FIRST_DAY
    for number, kind in enumerate(("lose", "double", "reorder"), start=random.randrange(10**6)):
        rule = WebhookFault(kind=kind, hold_s=2.0, probability=0.1, seed=number)
        sandbox.deliveries.faults.add(rule)
    return sandbox


@contextmanager
def storm(sandbox: Sandbox) -> Iterator[None]:
    """Refuse every call for being too many, as when another program uses up the token's window."""
    rule = FaultRule(status=429, headers={"x-ratelimit-reset": "1"})
    sandbox.faults.add(rule)
    try:
        yield
    finally:
        sandbox.faults.remove(rule)


def new_day(sandbox: Sandbox) -> int:
    """Begin the second day; how many tokens were left of the first."""
    ledger = sandbox.world.default_company.ledger
    left = ledger.remaining(sandbox.clock.now_ms())
    ledger.spent, ledger.daily = 0, SECOND_DAY
    return left


def faults(sandbox: Sandbox, truth: Truth) -> list[str]:
    """What is not as it must be, in sentences; nothing when all is well."""
    return [
        *_of_identities("person", sandbox, truth.persons, key=_email, plan=PERSON_PLAN),
        *_of_identities(
            "organization",
            sandbox,
            truth.organizations,
            key=lambda record: record["custom_fields"].get(ORGANIZATION_ID),
            plan=ORGANIZATION_PLAN,
        ),
        *_of_counts(
            "activity", Counter(r["subject"] for r in sandbox.records("activities")), truth
        ),
        *_of_budget(sandbox),
    ]


def _of_identities(
    kind: str, sandbox: Sandbox, wanted: dict[str, tuple[str, str | None]], *, key: Any, plan: str
) -> list[str]:
    records = sandbox.records(f"{kind}s")
    there = Counter(key(record) for record in records)
    told = [f"{kind} {one}: is there {there[one]} times" for one in wanted if there[one] != 1]
    told += [f"{kind} {one}: nobody spoke of it" for one in there if one not in wanted]
    for record in records:
        have = (record["name"], record["custom_fields"].get(plan))
        if wanted.get(key(record), have) != have:
            told.append(f"{kind} {key(record)}: has {have}, newest is {wanted[key(record)]}")
    return told


def _of_counts(kind: str, there: Counter[str], truth: Truth) -> list[str]:
    wanted = dict.fromkeys(truth.activities, 1)
    return [f"{kind} {one}: is there {there[one]} times" for one in wanted if there[one] != 1] + [
        f"{kind} {one}: nobody spoke of it" for one in there if one not in wanted
    ]


def _of_budget(sandbox: Sandbox) -> list[str]:
    ledger = sandbox.world.default_company.ledger
    left = ledger.daily - ledger.spent
    return [] if left >= 0 else [f"{-left} tokens too many were spent of {ledger.daily}"]


def _email(record: dict[str, Any]) -> str:
    return ",".join(one["value"] for one in record["emails"])
