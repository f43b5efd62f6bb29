"""Ranges of the log, as people write them: event numbers or moments."""

from datetime import UTC, datetime

import sqlalchemy as sa

from dealwright.core.clock import to_ms
from dealwright.core.errors import ConfigError
from dealwright.store.events import end_of_log
from dealwright.store.moments import first_since


def first_of(db: sa.Connection, text: str) -> int:
    """Where a range begins; raises ConfigError for what is neither a number nor a moment."""
    return int(text) if text.isdecimal() else first_since(db, _moment_ms(text))


def last_of(db: sa.Connection, text: str | None) -> int:
    """Where a range ends; without a word at the newest event."""
    newest = end_of_log(db)
    if text is None:
        return newest
    last = int(text) if text.isdecimal() else first_since(db, _moment_ms(text)) - 1
    return min(last, newest)


def _moment_ms(text: str) -> int:
    """A moment; without a zone it is UTC, as everywhere."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{text} is neither an event's number nor a time such as 2026-11-01T08:00Z.",
            code="invalid_value",
        ) from error
    return to_ms(found if found.tzinfo else found.replace(tzinfo=UTC))
