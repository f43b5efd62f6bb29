"""Pipedrive's HTTP as values: requests, answers, limits, and what an answer means. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import NoneType
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode

import msgspec

from dealwright.core.errors import Unavailable
from dealwright.pipedrive import faults

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call. `operation` is method and path template, `tokens` its price.

    Query and body hold what people wrote, hence neither is shown. No credentials: the sender
    adds them.
    """

    method: str
    path: str
    operation: str
    tokens: int
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"

    @property
    def target(self) -> str:
        """Path and query, encoded, as they stand in the first line of the request."""
        return f"{self.path}?{self.query_string}" if self.query else self.path

    @property
    def query_string(self) -> str:
        """The query alone, encoded."""
        return urlencode(self.query)

    @property
    def is_search(self) -> bool:
        """Whether the search window (10 per 2 seconds on every plan) counts it."""
        return self.path.endswith("/search") or "/itemSearch" in self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer as received; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the headers told; None where they said nothing, which means nothing.

    `limit` and `remaining` are requests of the 2-second window, `day_…` tokens of the company.
    """

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None
    day_limit: int | None = None
    day_remaining: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What came back: the data, and where the next page starts (None: this was the last).

    v1 has no cursors: `more` says whether there are more, None where nothing was said.
    """

    data: T
    next_cursor: str | None = None
    more: bool | None = None


class _Pagination(msgspec.Struct):
    more_items_in_collection: bool | None = None


class _More(msgspec.Struct):
    next_cursor: str | None = None
    # Of leads it is not nested (openapi-v1.yaml `/leads`).
    more_items_in_collection: bool | None = None
    pagination: _Pagination | None = None

    @property
    def more(self) -> bool | None:
        if self.pagination is not None:
            return self.pagination.more_items_in_collection
        return self.more_items_in_collection


class _Envelope(msgspec.Struct, Generic[T]):
    success: bool
    data: T
    additional_data: _More | None = None


class _Done(msgspec.Struct):
    """An answer that has nothing to say but that it was done: v1's to a delete."""

    success: bool
    data: Any = None
    additional_data: None = None


def limits(headers: Mapping[str, str]) -> Limits:
    """Read the rate-limit headers; one that is missing or no number is None."""
    # https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting, and the two undocumented
    # headers of the daily budget that live answers carry.
    return Limits(
        limit=_whole(headers, "x-ratelimit-limit"),
        remaining=_whole(headers, "x-ratelimit-remaining"),
        reset_s=faults.seconds(headers.get("x-ratelimit-reset")),
        day_limit=_whole(headers, "x-daily-ratelimit-token-limit"),
        day_remaining=_whole(headers, "x-daily-ratelimit-token-remaining"),
    )


def decipher(request: Request, response: Response, data_type: type[T]) -> Answer[T]:
    """Make a typed value of an answer, or raise what went wrong.

    Any 2xx may be a success, and none is one without `"success": true`. Raises the UpstreamError
    tree; a body that is not the API's is Unavailable (`unreadable_answer`), never "not found".
    """
    if not 200 <= response.status < 300:
        raise faults.error_of(request.operation, response.status, response.headers, response.body)
    try:
        envelope = _read(data_type, response.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _misfit(request, response, error) from None
    if not envelope.success:
        raise faults.error_of(request.operation, response.status, response.headers, response.body)
    more = envelope.additional_data or _More()
    return Answer(data=envelope.data, next_cursor=more.next_cursor, more=more.more)


def _read(data_type: type[T], body: bytes) -> _Envelope[T]:
    try:
        return _decoder(data_type).decode(body)
    except msgspec.ValidationError:
        # Pipedrive sends null for more than its specification says; where a value has a default,
        # null means no more than a missing key.
        return msgspec.convert(_without_nulls(msgspec.json.decode(body)), _Envelope[data_type])


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            found = cast("dict[str, Any]", value).items()
            return {key: _without_nulls(item) for key, item in found if item is not None}
        case list():
            return [_without_nulls(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _misfit(request: Request, response: Response, error: Exception) -> Exception:
    """Tell a refusal inside a 200 (its `data` fits no type) from a body that is not the API's."""
    if faults.says_no(response.body):
        return faults.error_of(request.operation, response.status, response.headers, response.body)
    return Unavailable(
        f"Pipedrive's answer to {request.operation} could not be read ({error}). "
        "Nothing is concluded from it; it is tried again.",
        code="unreadable_answer",
        status=response.status,
    )


@lru_cache(maxsize=64)
def _decoder(data_type: Any) -> "msgspec.json.Decoder[_Envelope[Any]]":
    if data_type is NoneType:
        return cast("msgspec.json.Decoder[_Envelope[Any]]", msgspec.json.Decoder(_Done))
    return msgspec.json.Decoder(_Envelope[data_type])


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
