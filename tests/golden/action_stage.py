"""Plays a recorded case of an action: the account before, the faults, the event, the end."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.clock import ManualClock
from tests.hub import TOKEN, Hub, new_sandbox, open_hub

from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.delivery_list import Delivery
from dealwright.store.mappings import NewMapping

Case = dict[str, Any]

START = datetime(2026, 3, 14, 12, tzinfo=UTC)
HASH = re.compile(r"[0-9a-f]{40}")
ACTIONS = {
    "createUpdatePerson": "upsert_person",
    "createUpdateOrganization": "upsert_organization",
    "createUpdateActivity": "upsert_activity",
    "createUpdateDeal": "upsert_deal",
    "createUpdateLead": "upsert_lead",
    "createUpdateNote": "upsert_note",
}
KINDS = {
    "persons": "person",
    "organizations": "organization",
    "deals": "deal",
    "leads": "lead",
    "activities": "activity",
    "notes": "note",
}
_SEARCHED = {"personField": "persons", "organizationField": "organizations", "dealField": "deals"}
_V2 = ("persons", "organizations", "deals", "activities")


@dataclass(slots=True, kw_only=True)
class Played:
    """What came of a case."""

    case: Case
    sandbox: Sandbox
    deliveries: list[Delivery] = field(default_factory=list[Delivery])

    def records(self, collection: str) -> list[dict[str, Any]]:
        """The records of the account that are not deleted."""
        return [one for one in self.sandbox.records(collection) if not one.get("is_deleted")]

    def writes(self) -> list[Any]:
        """The calls that write, done or refused."""
        return [call for call in self.sandbox.calls if call.method != "GET"]

    def created(self, collection: str) -> list[dict[str, Any]]:
        """The records that were not there before, in the order of their making."""
        before = {str(one["id"]) for one in self.case.get("crm_before", {}).get(collection, ())}
        return [one for one in self.records(collection) if str(one["id"]) not in before]


async def play(case: Case, folder: Path) -> Played:
    """Set up an account, hand the events over, and do everything that is due."""
    case = with_something_to_write(case)
    clock = ManualClock(START)
    sandbox = new_sandbox(clock, plan="ultimate")
    furnish(sandbox, case)
    spoil(sandbox, case)
    events = case.get("events") or [case["event"]]
    async with open_hub(folder, clock=clock) as hub:
        await _connect(hub, sandbox, case)
        for batch in [events] if case.get("mode") == "parallel" else [[one] for one in events]:
            await hub.send(*batch)
            while (await hub.run_once()).more:
                continue
        found = [seen.now for seen in hub.deliveries()]
    return Played(case=case, sandbox=sandbox, deliveries=found)


def with_something_to_write(case: Case) -> Case:
    """A case whose recorded update fails, with a record that the update would change.

    Ours does not write what a record already holds, hence would never meet the fault. The texts
    that the recorded write repeats are others before it, and stay so since it fails.
    """
    fails = case["outcome"]["kind"] == "error"
    if not fails or not any(fault.get("method") == "PUT" for fault in case["faults"]):
        return case
    played = deepcopy(case)
    for request in case["requests"]:
        collection, _, record_id = request["path"].removeprefix("/api/v1/").partition("/")
        if request["method"] != "PUT":
            continue
        for state in (played["crm_before"], played["crm_after"]):
            for row in state.get(collection, ()):
                if str(row["id"]) == record_id:
                    _make_differ(row, request["body"])
    return played


def _make_differ(row: Case, body: Case) -> None:
    for key, value in body.items():
        if isinstance(value, str) and row.get(key) == value:
            row[key] = f"{value}, before"


async def _connect(hub: Hub, sandbox: Sandbox, case: Case) -> None:
    settings = case.get("settings", {})
    named = {
        RecordKind.PERSON: settings.get("personField"),
        RecordKind.ORGANIZATION: settings.get("organizationField"),
        RecordKind.DEAL: settings.get("dealField"),
    }
    defaults = MatchDefaults(match_fields={kind: key for kind, key in named.items() if key})

    def mappings(connection_id: int) -> list[NewMapping]:
        return [
            NewMapping(
                connection_id=connection_id,
                name=case["id"],
                action=ACTIONS.get(case["action"], case["action"]),
                trigger=case["subscribe"],
                fields=case["mapping"],
            )
        ]

    await hub.connect(sandbox, defaults=defaults, plan="ultimate", mappings=mappings)


def furnish(sandbox: Sandbox, case: Case) -> None:
    """Give the account the fields, stages and records that the case has before."""
    before = case.get("crm_before") or {}
    parts = {key: case.get(key) for key in ("settings", "mapping", "event", "events", "crm_before")}
    hashes = sorted(set(HASH.findall(json.dumps(parts))))
    fields = [{"name": f"Field {key[:6]}", "type": "varchar", "code": key} for key in hashes]
    state: dict[str, Any] = {
        "fields": {kind: list(fields) for kind in ("person", "organization", "deal")}
    }
    for collection, rows in before.get("fields", {}).items():
        kind = collection.removesuffix("Fields")
        state["fields"][kind] += [
            {"name": row["name"], "type": row["field_type"], "code": row["key"]}
            for row in rows
            if row["key"] not in {"id", "title" if kind == "deal" else "name", *hashes}
        ]
    if types := before.get("activityTypes"):
        state["activity_types"] = types
    numbers = sorted({number for number in _stages(parts) if number > 4})
    state["stages"] = [
        {"id": number, "pipeline_id": 1, "order_nr": number, "name": f"Stage {number}"}
        for number in numbers
    ]
    sandbox.put_state(state)
    for collection in KINDS:
        if rows := before.get(collection):
            sandbox.put_state({collection: [as_v2(collection, row) for row in rows]})


def _stages(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "stage_id" and re.fullmatch(r"\d+", str(part)):
                yield int(part)
            yield from _stages(part)
    elif isinstance(value, list):
        for part in value:
            yield from _stages(part)


def as_v2(collection: str, row: dict[str, Any]) -> dict[str, Any]:
    """A record in v1 spelling as the sandbox keeps it."""
    made: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for key, value in row.items():
        if HASH.fullmatch(key):
            custom[key] = value
        elif key in {"email", "phone"} and collection == "persons":
            made[f"{key}s"] = labelled(value)
        elif key in {"visible_to", "stage_id"}:
            made[key] = int(value)
        elif key == "value" and collection == "deals":
            made[key] = float(value)
        elif key == "done":
            made[key] = bool(value)
        elif key == "person_id" and collection == "activities":
            made["participants"] = [{"person_id": value, "primary": True}]
        else:
            made[key] = value
    return {**made, "custom_fields": custom} if custom else made


def labelled(value: Any) -> list[dict[str, Any]]:
    """Text, a list of texts or of objects, as v2's list."""
    items = value if isinstance(value, list) else [value]
    texts = [item.get("value") if isinstance(item, dict) else item for item in items]
    return [
        {"value": str(text), "primary": number == 0, "label": "work"}
        for number, text in enumerate(texts)
    ]


