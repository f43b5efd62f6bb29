"""Peer: what the design that this hub replaces would have cost. The one place of these figures.

Segment's “Actions Pipedrive” looks up each record anew by a search on API v1, and then writes,
whether anything differs or not. Prices: Pipedrive's list for v1 (search 40 tokens, write 10).
"""

from typing import Final

SEARCH_TOKENS: Final = 40
WRITE_TOKENS: Final = 10

#: The least that an event costs there: people and companies take one search, deals, leads,
#: activities and notes one to three, of which one is counted.
LEAST_TOKENS: Final = SEARCH_TOKENS + WRITE_TOKENS


def tokens_elsewhere(events: int, *, searches: int | None = None) -> int:
    """What events that are written cost there; `searches` in all, where that is known."""
    return (events if searches is None else searches) * SEARCH_TOKENS + events * WRITE_TOKENS
