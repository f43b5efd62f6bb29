"""Build functions: what we want to know or do, as a Request in the vendor's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from dealwright.core.errors import ConfigError
from dealwright.core.record import RecordId, RecordKind
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
    RecordKind.LEAD: "leads",
    RecordKind.ACTIVITY: "activities",
    RecordKind.NOTE: "notes",
}

#: Kinds that Pipedrive's v2 does not have.
V1_KINDS = frozenset({RecordKind.LEAD, RecordKind.NOTE})

#: Kinds that leave the ordinary lists when they are archived.
ARCHIVING = frozenset({RecordKind.DEAL, RecordKind.LEAD})

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Strict types in v2 (no numeric strings), so a Decimal goes out as a number.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def read_record(kind: RecordKind, record_id: RecordId) -> Request:
    """`GET /{kind}/{id}`: one record, also a soft-deleted one; 1 token (leads and notes 2)."""
    return _of_record("GET", kind, record_id)


def create_record(kind: RecordKind, values: Mapping[str, Any]) -> Request:
    """`POST /{kind}`: always makes a new record, there is no idempotency key.

    5 tokens, leads and notes 10.
    """
    return _request("POST", _collection(kind), body=_v2_body(values))


def update_record(kind: RecordKind, record_id: RecordId, values: Mapping[str, Any]) -> Request:
    """`PATCH /{kind}/{id}` (notes PUT): only keys that are sent change; arrays are replaced.

    5 tokens, leads and notes 10.
    """
    method = "PUT" if kind is RecordKind.NOTE else "PATCH"
    return _of_record(method, kind, record_id, body=_v2_body(values))


def delete_record(kind: RecordKind, record_id: RecordId) -> Request:
    """`DELETE /{kind}/{id}`: gone for the API; 3 tokens, notes 6.

    Pipedrive's own pages can restore a deal for 30 days.
    """
    return _of_record("DELETE", kind, record_id)


def list_records(kind: RecordKind, *, cursor: str | None = None, archived: bool = False) -> Request:
    """`GET /{kind}`, oldest first: all, or all that are archived; 10 tokens a page, archived 20.

    Leads and notes twice that; their `cursor` is the number to start at.
    """
    path = f"{_collection(kind)}/archived" if archived else _collection(kind)
    if kind in V1_KINDS:
        return _request("GET", path, query=_numbered("add_time ASC", cursor))
    query = (("sort_by", "id"), ("sort_direction", "asc"), ("limit", str(PAGE)))
    return _request("GET", path, query=_paged(query, cursor))


def list_changed(kind: RecordKind, *, since: datetime, cursor: str | None = None) -> Request:
    """`GET /{kind}`, newest first, changed since a moment (inclusive); 10 tokens a page.

    Lists are authoritative: unlike search they have no index that lags.
    """
    # Fractions of a second in updated_since are refused, so it is rounded down.
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind in V1_KINDS:
        query = (("updated_since", moment), *_numbered("add_time DESC", cursor))
        return _request("GET", _collection(kind), query=query)
    query = (
        ("updated_since", moment),
        ("sort_by", "add_time"),
        ("sort_direction", "desc"),
        ("limit", str(PAGE)),
    )
    return _request("GET", _collection(kind), query=_paged(query, cursor))


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


def create_field(
    kind: RecordKind, *, name: str, field_type: str, labels: Sequence[str] = ()
) -> Request:
    """`POST /{kind}Fields`: add a custom field; 5 tokens. Activities have no such call.

    `labels` are the options of a field of choices, which needs some.
    """
    if kind is RecordKind.ACTIVITY:
        raise ConfigError(
            "Pipedrive's API cannot add fields to activities: add it in Pipedrive's settings.",
            code="field_not_creatable",
        )
    values: dict[str, Any] = {"field_name": name, "field_type": field_type}
    if labels:
        values["options"] = [{"label": label} for label in labels]
    body = _ENCODER.encode(values)
    return _request("POST", f"/api/v2/{kind.value}Fields", body=body)


def merge_record(kind: RecordKind, record_id: int, into: int) -> Request:
    """`PUT /{kind}/{id}/merge` (v1): `{id}` goes, `merge_with_id` stays and wins; 40 tokens."""
    # https://developers.pipedrive.com/docs/api/v1/Persons#mergePersons
    operation = f"PUT /api/v1/{_PLURAL[kind]}/{{id}}/merge"
    return Request(
        method="PUT",
        path=f"/api/v1/{_PLURAL[kind]}/{record_id}/merge",
        operation=operation,
        tokens=price(operation),
        body=_ENCODER.encode({"merge_with_id": into}),
    )


def list_participants(deal_id: int) -> Request:
    """`GET /deals/{id}/participants` (v1): persons beside the deal's own; 10 tokens."""
    operation = "GET /api/v1/deals/{id}/participants"
    return Request(
        method="GET",
        path=f"/api/v1/deals/{deal_id}/participants",
        operation=operation,
        tokens=price(operation),
        query=(("limit", str(PAGE)),),
    )


