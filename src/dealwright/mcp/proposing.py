"""Tools that propose: they keep what is to be done, until somebody has approved of it."""

from collections.abc import Sequence
from typing import Any

from mcp.server.mcpserver.context import Context

from dealwright.mcp.hub import OpenHub
from dealwright.mcp.looking import Tool

Asking = Context[Any, Any]


class Proposing:
    """The tools; `open_hub` opens the hub for whoever asks."""

    def __init__(self, open_hub: OpenHub) -> None:
        self._open = open_hub

    @property
    def tools(self) -> Sequence[Tool]:
        """Those that propose."""
        return (
            self.propose_mapping,
            self.propose_replay,
            self.propose_retry,
            self.propose_decision,
            self.propose_undo,
        )

    async def propose_mapping(
        self,
        ctx: Asking,
        *,
        connection_id: int,
        trigger: str,
        fields: dict[str, Any],
        reason: str,
        name: str = "",
        action: str = "",
        mapping_id: int = 0,
    ) -> Any:
        """Propose a new Mapping (name, action), or the next version of one (mapping_id).

        A new one is not enabled by that: a person does, after looking.
        """
        wish = {
            "kind": "mapping",
            "connection_id": connection_id,
            "trigger": trigger,
            "fields": fields,
            "name": name,
            "action": action,
            "mapping_id": mapping_id,
        }
        return await self._proposed(ctx, wish, reason)

    async def propose_replay(
        self,
        ctx: Asking,
        *,
        mapping_id: int,
        from_event: int,
        reason: str,
        to_event: int | None = None,
        version: int | None = None,
    ) -> Any:
        """Propose to read a range of the log once more with a Mapping; its price is told."""
        wish = {
            "kind": "replay",
            "mapping_id": mapping_id,
            "from_event": from_event,
            "to_event": to_event,
            "version": version,
        }
        return await self._proposed(ctx, wish, reason)

    async def propose_retry(self, ctx: Asking, *, deliveries: list[int], reason: str) -> Any:
        """Propose to send held or failed Deliveries once more, after their cause is mended."""
        return await self._proposed(ctx, {"kind": "retry", "deliveries": deliveries}, reason)

    async def propose_decision(
        self,
        ctx: Asking,
        *,
        item: str,
        do: str,
        reason: str,
        record_id: int | str | None = None,
        option_ids: list[int] | None = None,
        scope: str = "",
        version: str = "",
    ) -> Any:
        """Propose a decision of an item of the review queue; `do` is one of its choices."""
        wish = {
            "kind": "review",
            "item": item,
            "do": do,
            "record_id": record_id,
            "option_ids": option_ids or [],
            "scope": scope,
            "version": version,
            "note": reason,
        }
        return await self._proposed(ctx, wish, reason)

    async def propose_undo(
        self,
        ctx: Asking,
        *,
        reason: str,
        delivery: int | None = None,
        mapping_id: int | None = None,
        mapping_version: int | None = None,
        replay: int | None = None,
        record_kind: str | None = None,
        record_id: int | str | None = None,
        connection_id: int | None = None,
    ) -> Any:
        """Propose to take back what was written: of a Delivery, a Mapping, a replay or a record.

        What people have changed since stays, and is listed.
        """
        selection = {
            "delivery": delivery,
            "mapping_id": mapping_id,
            "mapping_version": mapping_version,
            "replay": replay,
            "record_kind": record_kind,
            "record_id": record_id,
            "connection_id": connection_id,
        }
        return await self._proposed(ctx, {"kind": "undo", "selection": selection}, reason)

    async def run_proposal(self, ctx: Asking, *, proposal_id: int) -> Any:
        """Do what a proposal says, once. It must have been approved of by a person or a policy."""
        async with self._open(ctx) as hub:
            return await hub.post(f"/proposals/{proposal_id}/run")

    async def _proposed(self, ctx: Asking, wish: dict[str, Any], reason: str) -> Any:
        async with self._open(ctx) as hub:
            made = await hub.post("/proposals", {"wish": wish, "reason": reason})
        number = made["id"]
        if made["state"] == "approved":
            made["next"] = f"The operator's policy has approved of it: run_proposal({number})."
        else:
            made["next"] = (
                f"Ask a person to approve of it: `dealwright proposals approve {number}`. Then "
                f"run_proposal({number})."
            )
        return made
