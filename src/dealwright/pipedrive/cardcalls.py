"""Calls of a contact card: who has an address, and everything that stands around a person."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, cast

import msgspec

from dealwright.core.record import Activity, Deal, Note, Organization, Person
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.wire import Request

#: Lists are asked for whole as far as one page goes: a page costs the same whatever its size.
PAGE = 500

#: Notes may be long; the newest so many are asked for.
NOTES = 50

_NOTES = cast("type[list[Note] | None]", list[Note] | None)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a search names beside a hit."""

    id: int
    name: str = ""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a search returns it: unverified, perhaps deleted long ago."""

    id: int
    name: str | None = None
    emails: tuple[str, ...] | None = ()
    phones: tuple[str, ...] | None = ()
    organization: Named | None = None


class CountedDeal(Deal, frozen=True, kw_only=True):
    """A deal, and how many notes it has."""

    notes_count: int | None = None


class Some(NamedTuple):
    """What one page held, and whether there is more."""

    items: tuple[Any, ...]
    more: bool = False


class _Item(msgspec.Struct):
    item: Hit


class _Items(msgspec.Struct):
    items: list[_Item]


async def who_has(client: Client, address: str) -> list[Hit]:
    """Who may have an address, whatever its case; 20 tokens.

    Source: openapi-v2.yaml `/persons/search`.
    """
    query = (("term", address), ("fields", "email"), ("exact_match", "true"), ("limit", "100"))
    request = _get("/api/v2/persons/search", *query)
    return [one.item for one in (await client.perform(request, _Items)).data.items]


async def named_so(client: Client, name: str) -> list[Hit]:
    """Persons whose name has this in it; 20 tokens."""
    query = (("term", name), ("fields", "name"), ("limit", "25"))
    request = _get("/api/v2/persons/search", *query)
    return [one.item for one in (await client.perform(request, _Items)).data.items]


async def deals_of(client: Client, person_id: int) -> Some:
    """The deals whose person this is, in any state, the one made last first; 10 tokens."""
    request = _get(
        "/api/v2/deals",
        ("person_id", str(person_id)),
        ("include_fields", "notes_count"),
        ("sort_by", "add_time"),
        ("sort_direction", "desc"),
        ("limit", str(PAGE)),
    )
    answer = await client.perform(request, list[CountedDeal])
    there = tuple(one for one in answer.data if not one.is_deleted)
    return Some(there, answer.next_cursor is not None)


async def activities_of(client: Client, person_id: int) -> Some:
    """Activities whose main contact this is, the one that is due last first; 10 tokens."""
    request = _get(
        "/api/v2/activities",
        ("person_id", str(person_id)),
        ("sort_by", "due_date"),
        ("sort_direction", "desc"),
        ("limit", str(PAGE)),
    )
    answer = await client.perform(request, list[Activity])
    there = tuple(one for one in answer.data if not one.is_deleted)
    return Some(there, answer.next_cursor is not None)


async def notes_of(client: Client, *, person_id: int = 0, deal_id: int = 0) -> Some:
    """The notes of a person or a deal, the newest first; 20 tokens."""
    whose = ("deal_id", deal_id) if deal_id else ("person_id", person_id)
    request = _get(
        "/api/v1/notes",
        (whose[0], str(whose[1])),
        ("sort", "add_time DESC"),
        ("limit", str(NOTES)),
    )
    answer = await client.perform(request, _NOTES)
    there = tuple(one for one in answer.data or () if not one.is_deleted)
    return Some(there, bool(answer.more))


async def organizations(client: Client, ids: Collection[int]) -> list[Organization]:
    """Organizations by id, in one call of 10 tokens; at most 100."""
    request = _get("/api/v2/organizations", *_ids(sorted(ids)))
    return (await client.perform(request, list[Organization])).data


async def persons(client: Client, ids: Collection[int]) -> list[Person]:
    """Persons by id, in one call of 10 tokens; at most 100."""
    request = _get("/api/v2/persons", *_ids(sorted(ids)))
    return (await client.perform(request, list[Person])).data


def _ids(ids: Sequence[int]) -> tuple[tuple[str, str], ...]:
    some = ids[:100]
    return ("ids", ",".join(map(str, some))), ("limit", str(max(len(some), 1)))


def _get(path: str, *query: tuple[str, str]) -> Request:
    operation = f"GET {path}"
    return Request(
        method="GET", path=path, operation=operation, tokens=price(operation), query=query
    )
