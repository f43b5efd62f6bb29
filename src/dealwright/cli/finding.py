"""Finding: one thing that `dealwright doctor` has looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: `level` is ok, note or fault; `advice` says what to do."""

    level: str
    what: str
    advice: str = ""
