"""Moments as commands show them: values for programs, the operator's own time for people."""

from datetime import UTC, datetime

from dealwright.core.clock import from_ms, to_ms
from dealwright.core.errors import ConfigError


def moment(milliseconds: int | None) -> datetime | None:
    """A stored moment as a value, aware and in UTC; None for none."""
    return None if milliseconds is None else from_ms(milliseconds)


def words(moment: datetime) -> str:
    """The moment in the operator's own time zone; without the year, which is known."""
    return f"{moment.astimezone():%m-%d %H:%M:%S}"


def read_moment_ms(text: str) -> int:
    """A moment that somebody wrote; without a zone it is UTC. Raises ConfigError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{text} is no time; write one such as 2026-11-01T08:00Z.", code="invalid_value"
        ) from error
    return to_ms(found if found.tzinfo else found.replace(tzinfo=UTC))
