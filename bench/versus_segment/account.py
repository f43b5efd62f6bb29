"""The account of the comparison: a sandbox of its own for every side and round, and the verdict.

`python -m bench.versus_segment.account --port N`: an empty account that serves both sides' endpoints;
what it refuses is Growth's burst limits, or nothing.
"""

import argparse
import json
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a side has made of the stream, in records.

    `duplicates`: records beyond the first of an identity; `missing`: identities, activities and
    notes that are not there; `stale`: identities with a value that is not the newest; `unlinked`:
    deals, activities and notes that are not tied to their person.
    """

    duplicates: int
    missing: int
    stale: int
    unlinked: int


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
            {"id": persons[key], **_person(key, person["traits"])}
            for key, person in before["persons"].items()
        ],
        "deals": [
            {
                **_deal(key, deal["properties"]),
                "person_id": persons[deal["person"]],
                "org_id": organizations.get(deal["organization"]),
            }
            for key, deal in before["deals"].items()
        ],
    }
    asked(url, "state", put=state)


def judged(url: str, expected: Json) -> Verdict:
    """Compare what is there now with what should be."""
    state = asked(url, "state")
    there = {
        kind: [record for record in state[kind] if not record["is_deleted"]]
        for kind in ("persons", "organizations", "deals", "activities", "notes")
    }
    persons = _by(there["persons"], lambda one: one["custom_fields"].get(PERSON_ID))
    organizations = _by(
        there["organizations"], lambda one: one["custom_fields"].get(ORGANIZATION_ID)
    )
    deals = _by(there["deals"], lambda one: one["custom_fields"].get(DEAL_ID))
    activities = _by(there["activities"], lambda one: one["subject"])
    notes = _by(there["notes"], lambda one: one["content"])
    should = (
        (persons, expected["persons"], lambda one, told: _person_is(one, told["traits"])),
        (organizations, expected["organizations"], lambda one, told: one["name"] == told["traits"]["name"]),
        (deals, expected["deals"], lambda one, told: _deal_is(one, told["properties"])),
        (activities, {one["subject"]: one for one in expected["activities"]}, _always),
        (notes, {one["content"]: one for one in expected["notes"]}, _always),
    )  # fmt: skip
    owners = {record["id"]: key for key, found in persons.items() for record in found}
    tied = (
        *_ties(deals, expected["deals"]),
        *_ties(activities, {one["subject"]: one for one in expected["activities"]}),
        *_ties(notes, {one["content"]: one for one in expected["notes"]}),
    )
    return Verdict(
        duplicates=sum(len(found) - 1 for have, told, _ in should for key, found in have.items() if key in told),
        missing=sum(len(told.keys() - have.keys()) for have, told, _ in should),
        stale=sum(
            not any(same(record, told[key]) for record in have[key])
            for have, told, same in should
            for key in told.keys() & have.keys()
        ),
        unlinked=sum(owners.get(person_id) != wanted for person_id, wanted in tied),
    )  # fmt: skip


def asked(url: str, name: str, *, put: Any = None, post: Any = None) -> Any:
    """What the sandbox's own door says."""
    given = put if put is not None else post
    method = "PUT" if put is not None else "POST" if post is not None else "GET"
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(f"{url}/_sandbox/{name}", data=data, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def _person(key: str, traits: Json) -> Json:
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


def _deal(key: str, told: Json) -> Json:
    kept = ("title", "value", "currency", "stage_id", "status", "expected_close_date")
    return {
        **{name: told[name] for name in kept},
        "probability": told["success_probability"],
        "lost_reason": told.get("lost_reason"),
        "custom_fields": {DEAL_ID: key},
    }


def _person_is(record: Json, traits: Json) -> bool:
    wanted = _person("", traits)
    custom = {**wanted["custom_fields"]}
    del custom[PERSON_ID]
    return (
        record["name"] == wanted["name"]
        and {code: record["custom_fields"].get(code) for code in custom} == custom
        and traits["phone"] in [one["value"] for one in record["phones"]]
        and traits["email"] in [one["value"] for one in record["emails"]]
    )


def _deal_is(record: Json, told: Json) -> bool:
    wanted = _deal("", told)
    del wanted["custom_fields"]
    return {name: record[name] for name in wanted} == wanted


def _always(_record: Json, _told: Json) -> bool:
    # What was said of an activity or a note was said once.
    return True


def _by(records: Iterable[Json], key: Callable[[Json], str | None]) -> Mapping[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for record in records:
        if (own := key(record)) is not None:
            found[own].append(record)
    return found


def _ties(have: Mapping[str, list[Json]], told: Mapping[str, Json]) -> Iterable[tuple[Any, str]]:
    for key in told.keys() & have.keys():
        yield _person_of(have[key][0]), told[key]["person"]


def _person_of(record: Json) -> Any:
    primary = [one["person_id"] for one in record.get("participants") or () if one["primary"]]
    return primary[0] if primary else record.get("person_id")


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
    server = server_for(create_app(options), host=options.host, port=options.port)
    uvloop.run(server.serve())


if __name__ == "__main__":
    main()
