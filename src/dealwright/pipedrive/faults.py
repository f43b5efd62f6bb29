"""What a refusal means: every error body of Pipedrive, in three dialects, as one of our errors.

Gateway (`error`, `errorCode`), v1 (`error`, `error_info`, `data`), v2 (`error`, `code`), and the
pages of whoever stands in front of them. `error_info` is free, localised text: shown at most.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from dealwright.core.errors import (
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UpstreamError,
)
from dealwright.pipedrive.scopes import scope_of

#: Parked for this long when the day's tokens are gone and no `retry-after` says until when.
DAILY_RETRY_S = 3600.0

#: Parked for this long when Cloudflare has blocked the token; going on prolongs the block.
ABUSE_RETRY_S = 600.0

#: The burst window: nothing has to wait longer than it lasts.
BURST_WINDOW_S = 2.0

_LONGEST_WAIT_S = 2 * 86_400.0
_MAX_TEXT = 300
_ADVICE_PAGE = "developers.pipedrive.com"
_PLAN_CAP = re.compile(r"feature_capping_[a-z_]{1,60}")


class _Fault(msgspec.Struct):
    """All keys of all dialects; any of them may be missing, null or of another type."""

    success: Any = None
    error: Any = None
    error_info: Any = None
    code: Any = None
    error_code: Any = msgspec.field(default=None, name="errorCode")
    message: Any = None
    errors: Any = None

    @property
    def text(self) -> str:
        """The vendor's words in one line."""
        parts = [_line(self.error) or _line(self.message) or _first_fault(self.errors)]
        info = _line(self.error_info)
        if info and _ADVICE_PAGE not in info and info != parts[0]:
            parts.append(info)
        whole = ". ".join(part.rstrip(".") for part in parts if part)
        return whole.removeprefix("Validation failed: ")[:_MAX_TEXT] or "no reason given"


def says_no(body: bytes) -> bool:
    """Whether a body is the API's and says `"success": false`."""
    fault = _fault(body)
    return fault is not None and fault.success is False


