"""The sandbox as the demo moves it and looks into it, through its admin calls."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec


class Point(msgspec.Struct, frozen=True):
    """An address or number of a person."""

    value: str


class Person(msgspec.Struct, frozen=True):
    """A person as the sandbox holds it."""

    id: int
    name: str
    emails: tuple[Point, ...] = ()
    phones: tuple[Point, ...] = ()
    is_deleted: bool = False


class Organization(msgspec.Struct, frozen=True):
    """An organization as the sandbox holds it."""

    id: int
    name: str
    is_deleted: bool = False


class Activity(msgspec.Struct, frozen=True):
    """An activity as the sandbox holds it."""

    id: int
    subject: str
    type: str
    due_date: str | None = None
    person_id: int | None = None
    org_id: int | None = None
    is_deleted: bool = False


class Deal(msgspec.Struct, frozen=True):
    """A deal as the sandbox holds it."""

    id: int
    title: str


class Note(msgspec.Struct, frozen=True):
    """A note as the sandbox holds it; `content` is HTML."""

    id: int
    content: str | None = None
    person_id: int | None = None
    deal_id: int | None = None


class State(msgspec.Struct, frozen=True):
    """All that the story is about."""

    persons: tuple[Person, ...]
    organizations: tuple[Organization, ...]
    activities: tuple[Activity, ...]
    deals: tuple[Deal, ...] = ()
    notes: tuple[Note, ...] = ()


class _Calls(msgspec.Struct):
    total_cost: int


class Pipedrive:
    """The account that the story ends up in."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/_sandbox"

    async def state(self) -> State:
        """All records."""
        return msgspec.json.decode(await self._call("GET", "state"), type=State)

    async def spent(self) -> int:
        """Tokens spent so far, by its own account."""
        return msgspec.json.decode(await self._call("GET", "calls"), type=_Calls).total_cost

    async def has(self, state: dict[str, Any]) -> None:
        """Have records there, as people made them in Pipedrive."""
        await self._call("PUT", "state", state)

    async def edits(self, kind: str, record_id: int, data: dict[str, Any], *, user: str) -> None:
        """Have one of the account's people change a record in Pipedrive's own pages."""
        told = {"object": kind, "id": record_id, "data": data, "user": user}
        await self._call("POST", "edit", told)

    async def goes_away(self) -> None:
        """From now on every call is answered with 503."""
        await self._call("POST", "faults", {"path": "/api/", "status": 503})

    async def returns(self) -> None:
        """From now on it answers again."""
        await self._call("DELETE", "faults")

    async def _call(self, method: str, path: str, body: Any = None) -> bytes:
        async with self._session.request(method, f"{self._url}/{path}", json=body) as answer:
            answer.raise_for_status()
            return await answer.read()


@asynccontextmanager
async def looking_into(url: str) -> AsyncGenerator[Pipedrive]:
    """Open the way to a sandbox's admin calls."""
    async with aiohttp.ClientSession() as session:
        yield Pipedrive(session, url)
