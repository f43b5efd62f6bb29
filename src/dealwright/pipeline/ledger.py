"""Ledger: every call has a price and a purpose, and is added up by hour."""

from collections import Counter

from dealwright.core.clock import to_ms
from dealwright.pipedrive.client import CallRecord
from dealwright.store.ledger import Entry, hour_of

HOUR_MS = 3_600_000

_Key = tuple[int, str, int]


class Tally:
    """Calls that are not in the Ledger yet, added up by hour, purpose and Mapping."""

    def __init__(self) -> None:
        self._tokens: Counter[_Key] = Counter()
        self._calls: Counter[_Key] = Counter()

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, record: CallRecord) -> None:
        """Take up one call."""
        # Pipedrive's day ends at midnight of its servers; which zone that is, is not documented.
        key = (to_ms(record.at) // HOUR_MS, record.purpose, record.mapping_id)
        self._tokens[key] += record.call.tokens
        self._calls[key] += 1

    def entries(self) -> list[Entry]:
        """The lines that they make."""
        return [
            Entry(*hour_of(hour * HOUR_MS), purpose, mapping_id, self._tokens[key], calls)
            for key, calls in self._calls.items()
            for hour, purpose, mapping_id in (key,)
        ]

    def merge(self, other: "Tally") -> None:
        """Take up what another could not write."""
        self._tokens.update(other._tokens)  # noqa: SLF001 - its own class
        self._calls.update(other._calls)  # noqa: SLF001
