"""`dealwright events`: what has come in, and what was refused."""

from collections.abc import Mapping
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, figures, names, prose
from dealwright.core.errors import InvalidEvent
from dealwright.core.event import open_event
from dealwright.store.events import (
    StoredEvent,
    StoredReject,
    count_events,
    count_rejects,
    recent_events,
    recent_rejects,
)
from dealwright.store.sources import list_sources

EVENTS = (
    figures("number", "Number"),
    column("received", "Received"),
    names("source", "Source"),
    column("type", "Type"),
    names("event", "Event"),
    names("who", "Who"),
)
REJECTS = (
    column("received", "Received"),
    names("source", "Source"),
    column("code", "Code"),
    prose("reason", "Reason"),
)


EXAMPLES = examples(
    "dealwright events --limit 50",
    "dealwright events --rejected",
    "dealwright events --json | jq .body  # the events themselves",
)


def events(
    *,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="What was refused, and why.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    before: Annotated[
        int | None, typer.Option(help="Only those before this number: the next page.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the newest events, or with --rejected the newest that could not be taken."""
    out = Output(json=json)
    if rejected:
        rows, total = with_hub(lambda hub: hub.read(lambda db: _rejects(db, limit, before)))
        out.table(rows, REJECTS, empty="Nothing was refused.")
        out.hint("With --json also what each began with." if rows else "")
    else:
        rows, total = with_hub(lambda hub: hub.read(lambda db: _events(db, limit, before)))
        empty = (
            "No event yet. Is there a Source (dealwright sources list), and does the hub run "
            "(dealwright doctor)?"
        )
        out.table(rows if json else map(_short, rows), EVENTS, empty=empty)
    if total > len(rows):
        out.hint(f"{len(rows)} of {total:,}.")


Rows = tuple[list[dict[str, Any]], int]


def _events(db: sa.Connection, limit: int, before: int | None) -> Rows:
    sources = {source.id: source.name for source in list_sources(db)}
    found = recent_events(db, limit=limit, before=before)
    return [_event(stored, sources) for stored in found], count_events(db)


def _rejects(db: sa.Connection, limit: int, before: int | None) -> Rows:
    sources = {source.id: source.name for source in list_sources(db)}
    found = recent_rejects(db, limit=limit, before=before)
    return [_reject(stored, sources) for stored in found], count_rejects(db)


def _event(stored: StoredEvent, sources: Mapping[int, str]) -> dict[str, Any]:
    return {
        "number": stored.seq,
        "received": moment(stored.received_at_ms),
        "source": sources.get(stored.source_id, ""),
        "message_id": stored.message_id,
        "body": _body(stored),
    }


def _body(stored: StoredEvent) -> dict[str, Any]:
    try:
        return open_event(
            stored.payload,
            envelope=stored.envelope,
            received_at_ms=stored.received_at_ms,
            sent_at_ms=stored.sent_at_ms,
            message_id=stored.message_id,
        ).body
    except InvalidEvent as error:
        return {"type": "unreadable", "error": str(error)}


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    body = row["body"]
    return {
        **row,
        "type": body.get("type", ""),
        "event": body.get("event") or body.get("name") or body.get("groupId") or "",
        "who": body.get("userId") or body.get("anonymousId") or "",
    }


def _reject(stored: StoredReject, sources: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": stored.id,
        "received": moment(stored.received_at_ms),
        "source": sources.get(stored.source_id, ""),
        "code": stored.code,
        "reason": stored.reason,
        "payload": stored.payload[:80].decode("utf-8", "replace"),
    }
