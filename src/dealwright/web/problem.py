"""Problems: what is answered when something could not be done, made in this one place.

Source: RFC 9457, problem details for HTTP; `code`, `fix`, `request_id` and `faults` are ours.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from starlette.responses import Response

from dealwright.core.errors import (
    ConfigError,
    DealwrightError,
    InvalidEvent,
    MappingError,
    NeedsChoice,
    NotFound,
    RateLimited,
    Rejected,
    StoreUnavailable,
    Unauthorized,
    UpstreamError,
)
from dealwright.core.mappingkit.faults import MappingFaults
from dealwright.store.leases import FenceLost

_log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

#: What a class of errors is in HTTP; the first that fits counts. Errors of the web side have a
#: `status` of their own.
_STATUS: Final[Mapping[type[DealwrightError], int]] = {
    NotFound: 404,
    MappingError: 422,
    InvalidEvent: 422,
    NeedsChoice: 409,
    FenceLost: 409,
    StoreUnavailable: 503,
    # A Connection that may not is no sign-in that failed: 401 would end the reader's session.
    Unauthorized: 409,
    Rejected: 422,
    RateLimited: 503,
    UpstreamError: 502,
    ConfigError: 422,
}

#: Codes that say what is there already, rather than what is wrong with the request.
_CONFLICTS: Final = frozenset(
    {
        "name_taken",
        "name_ambiguous",
        "too_many_mappings",
        "too_many_keys",
        "replay_over",
        "no_credentials",
        "nothing_to_replay",
        "nothing_to_undo",
        "no_mirror",
        "answered_meanwhile",
    }
)

_FIXES: Final[Mapping[int, str]] = {
    400: "Change the request; the same one is refused again.",
    401: "Sign in, or send an API key as “Authorization: Bearer dw_…”.",
    403: "Ask an owner or an admin of the hub.",
    404: "Look at the list that it should be in; it may have been removed.",
    405: "Use one of the methods that the Allow header names.",
    409: "Read the resource anew, mend what the sentence names, and try again.",
    412: "Read the resource anew, look at what was changed, and try again with its ETag.",
    413: "Send less at once.",
    422: "Change what the sentence names; the same request is refused again.",
    428: "Read the resource, and send its ETag as If-Match.",
    429: "Wait for as long as Retry-After says.",
    500: "Try again; if it happens again, look for the request id in the hub's log.",
    502: "Try again later; Pipedrive did not answer as it should.",
    503: "Try again after what Retry-After says; the hub goes on by itself.",
}

_TITLES: Final[Mapping[int, str]] = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    422: "Cannot be used",
    428: "If-Match is missing",
    429: "Too many requests",
    500: "The hub failed",
    502: "Pipedrive did not answer",
    503: "Not at the moment",
}

#: Seconds to wait where the error does not know.
_RETRY_AFTER_S: Final = 5


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request: where, and a sentence."""

    path: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be done. `code` stays the same; `fix` says what to do; `type` is its URI."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fix: str
    request_id: str
    faults: tuple[Part, ...] = ()


def status_of(error: DealwrightError) -> int:
    """The HTTP status of an error."""
    own = getattr(type(error), "status", None)
    if isinstance(own, int):
        return own
    if error.code in _CONFLICTS:
        return 409
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def title_of(status: int) -> str:
    """What a status is called."""
    return _TITLES.get(status, "It could not be done")


def fix_of(status: int) -> str:
    """What to do about it."""
    return _FIXES.get(status, _FIXES[500])


def problem_of(error: DealwrightError, *, request_id: str) -> Problem:
    """What somebody is told who ran into an error."""
    status = status_of(error)
    return Problem(
        type=f"urn:dealwright:problem:{error.code}",
        title=title_of(status),
        status=status,
        code=error.code,
        detail=str(error),
        fix=fix_of(status),
        request_id=request_id,
        faults=_parts(error),
    )


def problem_response(
    error: DealwrightError, *, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The same as an answer, with the headers that belong to it."""
    problem = problem_of(error, request_id=request_id)
    more = dict(headers or {})
    if problem.status in {429, 503}:
        wait_s = getattr(error, "retry_after_s", None) or _RETRY_AFTER_S
        more["Retry-After"] = str(max(1, round(wait_s)))
    if problem.status == 401:
        more["WWW-Authenticate"] = "Bearer"
    body = msgspec.json.encode(problem)
    return Response(body, status_code=problem.status, headers=more, media_type=MEDIA_TYPE)


class Defect(DealwrightError):
    """A fault of ours that nobody meant; the log says what it was."""

    code = "internal_error"
    status = 500


def defect_response(error: BaseException, *, request_id: str) -> Response:
    """What is answered to a defect of ours; the log gets the rest."""
    _log.error("request.defect", request_id=request_id, exc_info=error)
    return problem_response(
        Defect("The hub failed at this; its log says why."), request_id=request_id
    )


def _parts(error: DealwrightError) -> tuple[Part, ...]:
    if isinstance(error, MappingFaults):
        return tuple(Part(path=one.path, message=one.message) for one in error.faults)
    if isinstance(error, MappingError) and error.path:
        return (Part(path=error.path, message=str(error)),)
    parts: Any = getattr(error, "parts", ())
    return tuple(parts)
