"""What the same events would have cost in the design that this hub replaces (core/peer.py)."""

from collections.abc import Iterable

from dealwright.cli.demo.author import Said
from dealwright.core.peer import tokens_elsewhere


def elsewhere(events: Iterable[Said]) -> tuple[int, int]:
    """How many of the events would be written there, and the tokens for searches and writes.

    Repeats of one messageId count once: Segment drops them too. Events that no preset asks for,
    and those that are wrong, count nothing.
    """
    once = {event.message_id: event for event in events}
    searches = [number for event in once.values() if (number := _searches(event))]
    return len(searches), tokens_elsewhere(len(searches), searches=sum(searches))


def _searches(event: Said) -> int:
    """One for a person, one for an organization; an activity looks up each record it links to."""
    arguments = event.arguments
    if event.wrong:
        return 0
    if event.call in {"identify", "group"}:
        return 1
    if arguments.get("event") != "Activity Upserted":
        return 0
    return 1 + ("groupId" in arguments.get("context", {}))
