"""Pages: v2's keyset cursors, v1's start and limit."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import msgspec

from dealwright.sandbox.answers import Answer, encode, invalid, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import parse_whole_rfc3339

T = TypeVar("T")


def query_integer(call: Call, name: str) -> int | None:
    """A whole number of the query string. Raises Refusal 400 if it is none."""
    value = call.query.get(name)
    if value is None:
        return None
    if not value.lstrip("-").isdecimal():
        raise invalid([f"{name}: The value is not a valid 'integer'"])
    return int(value)


def query_boolean(call: Call, name: str) -> bool | None:
    """A boolean of the query string. Raises Refusal 400 if it is none."""
    value = call.query.get(name)
    if value is None:
        return None
    if value not in {"true", "false", "1", "0"}:
        raise invalid([f"{name}: The value is not a valid 'boolean'"])
    return value in {"true", "1"}


def query_choice(call: Call, name: str, choices: tuple[str, ...], default: str) -> str:
    """One of several words of the query string. Raises Refusal 400 otherwise."""
    value = call.query.get(name, default)
    if value not in choices:
        raise invalid([f"{name}: The value should be one of: {', '.join(choices)}"])
    return value


def query_moment(call: Call, name: str) -> int | None:
    """An RFC 3339 time in whole seconds; fractions are refused (seen live)."""
    value = call.query.get(name)
    if value is None:
        return None
    # A plus sign that was not escaped arrives as a space.
    moment = parse_whole_rfc3339(value.replace(" ", "+"))
    if moment is None:
        raise invalid([f"{name}: The value '{value}' is not a valid datetime"])
    return moment


def limit_v2(call: Call, *, most: int = 500) -> int:
    """How many records a v2 page holds: 100 unless said, at most `most`."""
    limit = query_integer(call, "limit")
    if limit is None:
        return min(100, most)
    if limit < 1:
        raise invalid(["limit: This value should be greater than or equal to 1."])
    if limit > most and call.company.options.switches.too_high_limit_v2 == "reject":
        raise invalid([f"limit: This value should be less than or equal to {most}."])
    return min(limit, most)


def write_cursor(marker: dict[str, Any]) -> str:
    """An opaque cursor: base64url of JSON, without padding."""
    return base64.urlsafe_b64encode(encode(marker)).decode().rstrip("=")


def read_cursor(call: Call) -> dict[str, Any] | None:
    """The marker of the query's cursor. Raises Refusal 400 for one we never gave."""
    cursor = call.query.get("cursor")
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise invalid(["cursor: The value is not a valid cursor"]) from None


def sorted_page(
    call: Call,
    rows: Iterable[T],
    *,
    choices: tuple[str, ...],
    limit: int,
) -> tuple[list[T], str | None]:
    """One page of `rows` by `sort_by` and `sort_direction`, and the cursor to the next."""
    field = query_choice(call, "sort_by", choices, "id")
    direction = query_choice(call, "sort_direction", ("asc", "desc"), "asc")
    marker = read_cursor(call)
    down = direction == "desc"

    def rank(row: Any) -> tuple[Any, Any]:
        value = getattr(row, field)
        return ("" if value is None else value, row.id)

    ordered = sorted(rows, key=rank, reverse=down)
    if marker is not None:
        last = (marker.get("fieldValue"), marker.get("id"))
        ordered = [row for row in ordered if (rank(row) < last if down else rank(row) > last)]
    page = ordered[:limit]
    if len(ordered) <= limit:
        return page, None
    value, key = rank(page[-1])
    return page, write_cursor(
        {"field": field, "fieldValue": value, "sortDirection": direction, "id": key}
    )


def id_page(
    call: Call,
    rows_after: Callable[[Any], Iterator[T]],
    keep: Callable[[T], bool],
    *,
    limit: int,
) -> tuple[list[T], str | None]:
    """One page in id order straight from a table, without sorting it."""
    marker = read_cursor(call)
    start = None if marker is None else marker.get("id")
    found = list(islice((row for row in rows_after(start) if keep(row)), limit + 1))
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    last: Any = page[-1]
    direction = call.query.get("sort_direction", "asc")
    return page, write_cursor(
        {"field": "id", "fieldValue": last.id, "sortDirection": direction, "id": last.id}
    )


def v2_list(data: list[Any], cursor: str | None) -> Answer:
    """The envelope of a v2 list."""
    return success(data, additional_data={"next_cursor": cursor})


def window_v1(call: Call) -> tuple[int, int]:
    """v1's start and limit; too high a limit is lowered to 500."""
    start = _lenient(call.query.get("start"), 0)
    limit = _lenient(call.query.get("limit"), 100)
    return max(0, start), max(1, min(limit, 500))


def _lenient(value: str | None, default: int) -> int:
    return int(value) if value is not None and value.isdecimal() else default


def page_v1(call: Call, rows: list[T]) -> tuple[list[T], dict[str, Any]]:
    """One page by start and limit, and v1's pagination object."""
    start, limit = window_v1(call)
    page = rows[start : start + limit]
    more = start + limit < len(rows)
    pagination: dict[str, Any] = {
        "start": start,
        "limit": limit,
        "more_items_in_collection": more,
    }
    if more:
        pagination["next_start"] = start + limit
    return page, pagination
