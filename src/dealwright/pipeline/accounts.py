"""AccountBook: what Actions need to know of an account, asked for once in a while."""

from dealwright.core.action import Account, Action, Need
from dealwright.core.clock import Clock
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import ActivityType
from dealwright.pipedrive.records import Records

#: Types of activity are changed by hand, a few times a year; a list costs 20 tokens.
FRESH_S = 3600.0


class AccountBook:
    """The definitions of one Connection's account, as old as `FRESH_S` at most."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._types: tuple[ActivityType, ...] = ()
        self._asked_s: float | None = None

    async def account(
        self, action: Action, records: Records, *, defaults: MatchDefaults
    ) -> Account:
        """What an Action needs; asks Pipedrive for what is missing, and raises like every call."""
        if Need.ACTIVITY_TYPES not in action.needs:
            return Account(defaults=defaults)
        now_s = self._clock.monotonic_s()
        if self._asked_s is None or now_s - self._asked_s > FRESH_S:
            self._types = tuple(await records.activity_types())
            self._asked_s = now_s
        return Account(defaults=defaults, activity_types=self._types)
