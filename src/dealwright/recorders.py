"""The book of recorders: which Sources of meetings there are, by key."""

import dealwright.meetings.sources
from dealwright.core.registry import discover
from dealwright.meetings.source import Source


def recorders() -> dict[str, Source]:
    """Every recorder that is understood, by the key that begins the keys of its Meetings."""
    found = discover(dealwright.meetings.sources, "SOURCE", Source)
    return {source.key: source for source in found.values()}
