"""Names that begin with what somebody types, for suggestions on a card."""

from typing import Final

import msgspec

from dealwright.pipedrive.client import Client
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.wire import Request

#: Pipedrive asks for two characters at least (openapi-v2.yaml `/organizations/search`).
LEAST: Final = 2
_MOST: Final = "50"


class _Named(msgspec.Struct, frozen=True):
    name: str = ""


class _Item(msgspec.Struct, frozen=True):
    item: _Named


class _Items(msgspec.Struct, frozen=True):
    items: tuple[_Item, ...] = ()


async def organizations_like(client: Client, typed: str) -> tuple[str, ...]:
    """Names of organizations that begin as typed, whatever the case; 20 tokens."""
    operation = "GET /api/v2/organizations/search"
    query = (("term", typed), ("fields", "name"), ("limit", _MOST))
    request = Request(
        method="GET",
        path="/api/v2/organizations/search",
        operation=operation,
        tokens=price(operation),
        query=query,
    )
    found = (await client.perform(request, _Items)).data.items
    begins = typed.casefold()
    names = (one.item.name for one in found)
    return tuple(dict.fromkeys(name for name in names if name.casefold().startswith(begins)))
