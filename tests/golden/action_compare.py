"""Whether the records after a case are those that were recorded, in meaning."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.golden.action_stage import HASH, KINDS, Played, labelled

from dealwright.core.delivery import State
from dealwright.core.html import same_html

SETTLED = {State.DELIVERED, State.UNCHANGED}
STUCK = {State.FAILED, State.HELD, State.WAITING}

#: What our rules add, or Pipedrive gives by itself.
_OURS = {"id"}


def differences(played: Played) -> list[str]:
    """In what the records and the outcome differ from the recorded ones; empty: in nothing."""
    return [*record_differences(played), *outcome_differences(played)]


def record_differences(played: Played) -> list[str]:
    """By kind: the number of records, what was written, and what was left alone."""
    found: list[str] = []
    for collection in KINDS:
        after = played.case.get("crm_after", {}).get(collection, [])
        ours = {str(one["id"]): one for one in played.records(collection)}
        if len(after) != len(ours):
            found.append(f"{collection}: {len(ours)} instead of {len(after)}")
            continue
        fresh = iter(played.created(collection))
        before = {str(one["id"]) for one in played.case["crm_before"].get(collection, ())}
        for row in after:
            own = ours.get(str(row["id"])) if str(row["id"]) in before else next(fresh, None)
            if own is None:
                found.append(f"{collection} {row['id']}: is not there")
            else:
                found += _unequal(collection, row, own, played)
    return found


def _unequal(
    collection: str, row: dict[str, Any], own: dict[str, Any], played: Played
) -> list[str]:
    keys = written(collection, row["id"], played)
    before = played.case["crm_before"].get(collection, ())
    old = next((one for one in before if one["id"] == row["id"]), None)
    keys |= set(old or ())
    return [
        f"{collection} {row['id']} {key}: {own.get(key)!r} instead of {row.get(key)!r}"
        for key in sorted(keys - _OURS)
        if not equal(collection, key, row.get(key), own)
    ]


def written(collection: str, record_id: Any, played: Played) -> set[str]:
    """The keys of the bodies of the recorded writes of a record."""
    keys: set[str] = set()
    for request in played.case.get("requests", ()):
        answer = (request.get("response") or {}).get("body")
        if request["method"] == "GET" or not isinstance(answer, dict):
            continue
        made = (answer.get("data") or {}).get("id")
        if f"/{collection}" in request["path"] and str(made) == str(record_id):
            keys |= set(request["body"] or ())
    return keys


def equal(collection: str, key: str, recorded: Any, own: dict[str, Any]) -> bool:
    """Whether one key of a record means the same."""
    if HASH.fullmatch(key):
        held = own.get("custom_fields", {}).get(key)
        return (held or "") == ("" if recorded is None else str(recorded))
    if collection == "persons" and key in {"email", "phone"}:
        return _listed(recorded, own.get(f"{key}s") or ())
    if key in {"note", "content"}:
        return same_html(recorded, own.get(key))
    if key == "person_id" and collection == "activities":
        held = [one["person_id"] for one in own.get("participants") or () if one["primary"]]
        return held == [recorded]
    if key in {"add_time", "update_time"}:
        return _moment(recorded) == _moment(own.get(key))
    return _plain(key, recorded) == _plain(key, own.get(key))


def _listed(recorded: Any, held: Any) -> bool:
    wanted = [one["value"] for one in labelled(recorded) if one["value"] not in {"", "None"}]
    return wanted == [one["value"] for one in held if one["value"]]


def _moment(written: Any) -> datetime | None:
    if re.fullmatch(r"\d{9,}", str(written)):
        written = int(written)
        return datetime.fromtimestamp(written / (1000 if written > 1e11 else 1), UTC)
    if written is None:
        return None
    moment = datetime.fromisoformat(str(written))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(key: str, value: Any) -> Any:
    if key in {"due_time", "duration"} and isinstance(value, str):
        return f"{value}:00" if value.count(":") == 1 else value
    if key == "done":
        return bool(value)
    if isinstance(value, dict):
        return {part: _plain(part, inner) for part, inner in value.items()}
    if isinstance(value, bool) or value in (None, ""):
        return None if value in (None, "") else value
    text = str(value)
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def outcome_differences(played: Played) -> list[str]:
    """Whether each Delivery ended as its event did."""
    kind = played.case["outcome"]["kind"]
    states = [one.state for one in played.deliveries]
    if kind == "not_subscribed":
        return ["there is a Delivery"] if states else []
    if kind in {"invalid_subscription", "no_action"} or "mapping_error" in played.case:
        return ["something was sent"] if played.sandbox.calls else []
    if kind == "ok":
        return [] if states and set(states) <= SETTLED else [f"{states} {_codes(played)}"]
    if not states or not set(states) <= STUCK or not all(one.code for one in played.deliveries):
        return [f"{states} {_codes(played)} instead of an error"]
    return _unnamed(played)


def _unnamed(played: Played) -> list[str]:
    error = played.case["outcome"].get("error") or {}
    if error.get("name") != "AggregateAjvError":
        return []
    paths = {str(one.get("path") or one) for one in error.get("fields") or ()}
    fields = {path.removeprefix("$.") for path in paths if path.startswith("$.")}
    texts = " ".join(one.message for one in played.deliveries)
    return [f"{name} is not named in: {texts}" for name in sorted(fields) if name not in texts]


def _codes(played: Played) -> list[str]:
    return [f"{one.code}: {one.message}" for one in played.deliveries]


def unchanged(played: Played) -> bool:
    """Whether every record that was there is as it was, and none was made."""
    for collection in KINDS:
        before = played.case["crm_before"].get(collection, ())
        if played.created(collection):
            return False
        ours = {str(one["id"]): one for one in played.records(collection)}
        for row in before:
            own = ours.get(str(row["id"]))
            if own is None or not all(
                equal(collection, key, value, own) for key, value in row.items() if key != "id"
            ):
                return False
    return True