def error_of(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """Name what an answer without success means; to be raised by the caller."""
    fault = _fault(body)
    if 200 <= status < 300 and fault is not None:
        # A refusal may come in a 200; the gateway's own number then tells which.
        told = fault.error_code
        status = told if isinstance(told, int) and 400 <= told < 600 else 400
    if 300 <= status < 400:
        return _redirected(status)
    if status == 429:
        return _too_many(fault, headers, body)
    if status >= 500 or status == 408:
        return _down(operation, status, headers)
    if status in {401, 402}:
        return _not_allowed(status)
    if status == 403 and fault is None:
        return _blocked(headers, status)
    if fault is None:
        return _unreadable(operation, status)
    return _refused(operation, status, fault)


def seconds(text: str | None) -> float | None:
    """Read a header that counts seconds; None if it is missing or makes no sense."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return min(value, _LONGEST_WAIT_S) if math.isfinite(value) and value >= 0 else None


def _refused(operation: str, status: int, fault: _Fault) -> UpstreamError:
    if status == 403:
        return _forbidden(operation, fault)
    if status == 404:
        return _not_there(operation, fault)
    return Rejected(
        f"Pipedrive refused {operation}: {fault.text}. "
        "The same request is refused again: change the Mapping or the values that it sends.",
        status=status,
    )


def _forbidden(operation: str, fault: _Fault) -> UpstreamError:
    if "scope and url mismatch" in fault.text.casefold():
        return Unauthorized(
            f"The app may not do {operation}: {_scope(operation)} is missing. "
            "Add it to the app in Pipedrive's Developer Hub and reconnect.",
            code="scope_missing",
            status=403,
        )
    code = _line(fault.code)
    if _PLAN_CAP.fullmatch(code) or "limit" in fault.text.casefold():
        return Rejected(
            f"Pipedrive's plan has no room for more: {fault.text}. "
            "Make room or take a larger plan, then send the Delivery again.",
            code=code if _PLAN_CAP.fullmatch(code) else "limit_reached",
            status=403,
        )
    return Rejected(
        f"Pipedrive forbids {operation}: {fault.text}. "
        "Give the token's user the permission, or change the Mapping.",
        code="forbidden",
        status=403,
    )


def _scope(operation: str) -> str:
    scope = scope_of(operation)
    return f"the scope “{scope}”" if scope else "a permission (scope)"


def _not_there(operation: str, fault: _Fault) -> UpstreamError:
    # Only Pipedrive's own words are believed: a wrong address says nothing about a record.
    if fault.success is False and "not found" in fault.text.casefold():
        return Rejected(
            f"Pipedrive has no such record for {operation}: {fault.text}. "
            "It was deleted, merged, or the token's user may not see it.",
            code="record_not_found",
            status=404,
        )
    return Rejected(
        f"Pipedrive does not know {operation}: {fault.text}. Check the Connection's address.",
        code="unknown_method",
        status=404,
    )


def _not_allowed(status: int) -> UpstreamError:
    if status == 402:
        return Unauthorized(
            "The Pipedrive account is not open (trial over or unpaid). "
            "Open it in Pipedrive's billing settings; what waits goes on by itself within hours.",
            code="payment_required",
            status=status,
        )
    return Unauthorized(
        "Pipedrive does not accept the token. It was regenerated or withdrawn, or its user may no "
        "longer use the API: reconnect with `dealwright connections reconnect NAME`.",
        code="reauth",
        status=status,
    )


def _too_many(fault: _Fault | None, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    wait_s = seconds(headers.get("retry-after"))
    if fault is None and body.lstrip().startswith(b"<"):
        return _blocked(headers, 429)
    day_left = headers.get("x-daily-ratelimit-token-remaining", "").strip()
    told_daily = fault is not None and "daily" in fault.text.casefold()
    if told_daily or day_left == "0" or (wait_s or 0) > 60:
        return RateLimited(
            "Pipedrive's API tokens of the day are spent, by this hub or by another integration. "
            "Deliveries wait for the daily reset; more seats or a top-up give more.",
            retry_after_s=DAILY_RETRY_S if wait_s is None else wait_s,
            code="budget_exhausted",
            assumed=wait_s is None,
        )
    if wait_s is None:
        wait_s = seconds(headers.get("x-ratelimit-reset"))
    return RateLimited(
        "Pipedrive is busy with this token's requests. It is tried again by itself.",
        retry_after_s=BURST_WINDOW_S if wait_s is None else wait_s,
        code="burst_limited",
    )


def _blocked(headers: Mapping[str, str], status: int) -> UpstreamError:
    wait_s = seconds(headers.get("retry-after"))
    return RateLimited(
        "Pipedrive's front door blocks this token for a while (a page instead of an answer). "
        "Everything waits; look for another integration that sends too fast.",
        retry_after_s=max(ABUSE_RETRY_S, wait_s or 0),
        code="abuse_blocked",
        status=status,
    )


def _redirected(status: int) -> UpstreamError:
    return Unavailable(
        "Pipedrive answered with a redirect, which is not followed because the token would go "
        "along. If the company's domain has changed, run `dealwright connect` with the new one.",
        code="redirected",
        status=status,
    )


def _down(operation: str, status: int, headers: Mapping[str, str]) -> UpstreamError:
    return Unavailable(
        f"Pipedrive could not answer {operation} (status {status}). It is tried again by itself.",
        code="timeout" if status in {408, 504} else "unavailable",
        status=status,
        retry_after_s=seconds(headers.get("retry-after")),
    )


def _unreadable(operation: str, status: int) -> UpstreamError:
    return Unavailable(
        f"What came back for {operation} (status {status}) is not an answer of Pipedrive's API. "
        "Nothing is concluded from it; it is tried again.",
        code="unreadable_answer",
        status=status,
    )


def _fault(body: bytes) -> _Fault | None:
    try:
        fault = msgspec.json.decode(body, type=_Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return fault if fault.success is not None or fault.error is not None else None


def _first_fault(errors: Any) -> str:
    """Webhook dialect: `{"subscription_url": ["invalid or non-reachable URL"]}`."""
    try:
        found = msgspec.convert(errors, dict[str, list[str]])
    except msgspec.ValidationError:
        return ""
    return "; ".join(f"{_line(key)}: {_line(texts[0])}" for key, texts in found.items() if texts)


def _line(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in value)
    return " ".join(printable.split())
