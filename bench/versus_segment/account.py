"""The account of the comparison: a sandbox of its own for every side and round.

`python -m bench.versus_segment.account --port N`: an empty account with both sides' endpoints.
With `--burst` it has Growth's burst limits, else none, and its headers say so.
"""

import argparse
import json
import urllib.request
from typing import Any

import uvloop

from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import NO_LIMITS, Limits, Options
from dealwright.sandbox.serve import server_for

TOKEN = "5e" * 20
PERSON_ID, ORGANIZATION_ID, DEAL_ID = "a1" * 20, "a2" * 20, "a3" * 20
TITLE, PLAN, SEATS, CITY = "b1" * 20, "b2" * 20, "b3" * 20, "b4" * 20
_FIELDS = {
    "person": [
        {"name": "External id", "type": "varchar", "code": PERSON_ID},
        {"name": "Title", "type": "varchar", "code": TITLE},
        {"name": "Plan", "type": "varchar", "code": PLAN},
        {"name": "Seats", "type": "double", "code": SEATS},
        {"name": "City", "type": "varchar", "code": CITY},
    ],
    "organization": [{"name": "External id", "type": "varchar", "code": ORGANIZATION_ID}],
    "deal": [{"name": "External id", "type": "varchar", "code": DEAL_ID}],
}
#: Requests in 2 seconds that an account without limits allows.
UNLIMITED = 1_000_000
Json = dict[str, Any]


def seeded(url: str, before: Json) -> None:
    """Put in what the account holds before the stream."""
    organizations = {key: n for n, key in enumerate(before["organizations"], start=1)}
    persons = {key: n for n, key in enumerate(before["persons"], start=1)}
    state = {
        "fields": _FIELDS,
        "stages": [{"name": "Signing", "pipeline_id": 1}],
        "organizations": [
            {
                "id": number,
                "name": before["organizations"][key]["traits"]["name"],
                "custom_fields": {ORGANIZATION_ID: key},
            }
            for key, number in organizations.items()
        ],
        "persons": [
            {"id": persons[key], **person_record(key, person["traits"])}
            for key, person in before["persons"].items()
        ],
        "deals": [
            {
                **deal_record(key, deal["properties"]),
                "person_id": persons[deal["person"]],
                "org_id": organizations.get(deal["organization"]),
            }
            for key, deal in before["deals"].items()
        ],
    }
    asked(url, "state", put=state)


def asked(url: str, name: str, *, put: Any = None, post: Any = None) -> Any:
    """What the sandbox's own door says."""
    given = put if put is not None else post
    method = "PUT" if put is not None else "POST" if post is not None else "GET"
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(f"{url}/_sandbox/{name}", data=data, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def person_record(key: str, traits: Json) -> Json:
    """A person as these traits make one."""
    return {
        "name": traits["name"],
        "emails": [traits["email"]],
        "phones": [traits["phone"]],
        "custom_fields": {
            PERSON_ID: key,
            TITLE: traits["title"],
            PLAN: traits["plan"],
            SEATS: traits["seats"],
            CITY: traits["address"]["city"],
        },
    }


def deal_record(key: str, told: Json) -> Json:
    """A deal as these properties make one."""
    kept = ("title", "value", "currency", "stage_id", "status", "expected_close_date")
    return {
        **{name: told[name] for name in kept},
        "probability": told["success_probability"],
        "lost_reason": told.get("lost_reason"),
        "custom_fields": {DEAL_ID: key},
    }


def main() -> None:
    """Serve the account until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--burst", action="store_true")
    parser.add_argument("--lag", type=float, default=0.0)
    chosen = parser.parse_args()
    # No round is about the day's budget, nor about being shut out for not listening.
    limits = Limits(daily=False, abuse_after=10**9) if chosen.burst else NO_LIMITS
    options = Options(
        token=TOKEN, seed="empty", plan="growth", seats=5, lag_s=chosen.lag, limits=limits,
        legacy_v1=True, port=chosen.port,
    )  # fmt: skip
    account = create_app(options)
    if not chosen.burst:
        token = account.world.admit(TOKEN)
        assert token is not None
        account.world.limits(token).burst.limit = UNLIMITED
    server = server_for(account, host=options.host, port=options.port)
    uvloop.run(server.serve())


if __name__ == "__main__":
    main()
