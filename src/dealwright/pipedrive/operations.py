"""Build functions: what we want to know or do, as a Request in the vendor's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from dealwright.core.errors import ConfigError
from dealwright.core.record import RecordKind
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.wire import Request

#: The most that a page of a v2 list holds; a page costs the same whatever its size.
PAGE = 500

#: The most that a page of `/itemSearch` holds; the other searches are asked for no more.
SEARCH_PAGE = 100

_PLURAL: Mapping[RecordKind, str] = {
    RecordKind.PERSON: "persons",
    RecordKind.ORGANIZATION: "organizations",
    RecordKind.DEAL: "deals",
    RecordKind.ACTIVITY: "activities",
}

# Strict types in v2 (no numeric strings), so a Decimal goes out as a number.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def read_record(kind: RecordKind, record_id: int) -> Request:
    """`GET /{kind}/{id}`: one record, also a soft-deleted one; 1 token."""
    return _of_record("GET", kind, record_id)


def create_record(kind: RecordKind, values: Mapping[str, Any]) -> Request:
    """`POST /{kind}`: always makes a new record, there is no idempotency key; 5 tokens."""
    return _request("POST", f"/api/v2/{_PLURAL[kind]}", body=_v2_body(values))


def update_record(kind: RecordKind, record_id: int, values: Mapping[str, Any]) -> Request:
    """`PATCH /{kind}/{id}`: only keys that are sent change; arrays are replaced; 5 tokens."""
    return _of_record("PATCH", kind, record_id, body=_v2_body(values))


def list_changed(kind: RecordKind, *, since: datetime, cursor: str | None = None) -> Request:
    """`GET /{kind}`, newest first, changed since a moment (inclusive); 10 tokens a page.

    Lists are authoritative: unlike search they have no index that lags.
    """
    # Fractions of a second in updated_since are refused, so it is rounded down.
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = (
        ("updated_since", moment),
        ("sort_by", "add_time"),
        ("sort_direction", "desc"),
        ("limit", str(PAGE)),
    )
    return _request("GET", f"/api/v2/{_PLURAL[kind]}", query=_paged(query, cursor))


def search_records(
    kind: RecordKind, *, term: str, field: str, cursor: str | None = None
) -> Request:
    """`GET /{kind}/search`: exact, whatever the case, in one of the built-in fields; 20 tokens."""
    query = (
        ("term", term),
        ("fields", field),
        ("exact_match", "true"),
        ("limit", str(SEARCH_PAGE)),
    )
    return _request("GET", f"/api/v2/{_PLURAL[kind]}/search", query=_paged(query, cursor))


def search_field(
    kind: RecordKind, *, field_key: str, term: str, cursor: str | None = None
) -> Request:
    """`GET /itemSearch/field`: exact, case counts, in one field; 20 tokens."""
    query = (
        ("term", term),
        ("entity_type", kind.value),
        ("field", field_key),
        ("match", "exact"),
        ("limit", str(SEARCH_PAGE)),
    )
    return _request("GET", "/api/v2/itemSearch/field", query=_paged(query, cursor))


def list_fields(kind: RecordKind, *, cursor: str | None = None) -> Request:
    """`GET /{kind}Fields`: the account's active fields; 10 tokens a page."""
    query = (("limit", str(PAGE)),)
    return _request("GET", f"/api/v2/{kind.value}Fields", query=_paged(query, cursor))


def create_field(kind: RecordKind, *, name: str, field_type: str) -> Request:
    """`POST /{kind}Fields`: add a custom field; 5 tokens. Activities have no such call."""
    if kind is RecordKind.ACTIVITY:
        raise ConfigError(
            "Pipedrive's API cannot add fields to activities: add it in Pipedrive's settings.",
            code="field_not_creatable",
        )
    body = _ENCODER.encode({"field_name": name, "field_type": field_type})
    return _request("POST", f"/api/v2/{kind.value}Fields", body=body)


def list_activity_types() -> Request:
    """`GET /activityTypes` (v1, in one answer), inactive ones too; 20 tokens."""
    return _request("GET", "/api/v1/activityTypes")


def list_users() -> Request:
    """`GET /users` (v1, in one answer), those that can no longer sign in too; 20 tokens."""
    return _request("GET", "/api/v1/users")


def list_lead_labels() -> Request:
    """`GET /leadLabels` (v1, in one answer); 10 tokens."""
    return _request("GET", "/api/v1/leadLabels")


def read_me() -> Request:
    """`GET /users/me` (v1): the token's user and company; 2 tokens."""
    return _request("GET", "/api/v1/users/me")


def _of_record(
    method: str, kind: RecordKind, record_id: int, *, body: bytes | None = None
) -> Request:
    collection = f"/api/v2/{_PLURAL[kind]}"
    operation = f"{method} {collection}/{{id}}"
    return Request(
        method=method,
        path=f"{collection}/{record_id:d}",
        operation=operation,
        tokens=price(operation),
        body=body,
    )


def _request(
    method: str, path: str, *, query: tuple[tuple[str, str], ...] = (), body: bytes | None = None
) -> Request:
    operation = f"{method} {path}"
    return Request(
        method=method,
        path=path,
        operation=operation,
        tokens=price(operation),
        query=query,
        body=body,
    )


def _paged(query: tuple[tuple[str, str], ...], cursor: str | None) -> tuple[tuple[str, str], ...]:
    return query if cursor is None else (*query, ("cursor", cursor))


def _v2_body(values: Mapping[str, Any]) -> bytes:
    # An empty custom_fields object is said to clear them all.
    return _ENCODER.encode(
        {key: value for key, value in values.items() if key != "custom_fields" or value}
    )
