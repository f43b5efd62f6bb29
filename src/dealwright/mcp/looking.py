"""Tools that only look: at the mirror, the log, Deliveries, the queue; they cost no API tokens.

What each says of itself is what programs choose it by.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

from mcp.server.mcpserver.context import Context

from dealwright.core.clock import Clock
from dealwright.mcp.hub import Hub, OpenHub

Asking = Context[Any, Any]
Kind = Literal["person", "organization", "deal", "lead", "activity", "note"]
Tool = Callable[..., Awaitable[Any]]

#: A dry run is looked at so often, and so long; it goes on by itself after that.
_LOOK_S: Final = 0.2
_LOOKS: Final = 100
_OVER: Final = frozenset({"done", "failed", "cancelled", "interrupted"})


class Looking:
    """The tools; `open_hub` opens the hub for whoever asks."""

    def __init__(self, open_hub: OpenHub, clock: Clock) -> None:
        self._open = open_hub
        self._clock = clock

    @property
    def tools(self) -> Sequence[Tool]:
        """All of them."""
        return (
            self.overview,
            self.look_up,
            self.explain_address,
            self.explain_record,
            self.explain_event,
            self.explain_delivery,
            self.list_events,
            self.list_deliveries,
            self.list_mappings,
            self.list_actions,
            self.list_fields,
            self.suggest_mapping,
            self.dry_run,
            self.dry_run_draft,
            self.review_queue,
            self.list_proposals,
            self.proposal,
        )

    async def overview(self, ctx: Asking) -> Any:
        """How the hub is: its Connections to Pipedrive, what waits, what failed. Begin here."""
        return await self._got(ctx, "/health")

    async def look_up(
        self, ctx: Asking, *, connection_id: int, key: str, kind: Kind = "person"
    ) -> Any:
        """Find records in the local mirror of a Pipedrive account, for no API tokens.

        `key` is an e-mail address, a phone number with +, or a name.
        """
        return await self._got(ctx, f"/connections/{connection_id}/mirror/{kind}", key=key)

    async def explain_address(self, ctx: Asking, *, email: str) -> Any:
        """Why the persons with an e-mail address are as they are, in every Connection."""
        return await self._got(ctx, "/explain", email=email)

    async def explain_record(
        self,
        ctx: Asking,
        *,
        kind: Kind,
        record_id: str,
        field: str | None = None,
        connection_id: int | None = None,
    ) -> Any:
        """Why a record, or one field of it, is as it is: which event and Mapping wrote what."""
        path = f"/explain/records/{kind}/{_named(record_id)}"
        return await self._got(ctx, path, field=field, connection_id=connection_id)

    async def explain_event(self, ctx: Asking, *, event: str) -> Any:
        """What became of an event, and why nothing did; `event` is its number or messageId."""
        return await self._got(ctx, f"/explain/events/{_named(event)}")

    async def explain_delivery(self, ctx: Asking, *, delivery_id: int) -> Any:
        """Why a Delivery ended as it did, and what to do about it."""
        return await self._got(ctx, f"/explain/deliveries/{delivery_id}")

    async def list_events(self, ctx: Asking, *, limit: int = 20, cursor: str | None = None) -> Any:
        """The newest events that came in."""
        return await self._got(ctx, "/events", limit=limit, cursor=cursor)

    async def list_deliveries(
        self,
        ctx: Asking,
        *,
        state: Literal["queued", "waiting", "held", "failed", "delivered", "unchanged", "dropped"]
        | None = None,
        code: str | None = None,
        connection_id: int | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Any:
        """What became of events, newest first; held and failed ones wait for somebody."""
        return await self._got(
            ctx,
            "/deliveries",
            state=state,
            code=code,
            connection_id=connection_id,
            limit=limit,
            cursor=cursor,
        )

    async def list_mappings(self, ctx: Asking, *, connection_id: int) -> Any:
        """The Mappings of a Connection: which events do what in Pipedrive."""
        return await self._got(ctx, f"/connections/{connection_id}/mappings")

    async def list_actions(self, ctx: Asking, *, action: str | None = None) -> Any:
        """What Mappings can do; with `action` one in full, with its fields and directives."""
        return await self._got(ctx, f"/actions/{_named(action)}" if action else "/actions")

    async def list_fields(self, ctx: Asking, *, connection_id: int, list_name: str = "") -> Any:
        """Fields, options, users, stages and so on of an account, as last told: no tokens."""
        path = f"/connections/{connection_id}/catalogue"
        return await self._got(ctx, f"{path}/{_named(list_name)}" if list_name else path)

    async def suggest_mapping(self, ctx: Asking, *, action: str, events: list[int]) -> Any:
        """A Mapping made of events (by their numbers), and what they say beyond it; a draft only.

        Change it as needed, try it by dry_run_draft, then propose_mapping.
        """
        async with self._open(ctx) as hub:
            return await hub.post("/mappings/suggest", {"action": action, "events": events})

    async def dry_run(
        self,
        ctx: Asking,
        *,
        mapping_id: int,
        last: int = 200,
        version: int | None = None,
        results: int = 20,
    ) -> Any:
        """What a Mapping would do with the last events: before → after, price. Nothing is written.

        It counts what would be created, updated, skipped and held, and shows the first `results`.
        """
        body = {"version": version, "events": {"last": last}}
        async with self._open(ctx) as hub:
            begun = await hub.post(f"/mappings/{mapping_id}/dry-run", body)
            return await self._awaited(hub, begun["id"], results)

    async def dry_run_draft(
        self,
        ctx: Asking,
        *,
        connection_id: int,
        name: str,
        action: str,
        trigger: str,
        fields: dict[str, Any],
        last: int = 200,
        results: int = 20,
    ) -> Any:
        """The same for a Mapping that does not exist yet; its faults are told with their paths."""
        draft = {"name": name, "action": action, "trigger": trigger, "fields": fields}
        body = {"mapping": draft, "events": {"last": last}}
        async with self._open(ctx) as hub:
            begun = await hub.post(f"/connections/{connection_id}/dry-run", body)
            return await self._awaited(hub, begun["id"], results)

    async def review_queue(
        self, ctx: Asking, *, connection_id: int | None = None, cursor: str | None = None
    ) -> Any:
        """What waits for a person's decision: the question, why, and the choices."""
        return await self._got(ctx, "/review", connection_id=connection_id, cursor=cursor)

    async def list_proposals(self, ctx: Asking, *, cursor: str | None = None) -> Any:
        """What was proposed, newest first, and whether somebody approved of it."""
        return await self._got(ctx, "/proposals", cursor=cursor)

    async def proposal(self, ctx: Asking, *, proposal_id: int) -> Any:
        """One proposal: what it would do, where it stands, and what came of it."""
        return await self._got(ctx, f"/proposals/{proposal_id}")

    async def _got(self, ctx: Asking, path: str, **query: Any) -> Any:
        async with self._open(ctx) as hub:
            return await hub.get(path, query)

    async def _awaited(self, hub: Hub, dry_run_id: int, results: int) -> Any:
        told: Any = None
        for _ in range(_LOOKS):
            told = await hub.get(f"/dry-runs/{dry_run_id}")
            if told["state"] in _OVER:
                break
            await self._clock.sleep(_LOOK_S)
        shown = await hub.get(
            f"/dry-runs/{dry_run_id}/results", {"limit": max(1, min(results, 200))}
        )
        return {"dry_run": told, "results": shown["items"]}


def _named(text: str) -> str:
    """A name as one part of a path, wherever else it would lead."""
    return quote(text, safe="")
