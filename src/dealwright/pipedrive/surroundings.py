"""Surroundings of a person: deals, open leads and what is planned with them."""

from typing import Any, cast

from dealwright.core.record import Activity, Deal, Lead
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.pages import lead_of
from dealwright.pipedrive.wire import Request

#: The newest so many; who has more deals is not looked through.
MOST = 100

_LEADS = cast("type[list[dict[str, Any]] | None]", list[dict[str, Any]] | None)


async def deals_of(client: Client, person_id: int, *, archived: bool = False) -> list[Deal]:
    """The deals whose person this is, in any state, the one made last first.

    10 tokens, of archived deals 20. Source: openapi-v2.yaml `/deals`, `/deals/archived`.
    """
    path = "/api/v2/deals/archived" if archived else "/api/v2/deals"
    request = _list(path, person_id, ("sort_by", "add_time"), ("sort_direction", "desc"))
    deals = (await client.perform(request, list[Deal])).data
    return [deal for deal in deals if not deal.is_deleted]


async def planned_with(client: Client, person_id: int) -> list[Activity]:
    """Activities with a person that are not done; 10 tokens.

    Source: openapi-v2.yaml `/activities`.
    """
    request = _list("/api/v2/activities", person_id, ("done", "false"))
    found = (await client.perform(request, list[Activity])).data
    return [one for one in found if not one.is_deleted and not one.done]


async def last_activity_of(client: Client, person_id: int) -> str:
    """When the last activity with a person is due, as Pipedrive writes it; "" for none.

    10 tokens.
    """
    request = _list(
        "/api/v2/activities", person_id, ("sort_by", "due_date"), ("sort_direction", "desc")
    )
    found = (await client.perform(request, list[Activity])).data
    return max((f"{one.due_date or ''} {one.due_time or ''}".strip() for one in found), default="")


async def leads_of(client: Client, person_id: int) -> list[Lead]:
    """A person's leads that are not archived, the newest first; 20 tokens.

    Source: openapi-v1.yaml `/leads`.
    """
    operation = "GET /api/v1/leads"
    query = (("person_id", str(person_id)), ("limit", str(MOST)), ("sort", "add_time DESC"))
    request = Request(
        method="GET",
        path="/api/v1/leads",
        operation=operation,
        tokens=price(operation),
        query=query,
    )
    rows = (await client.perform(request, _LEADS)).data or []
    leads = [lead_of(row, request) for row in rows]
    return [lead for lead in leads if not lead.is_archived]


def _list(path: str, person_id: int, *query: tuple[str, str]) -> Request:
    operation = f"GET {path}"
    return Request(
        method="GET",
        path=path,
        operation=operation,
        tokens=price(operation),
        query=(("person_id", str(person_id)), ("limit", str(MOST)), *query),
    )
