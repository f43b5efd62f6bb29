"""Moments as a table shows them."""

from dealwright.core.clock import from_ms


def shown(milliseconds: int | None) -> str:
    """A stored moment in the operator's own time zone, to the second; "" for none."""
    if milliseconds is None:
        return ""
    return from_ms(milliseconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
