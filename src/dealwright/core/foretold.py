"""Foretold: what a dry run says of one write that would be: pure data, as people read it."""

from enum import StrEnum

import msgspec

from dealwright.core.budget import DAY_MS, Budget
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId, RecordKind


class Outcome(StrEnum):
    """How a would-be Delivery would end; `unknown`: that needs a look into Pipedrive."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SKIP = "skip"
    HOLD = "hold"
    FAIL = "fail"
    UNKNOWN = "unknown"


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a record, by its name in Pipedrive, before and after; "" is empty.

    `key` is the field's key. `lost`: what stands there was written by a person, or by another
    program, and would be overwritten.
    """

    field: str
    key: str
    before: str = ""
    after: str = ""
    lost: bool = False


class WouldBe(msgspec.Struct, frozen=True, kw_only=True):
    """One Change: `act` is create, update, delete, link, join or options.

    `record` names it (“person 42”, “new person 1”), `sentence` says what is no field.
    """

    act: str
    kind: RecordKind
    record: str
    fields: tuple[FieldChange, ...] = ()
    sentence: str = ""


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """One would-be Delivery, or several that would become one write.

    `events` are the positions in the log (of a file: its lines). `code` and `message` are those
    that the Delivery would have. `record_id` is `new-1` for a record that this
    dry run would have made, which `record` calls “new person 1”. `candidates` fit where
    nobody may choose. `kept` are fields that keep what a person wrote. `tokens` is what it would
    cost. `doubts` say what may be otherwise by then. `trace` is why.
    """

    number: int
    events: tuple[int, ...]
    outcome: Outcome
    code: str
    message: str
    kind: RecordKind | None = None
    record: str = ""
    record_id: RecordId | None = None
    changes: tuple[WouldBe, ...] = ()
    candidates: tuple[RecordId, ...] = ()
    kept: tuple[FieldChange, ...] = ()
    tokens: int = 0
    doubts: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()

    @property
    def lost(self) -> tuple[FieldChange, ...]:
        """What people would lose."""
        return tuple(one for change in self.changes for one in change.fields if one.lost)


class Funds(msgspec.Struct, frozen=True, kw_only=True):
    """When the day's budget allows what a dry run found.

    `free` are the tokens that work of this urgency may still spend today. `begins_at_ms` is when
    the first write may be sent, `ends_at_ms` the day on which the last one is; None: a day has
    nothing for it at all.
    """

    tokens: int
    free: int
    a_day: int
    begins_at_ms: int | None
    ends_at_ms: int | None


def funds_for(budget: Budget, priority: Priority, *, tokens: int, now_ms: int) -> Funds:
    """When work of a priority may spend so many tokens, if nobody else spends any meanwhile."""
    floor = budget.floor(priority)
    free = 0 if budget.exhausted_until_ms is not None else max(0, budget.left - floor)
    a_day = max(0, budget.limit - floor)
    if tokens <= free:
        begins_ms = ends_ms = now_ms
    elif not a_day:
        begins_ms = ends_ms = None
    else:
        days = -(-(tokens - free) // a_day)
        begins_ms = now_ms if free else budget.resets_at_ms
        ends_ms = budget.resets_at_ms + (days - 1) * DAY_MS
    return Funds(tokens=tokens, free=free, a_day=a_day, begins_at_ms=begins_ms, ends_at_ms=ends_ms)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All of a dry run in figures.

    `events` were looked at, `deliveries` are those that would be made of them (several may become
    one write), `unreadable` and `repeated` make none. `lost` counts fields of people that would be
    overwritten, `spent` the tokens that this dry run itself has cost.
    """

    events: int = 0
    unreadable: int = 0
    repeated: int = 0
    deliveries: int = 0
    results: int = 0
    outcomes: dict[str, int] = {}
    codes: dict[str, int] = {}
    lost: int = 0
    tokens: int = 0
    spent: int = 0
    cannot_know: tuple[str, ...] = ()
    funds: Funds | None = None


class Tally:
    """Adds up a Summary while the results come."""

    def __init__(self) -> None:
        self.events = 0
        self.unreadable = 0
        self.repeated = 0
        self.deliveries = 0
        self._results = 0
        self._lost = 0
        self._tokens = 0
        self._outcomes = dict.fromkeys(map(str, Outcome), 0)
        self._codes: dict[str, int] = {}

    def add(self, found: Foretold) -> None:
        """Count one result."""
        self._results += 1
        self._lost += len(found.lost)
        self._tokens += found.tokens
        self._outcomes[found.outcome] += 1
        self._codes[found.code] = self._codes.get(found.code, 0) + 1

    def summary(
        self,
        *,
        extra_tokens: int = 0,
        spent: int = 0,
        cannot_know: tuple[str, ...] = (),
        funds: Funds | None = None,
    ) -> Summary:
        """The figures so far; `extra_tokens` are those that no single result costs."""
        return Summary(
            events=self.events,
            unreadable=self.unreadable,
            repeated=self.repeated,
            deliveries=self.deliveries,
            results=self._results,
            outcomes=self._outcomes,
            codes=self._codes,
            lost=self._lost,
            tokens=self._tokens + extra_tokens,
            spent=spent,
            cannot_know=cannot_know,
            funds=funds,
        )

    @property
    def tokens(self) -> int:
        """What all results so far would cost."""
        return self._tokens
