"""What the same events would have cost in the design that this hub replaces.

Segment's “Actions Pipedrive” looks up each record anew by search on API v1, and then writes,
whether anything differs or not. Prices: Pipedrive's list for v1 (search 40 tokens, write 10).
"""

from collections.abc import Iterable

from dealwright.cli.demo.author import Said

SEARCH_TOKENS = 40
WRITE_TOKENS = 10


def elsewhere(events: Iterable[Said]) -> tuple[int, int]:
    """How many of the events would be written there, and the tokens for searches and writes.

    Repeats of one messageId count once: Segment drops them too. Events that no preset asks for,
    and those that are wrong, count nothing.
    """
    once = {event.message_id: event for event in events}
    searches = [number for event in once.values() if (number := _searches(event))]
    tokens = sum(number * SEARCH_TOKENS + WRITE_TOKENS for number in searches)
    return len(searches), tokens


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
