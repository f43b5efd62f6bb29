"""Pages: the records of a kind, 500 at a time, from wherever an earlier reader has stopped."""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import msgspec

from dealwright.core.errors import Unavailable
from dealwright.core.record import (
    Activity,
    Deal,
    Lead,
    Note,
    Organization,
    Person,
    Record,
    RecordKind,
)
from dealwright.pipedrive import operations
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.wire import Answer, Request

#: A record that is deleted between two pages of a list that is read by numbers moves all behind it
#: forward: the next page begins so many earlier.
OVERLAP: Final = 20

#: How a cursor of ours begins that goes on in the list of what is archived.
_ARCHIVED: Final = "archived:"

_LEADS = cast("type[list[dict[str, Any]] | None]", list[dict[str, Any]] | None)

_LISTS: Final[Mapping[RecordKind, type[tuple[Record, ...]]]] = {
    RecordKind.PERSON: tuple[Person, ...],
    RecordKind.ORGANIZATION: tuple[Organization, ...],
    RecordKind.DEAL: tuple[Deal, ...],
    RecordKind.ACTIVITY: tuple[Activity, ...],
    RecordKind.NOTE: tuple[Note, ...],
}

_FIELD_KEY = re.compile(r"[0-9a-f]{40}(?:_\w+)?")


class Page(NamedTuple):
    """Some records, and where the next page begins; None: this was the last."""

    records: tuple[Record, ...]
    next_cursor: str | None


def price_of_pages(kind: RecordKind) -> int:
    """Tokens that a page of a kind costs, of the list of those that are not archived."""
    return operations.list_records(kind).tokens


async def read_page(client: Client, kind: RecordKind, *, cursor: str | None = None) -> Page:
    """One page of all records of a kind, oldest first: 10 tokens (leads and notes 20).

    Then the archived ones, which no other list has: 20 tokens a page (leads 40). A cursor is good
    for as long as anybody likes: what is made meanwhile comes later, and what is deleted is not
    there. Raises the UpstreamError tree.
    """
    archived = cursor is not None and cursor.startswith(_ARCHIVED)
    inner = (cursor or "").removeprefix(_ARCHIVED) or None
    request = operations.list_records(kind, cursor=inner, archived=archived)
    page = await _page(client, kind, request, start=inner)
    if archived:
        after = None if page.next_cursor is None else _ARCHIVED + page.next_cursor
        return page._replace(next_cursor=after)
    if page.next_cursor is None and kind in operations.ARCHIVING:
        return page._replace(next_cursor=_ARCHIVED)
    return page


async def changed_pages(client: Client, kind: RecordKind, since: datetime) -> AsyncIterator[Page]:
    """All pages of what was made or changed since a moment (rounded down to whole seconds).

    Deleted and archived records are not among it. Raises the UpstreamError tree.
    """
    cursor: str | None = None
    while True:
        request = operations.list_changed(kind, since=since, cursor=cursor)
        page = await _page(client, kind, request, start=cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def lead_of(row: Mapping[str, Any], request: Request) -> Lead:
    """A lead of a v1 answer, whose custom fields lie among its own."""
    custom = {key: value for key, value in row.items() if _FIELD_KEY.fullmatch(key)}
    told = {key: value for key, value in row.items() if value is not None}
    try:
        return msgspec.convert({**told, "custom_fields": custom}, Lead)
    except msgspec.ValidationError as error:
        raise _unreadable(request, str(error)) from None


async def _page(client: Client, kind: RecordKind, request: Request, *, start: str | None) -> Page:
    if kind is RecordKind.LEAD:
        rows = await client.perform(request, _LEADS)
        leads = tuple(lead_of(row, request) for row in rows.data or ())
        return Page(leads, _next_start(rows, len(leads), start))
    answer = await client.perform(request, _LISTS[kind])
    if kind in operations.V1_KINDS:
        return Page(answer.data, _next_start(answer, len(answer.data), start))
    if answer.next_cursor is not None and answer.next_cursor == start:
        raise _unreadable(request, "the next page is the same")
    return Page(answer.data, answer.next_cursor)


def _next_start(answer: Answer[Any], count: int, start: str | None) -> str | None:
    more = answer.more if answer.more is not None else count >= operations.PAGE
    return str(int(start or 0) + max(count - OVERLAP, 1)) if more else None


def _unreadable(request: Request, reason: str) -> Unavailable:
    return Unavailable(
        f"Pipedrive's answer to {request.operation} could not be read ({reason}). "
        "Nothing is concluded from it; it is tried again.",
        code="unreadable_answer",
    )
