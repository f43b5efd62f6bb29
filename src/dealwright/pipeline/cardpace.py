"""CardPace: how long a card may take, how much it shows, and for how long it counts, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPace:
    """Figures of contact cards (CARD 6.5).

    A card is shown after `whole_s` with what has come by then; one call may take `call_s`. When the
    one that is shown is there, Connections beside it have `lag_s` more. What had to be asked for
    counts for `fresh_s`, is shown for `stale_s` while it is asked for once more, and that nobody
    has an address counts for `nobody_s`. Of `deals`, `activities` and `notes` so many are shown;
    the others are counted.
    """

    whole_s: float = 8.0
    call_s: float = 6.0
    lag_s: float = 0.5
    fresh_s: float = 60.0
    stale_s: float = 600.0
    nobody_s: float = 300.0
    deals: int = 10
    activities: int = 15
    notes: int = 5
    deal_notes: int = 5
