"""Moments as commands show them: values for programs, the operator's own time for people."""

from datetime import datetime

from dealwright.core.clock import from_ms


def moment(milliseconds: int | None) -> datetime | None:
    """A stored moment as a value, aware and in UTC; None for none."""
    return None if milliseconds is None else from_ms(milliseconds)


def words(moment: datetime) -> str:
    """The moment in the operator's own time zone; without the year, which is known."""
    return f"{moment.astimezone():%m-%d %H:%M:%S}"