def add_participant(deal_id: int, person_id: int) -> Request:
    """`POST /deals/{id}/participants` (v1): have a person take part; 10 tokens."""
    operation = "POST /api/v1/deals/{id}/participants"
    return Request(
        method="POST",
        path=f"/api/v1/deals/{deal_id}/participants",
        operation=operation,
        tokens=price(operation),
        body=_ENCODER.encode({"person_id": person_id}),
    )


def remove_participant(deal_id: int, row_id: int) -> Request:
    """`DELETE /deals/{id}/participants/{deal_participant_id}` (v1): by the row, not the person."""
    operation = "DELETE /api/v1/deals/{id}/participants/{deal_participant_id}"
    return Request(
        method="DELETE",
        path=f"/api/v1/deals/{deal_id}/participants/{row_id}",
        operation=operation,
        tokens=price(operation),
    )


def read_counts(kind: RecordKind, record_id: RecordId, counts: Sequence[str]) -> Request:
    """`GET /{kind}/{id}` with how much hangs on the record (`include_fields`); 1 token."""
    asked = _of_record("GET", kind, record_id)
    return replace(asked, query=(("include_fields", ",".join(counts)),))


def add_options(kind: RecordKind, *, field_key: str, labels: Sequence[str]) -> Request:
    """`POST /{kind}Fields/{field_code}/options`: all of them or none; 5 tokens."""
    operation = f"POST /api/v2/{kind.value}Fields/{{field_code}}/options"
    return Request(
        method="POST",
        path=f"/api/v2/{kind.value}Fields/{field_key}/options",
        operation=operation,
        tokens=price(operation),
        body=_ENCODER.encode([{"label": label} for label in labels]),
    )


def list_activity_types() -> Request:
    """`GET /activityTypes` (v1, in one answer), inactive ones too; 20 tokens."""
    return _request("GET", "/api/v1/activityTypes")


def create_activity_type(name: str) -> Request:
    """`POST /activityTypes` (v1): for admins only; 10 tokens."""
    body = _ENCODER.encode({"name": name, "icon_key": "task"})
    return _request("POST", "/api/v1/activityTypes", body=body)


def list_users() -> Request:
    """`GET /users` (v1, in one answer), those that can no longer sign in too; 20 tokens."""
    return _request("GET", "/api/v1/users")


def list_lead_labels() -> Request:
    """`GET /leadLabels` (v1, in one answer); 10 tokens."""
    return _request("GET", "/api/v1/leadLabels")


def list_pipelines(*, cursor: str | None = None) -> Request:
    """`GET /pipelines`; 5 tokens a page."""
    return _request("GET", "/api/v2/pipelines", query=_paged((("limit", str(PAGE)),), cursor))


def list_stages(*, cursor: str | None = None) -> Request:
    """`GET /stages`, of all pipelines; 5 tokens a page."""
    return _request("GET", "/api/v2/stages", query=_paged((("limit", str(PAGE)),), cursor))


def list_currencies() -> Request:
    """`GET /currencies` (v1, in one answer), also those that are not used; 20 tokens."""
    return _request("GET", "/api/v1/currencies")


def read_me() -> Request:
    """`GET /users/me` (v1): the token's user and company; 2 tokens."""
    return _request("GET", "/api/v1/users/me")


def _of_record(
    method: str, kind: RecordKind, record_id: RecordId, *, body: bytes | None = None
) -> Request:
    collection = _collection(kind)
    if isinstance(record_id, str) and not _UUID.fullmatch(record_id):
        raise ValueError(f"no id of a {kind}: {record_id[:60]!r}")
    operation = f"{method} {collection}/{{id}}"
    return Request(
        method=method,
        path=f"{collection}/{record_id}",
        operation=operation,
        tokens=price(operation),
        body=body,
    )


def _collection(kind: RecordKind) -> str:
    return f"/api/{'v1' if kind in V1_KINDS else 'v2'}/{_PLURAL[kind]}"


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


def _numbered(sort: str, start: str | None) -> tuple[tuple[str, str], ...]:
    """v1's way of paging."""
    query = (("sort", sort), ("limit", str(PAGE)))
    return query if start is None else (*query, ("start", start))


def _v2_body(values: Mapping[str, Any]) -> bytes:
    # An empty custom_fields object is said to clear them all.
    return _ENCODER.encode(
        {key: value for key, value in values.items() if key != "custom_fields" or value}
    )