def spoil(sandbox: Sandbox, case: Case) -> None:
    """Put the faults of the case, written for v1, on their twins."""
    for fault in case.get("faults", ()):
        rule = {
            key: fault[key]
            for key in ("status", "body", "headers", "raw", "reset", "hang_ms", "times")
            if fault.get(key) is not None
        }
        if "body" in rule and not isinstance(rule["body"], dict):
            rule["raw"] = str(rule.pop("body"))
        for method, path in _twins(case, fault):
            sandbox.add_fault(method=method, path=path, **rule)


def _twins(case: Case, fault: dict[str, Any]) -> list[tuple[str | None, str]]:
    path, method = fault.get("path", ""), fault.get("method")
    if "itemSearch" in path:
        skipped = fault.get("skip", 0)
        searches = [one for one in case["requests"] if "itemSearch" in one["path"]]
        hit = searches[skipped:] if skipped else searches
        kinds = {_SEARCHED[one["query"]["field_type"]] for one in hit}
        searched = [("GET", f"/api/v2/{kind}") for kind in sorted(kinds)]
        return searched if skipped else [*searched, ("GET", "/api/v2/itemSearch")]
    for collection in _V2:
        if f"/{collection}" in path:
            return [("PATCH" if method == "PUT" else method, f"/api/v2/{collection}")]
    return [(method, path)]


def secret() -> str:
    """What no text may hold."""
    return TOKEN
