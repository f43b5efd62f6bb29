"""What goes back: success envelopes, and refusals in Pipedrive's three dialects."""

from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = dict[str, Any]
Header: TypeAlias = tuple[bytes, bytes]

_encoder = msgspec.json.Encoder()
_SEE_DEVELOPERS = "Please check developers.pipedrive.com"
# What v1's `error_info` says, in English.
SEE_API = "Please check developers.pipedrive.com for more information about Pipedrive API."
NOT_FOUND_INFO = "Object was not found."


class Answer:
    """One HTTP answer: status, body bytes, and headers beyond the usual ones."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        *,
        headers: tuple[Header, ...] = (),
        content_type: bytes = b"application/json; charset=utf-8",
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.content_type = content_type


class Refusal(Exception):
    """A request that Pipedrive turns down; carries the whole answer."""

    def __init__(self, status: int, body: Json, *, headers: tuple[Header, ...] = ()) -> None:
        super().__init__(f"{status} {body}")
        self.answer = Answer(status, _encoder.encode(body), headers=headers)


def encode(value: object) -> bytes:
    """JSON bytes of a plain value."""
    return _encoder.encode(value)


def success(data: object, *, status: int = 200, additional_data: object = None) -> Answer:
    """The envelope of every good answer."""
    body: Json = {"success": True, "data": data}
    if additional_data is not None:
        body["additional_data"] = additional_data
    return Answer(status, _encoder.encode(body))


def invalid(faults: list[str]) -> Refusal:
    """v2's 400: every fault as `path: message`, joined by `; `."""
    return Refusal(
        400,
        {
            "success": False,
            "error": "Validation failed: " + "; ".join(faults),
            "code": "ERR_SCHEMA_VALIDATION_FAILED",
        },
    )


def missing(noun: str) -> Refusal:
    """v2's 404 for an id that is not there, or not for this user's eyes."""
    return Refusal(404, {"success": False, "error": f"{noun} not found"})


def v1_refusal(status: int, error: str, *, info: str = SEE_API) -> Refusal:
    """v1's dialect: error, error_info, and two nulls."""
    return Refusal(
        status,
        {
            "success": False,
            "error": error,
            "error_info": info,
            "data": None,
            "additional_data": None,
        },
    )


def v1_missing(error: str) -> Refusal:
    """v1's 404."""
    return v1_refusal(404, error, info=NOT_FOUND_INFO)


def gateway_refusal(status: int, error: str, *, headers: tuple[Header, ...] = ()) -> Refusal:
    """The gateway's dialect: error, errorCode, error_info (401, 403 scope, 429)."""
    return Refusal(
        status,
        {
            "success": False,
            "error": error,
            "errorCode": status,
            "error_info": _SEE_DEVELOPERS,
        },
        headers=headers,
    )


def unauthorized() -> Refusal:
    """401, before any routing."""
    return gateway_refusal(401, "unauthorized access", headers=((b"x-401-by-gw", b"true"),))


def forbidden_scope() -> Refusal:
    """403 for an OAuth token without the scope."""
    return gateway_refusal(403, "Scope and URL mismatch")


def capped(error: str, *, code: str | None = None) -> Refusal:
    """403 when the plan has no room for one more."""
    body: Json = {
        "success": False,
        "error": error,
        "error_info": SEE_API,
        "data": None,
        "additional_data": None,
    }
    if code is not None:
        body["code"] = code
    return Refusal(403, body)


def unknown_method() -> Refusal:
    """404 for a path that Pipedrive does not have."""
    return Refusal(404, {"success": False, "error": "Unknown method"})


def wrong_method() -> Refusal:
    """405 for a verb that the path does not have; nobody has published the body."""
    return Refusal(405, {"success": False, "error": "Method Not Allowed"})


def retired() -> Refusal:
    """410 for the v1 paths that went out of support on 2026-08-01."""
    return v1_refusal(410, "This endpoint is no longer available. Use API v2.")
