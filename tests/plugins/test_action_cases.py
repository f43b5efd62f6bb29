"""Plays the tables of cases of the actions: fields and matches in, what would be written out.

A case is `tests/cases/actions/<action>/<sentence>.toml`:

- `[given.fields]`: what the directives gave; `[given.matches]`: by role `"missing"`,
  `{ found = {…}, by = "…" }` or `{ ambiguous = [ids] }`; a role that is left out is missing;
  `[given.defaults]`, `activity_types`, `field_definitions`, `users`, `lead_labels`, `me`, `plan`:
  the Connection's and its account's.
- `[expect]`: `create`, `update` (bodies), `delete`, `link`, `unchanged`, or `error` (a code), with
  `first` (what is created before it), `options` (added to a field) and `join`, say all that
  happens; `code`, `external_id`, `before`, `warnings`, `references`, `path` are looked at where
  given. TOML has no null: "∅" stands for it.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dealwright import actions
from dealwright.core.action import Account, Action, Matches
from dealwright.core.coerce import coerce
from dealwright.core.errors import DealwrightError, MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, Found, Match, Missing, Reference
from dealwright.core.plan import Create, Delete, Join, Link, Plan, SchemaChange, Update
from dealwright.core.record import (
    RECORD_TYPES,
    ActivityType,
    FieldDefinition,
    LeadLabel,
    Member,
    RecordKind,
    User,
)
from dealwright.core.registry import discover
from dealwright.core.schema import Schema
from dealwright.core.standins import Made, NewOption

CASES = Path(__file__).parents[1] / "cases" / "actions"
FILES = sorted(CASES.glob("*/*.toml"))
ACTIONS = discover(actions, "ACTION", Action)
ALWAYS = (
    "create",
    "update",
    "delete",
    "link",
    "unchanged",
    "error",
    "first",
    "options",
    "join",
)


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}: {file.stem}" for file in FILES])
def test_an_action_plans_what_its_case_says(file: Path) -> None:
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    expected = case["expect"]
    outcome = play(ACTIONS[file.parent.name], case["given"])
    told = {key: value for key, value in outcome.items() if key in ALWAYS or key in expected}
    assert told == expected


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_every_action_has_cases(key: str) -> None:
    assert len(list((CASES / key).glob("*.toml"))) >= 5


def test_every_folder_of_cases_has_its_action() -> None:
    assert {file.parent.name for file in FILES} <= set(ACTIONS)


def test_these_are_the_actions() -> None:
    assert list(ACTIONS) == [
        "upsert_activity",
        "upsert_deal",
        "upsert_lead",
        "upsert_note",
        "upsert_organization",
        "upsert_person",
    ]


def play(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = read_defaults(given.get("defaults", {}))
    outcome: dict[str, Any] = {}
    try:
        values = coerce(action, given.get("fields", {}))
        references = action.references(values, defaults)
        outcome["references"] = [shown(reference) for reference in references]
        matches = read_matches(references, given.get("matches", {}))
        plan = action.plan(values, matches, read_account(given, defaults))
    except DealwrightError as error:
        outcome |= {"error": error.code, "message": str(error)}
        return outcome | ({"path": error.path} if isinstance(error, MappingError) else {})
    return outcome | told_plan(plan)


def read_account(given: Mapping[str, Any], defaults: MatchDefaults) -> Account:
    fields = msgspec.convert(given.get("field_definitions", ()), tuple[FieldDefinition, ...])
    return Account(
        defaults=defaults,
        plan=given.get("plan", ""),
        activity_types=msgspec.convert(given.get("activity_types", ()), tuple[ActivityType, ...]),
        schema=Schema(fields=fields) if fields else None,
        users=msgspec.convert(given.get("users", ()), tuple[Member, ...]),
        lead_labels=msgspec.convert(given.get("lead_labels", ()), tuple[LeadLabel, ...]),
        me=msgspec.convert(given["me"], User) if "me" in given else None,
    )


def read_defaults(given: Mapping[str, Any]) -> MatchDefaults:
    return MatchDefaults(
        match_fields=by_kind(given.get("match_fields", {})),
        external_id_fields=by_kind(given.get("external_id_fields", {})),
        region=given.get("region"),
    )


def by_kind(given: Mapping[str, str]) -> dict[RecordKind, str]:
    return {RecordKind(kind): field for kind, field in given.items()}


def read_matches(references: tuple[Reference, ...], given: Mapping[str, Any]) -> Matches:
    return {entry.role: read_match(entry, given.get(entry.role)) for entry in references}


def read_match(reference: Reference, given: Any) -> Match:
    match given:
        case {"found": record, **rest}:
            found = msgspec.convert(record, RECORD_TYPES[reference.kind])
            return Found(record=found, by=rest.get("by", "link"))
        case {"ambiguous": ids}:
            return Ambiguous(candidates=tuple(ids), by="email")
        case _:
            return Missing()


def shown(reference: Reference) -> dict[str, Any]:
    keys = [f"{key.kind}{key.field and f'({key.field})'} {key.value}" for key in reference.keys]
    return {"role": reference.role, "external_id": reference.external_id, "keys": keys}


def told_plan(plan: Plan) -> dict[str, Any]:
    told: dict[str, Any] = {
        "warnings": list(plan.warnings),
        "record_id": plan.record_id,
        "code": plan.code,
    }
    told |= told_before(plan)
    for change in plan.changes:
        match change:
            case Create():
                told |= {"create": without_null(change.values), "external_id": change.external_id}
            case Update():
                told["update"] = without_null(change.values)
                told["before"] = without_null(change.before)
            case Delete():
                told["delete"] = change.record_id
            case Link():
                told["link"] = change.external_id
    return told if plan.changes else told | {"unchanged": True}


def told_before(plan: Plan) -> dict[str, Any]:
    """What surrounds the Change that a Plan is for."""
    own = [change for change in plan.changes if not isinstance(change, Join)]
    joins = [without_null(c.person_ids) for c in plan.changes if isinstance(c, Join)]
    first = [without_null(c.values) for c in own[:-1] if isinstance(c, Create)]
    options = {c.name: list(c.labels) for c in own if isinstance(c, SchemaChange)}
    told = {"first": first, "options": options, "join": joins[0] if joins else []}
    return {key: value for key, value in told.items() if value}


def without_null(value: Any) -> Any:
    match value:
        case None:
            return "∅"
        case Made():
            return f"made: {value.create.kind}"
        case NewOption():
            return f"new: {value.label}"
        case dict():
            return {key: without_null(entry) for key, entry in value.items()}
        case list() | tuple():
            return [without_null(entry) for entry in value]
        case _:
            return value
