"""The account behind the fixtures: seed.json as the sandbox takes it."""

from typing import Any

import msgspec

from dealwright.sandbox.app import Sandbox

Json = dict[str, Any]

_PINS = ("person", "deal", "organization", "lead", "project", "task")


def load_seed(sandbox: Sandbox, seed: Json, *, token: str) -> None:
    """Put the account in, and give the token to the user that the Connection signs in as."""
    company = sandbox.world.default_company
    told = seed["company"]
    company.id, company.name = told["id"], told["name"]
    company.domain, company.country = told["company_domain"], told["country"]
    codes = {kind: _fields(sandbox, kind, rows) for kind, rows in seed["fields"].items()}
    sandbox.put_state({"users": seed["users"]}, replace=True)
    sandbox.put_state(
        {
            "activity_types": seed["activity_types"],
            "pipelines": seed["pipelines"],
            "stages": seed["stages"],
            "organizations": [_coded(one, codes["organization"]) for one in seed["organizations"]],
            "persons": [_coded(one, codes["person"]) for one in seed["persons"]],
            "deals": [_coded(one, codes["deal"]) for one in seed["deals"]],
            "activities": [_activity(one) for one in seed["activities"]],
            "notes": [_note(one) for one in seed["notes"]],
            "leads": seed["leads"],
        },
        replace=True,
    )
    (connection,) = seed["hub"]["connections"]
    user = company.users.get(connection["token_of_user"])
    assert user is not None
    sandbox.world.issue(company, user, token)


def _fields(sandbox: Sandbox, kind: str, rows: list[Json]) -> dict[str, str]:
    """Make the fields of a kind; their codes by name."""
    known = sandbox.world.default_company.fields[kind]
    made: list[Json] = []
    for number, row in enumerate(rows, start=9001):
        options = [dict(option) for option in row.get("options", ())]
        there = known.fields.get(row["field_code"])
        if there is not None:
            made.append(msgspec.to_builtins(there) | {"options": options})
            continue
        made.append(
            {
                "id": number,
                "code": row["field_code"],
                "name": row["field_name"],
                "type": row["field_type"],
                "options": options or None,
                "order_nr": number,
                "add_time": 0,
                "update_time": 0,
                "is_custom": True,
            }
        )
    sandbox.put_state({"fields": {kind: made}})
    return {row["field_name"]: row["field_code"] for row in rows}


def _coded(row: Json, codes: dict[str, str]) -> Json:
    custom = {codes[name]: value for name, value in row.get("custom_fields", {}).items()}
    return row | {"custom_fields": custom}


def _activity(row: Json) -> Json:
    primary = [one["person_id"] for one in row["participants"] if one["primary"]]
    return row | {"person_id": primary[0] if primary else None}


def _note(row: Json) -> Json:
    pins = [f"pinned_to_{kind}_flag" for kind in _PINS if row.get(f"pinned_to_{kind}_flag")]
    kept = {name: value for name, value in row.items() if not name.startswith("pinned_to_")}
    return kept | {"pinned": pins, "add_time": _moment(row["add_time"])}


def _moment(text: str) -> str:
    return f"{text.replace(' ', 'T')}Z"
