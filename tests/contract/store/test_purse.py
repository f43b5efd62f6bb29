"""What one process may spend: blocks, headers, the window of web processes, and the breaker."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clock import ManualClock

from dealwright.core.budget import Budget
from dealwright.core.clock import to_ms
from dealwright.core.delivery import Call
from dealwright.core.errors import RateLimited, StoreUnavailable, Unavailable
from dealwright.core.priority import Priority
from dealwright.pipedrive.allowance import Cause
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.wire import Limits
from dealwright.pipeline.budget import DRAIN, WEB, Purse, Style
from dealwright.store.budget import book, budget_of
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store
from dealwright.store.ledger import spent

PLAN = 3_000
DAY = "2026-11-02"


@dataclass(kw_only=True)
class Office:
    """Some processes of one hub, and Pipedrive's own count of the day."""

    store: Store
    clock: ManualClock = field(default_factory=ManualClock)
    left: int = PLAN

    def purse(self, style: Style = DRAIN) -> Purse:
        gate = Gate(self.clock, burst=20)
        return Purse(
            self.store,
            connection_id=1,
            clock=self.clock,
            gate=gate,
            plan_tokens=PLAN,
            style=style,
        )

    async def call(
        self, purse: Purse, cause: Cause, *, tokens: int = 5, told: bool = False
    ) -> None:
        """One call from its claim to its answer."""
        await purse.claim(tokens, cause)
        mark = purse.mark()
        self.left -= tokens
        limits = Limits(day_limit=PLAN, day_remaining=self.left) if told else None
        call = Call(method="GET", path="/", status=200, tokens=tokens, duration_ms=1)
        record = CallRecord(call, cause.purpose, self.clock.now(), limits)
        purse.charge(record, claimed=tokens, mark=mark)
        purse.answered()

    def budget(self) -> Budget:
        now_ms = to_ms(self.clock.now())
        with self.store.snapshot() as db:
            return budget_of(db, 1, plan_tokens=PLAN, now_ms=now_ms)[0]


EVENTS = Cause("events")
CARDS = Cause("cards", Priority.CARD)


@pytest.fixture
def office(store: Store) -> Office:
    connect(store)
    return Office(store=store)


def connect(store: Store) -> None:
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1)
    with store.transaction() as db:
        create_connection(db, new, now_ms=0)


async def test_what_is_claimed_is_in_the_row_before_it_is_sent(office: Office) -> None:
    await office.purse().claim(5, EVENTS)

    assert office.budget().leased >= 5


async def test_many_calls_are_one_lease(office: Office) -> None:
    purse = office.purse()
    await office.call(purse, EVENTS)
    leased = office.budget().leased
    for _ in range(11):
        await office.call(purse, EVENTS)

    assert (office.budget().leased, office.budget().used, leased) == (60, 0, 60)


async def test_in_the_end_the_row_and_the_ledger_know_what_was_spent(office: Office) -> None:
    purse = office.purse()
    for _ in range(40):
        await office.call(purse, EVENTS)
    await purse.flush()

    with office.store.snapshot() as db:
        (line,) = spent(db, 1, day=DAY)
    assert (office.budget().used, office.budget().leased) == (200, 0)
    assert (line.purpose, line.tokens, line.calls) == ("events", 200, 40)


async def test_what_was_not_sent_can_be_spent_by_another_call(office: Office) -> None:
    purse = office.purse()
    await purse.claim(5, EVENTS)
    purse.unclaim(5, EVENTS)
    await purse.flush()

    assert (office.budget().used, office.budget().leased) == (0, 0)


async def test_tokens_that_a_less_urgent_call_leased_serve_the_more_urgent(office: Office) -> None:
    purse = office.purse()
    await office.call(purse, EVENTS)
    await office.call(purse, CARDS)

    assert office.budget().leased == 60


async def test_the_urgent_call_does_not_lend_to_the_less_urgent(office: Office) -> None:
    with office.store.transaction() as db:
        book(db, 1, tokens=PLAN - 500, now_ms=to_ms(office.clock.now()))
    purse = office.purse()
    await office.call(purse, CARDS)

    with pytest.raises(RateLimited) as refused:
        await office.call(purse, EVENTS)
    assert refused.value.code == "budget_reserved"


async def test_who_was_refused_is_refused_again_without_asking_the_store(office: Office) -> None:
    with office.store.transaction() as db:
        book(db, 1, tokens=PLAN, now_ms=to_ms(office.clock.now()))
    purse = office.purse()
    with pytest.raises(RateLimited):
        await purse.claim(5, EVENTS)
    office.store.close()

    with pytest.raises(RateLimited):
        await purse.claim(5, EVENTS)


async def test_a_header_that_tells_far_less_makes_a_process_ask_anew(office: Office) -> None:
    purse = office.purse()
    await office.call(purse, EVENTS, told=True)
    office.left = 700
    await office.call(purse, EVENTS, told=True)

    with pytest.raises(RateLimited) as refused:
        await office.call(purse, EVENTS)
    assert refused.value.code == "budget_reserved"


async def test_a_process_that_was_idle_for_long_leases_anew(office: Office) -> None:
    purse = office.purse()
    await office.call(purse, EVENTS)
    office.clock.advance(3_600)
    await office.call(purse, EVENTS)
    await purse.flush()

    # The lease that ended was counted as spent: nobody could know.
    assert office.budget().used >= 10


async def test_without_a_store_nothing_is_sent(office: Office) -> None:
    office.store.close()

    with pytest.raises((StoreUnavailable, RuntimeError)):
        await office.purse().claim(5, EVENTS)


async def test_web_processes_share_the_places_of_their_slice(office: Office) -> None:
    await office.purse(WEB).claim(1, CARDS)
    await office.purse(WEB).claim(1, CARDS)
    third = asyncio.ensure_future(office.purse(WEB).claim(1, CARDS))
    while not third.done():
        await asyncio.wait({third}, timeout=0.02)
        office.clock.advance(office.clock.next_wake_s or 0)

    assert office.clock.monotonic_s() >= 5


async def test_five_calls_without_an_answer_open_the_breaker_for_all(office: Office) -> None:
    purse = office.purse()
    for _ in range(5):
        await purse.claim(1, EVENTS)
        await purse.failed(Unavailable("no answer"))

    with pytest.raises(RateLimited) as refused:
        await office.purse().claim(1, EVENTS)
    assert refused.value.code == "circuit_open"
    assert refused.value.retry_after_s == 30


async def test_an_answer_between_failures_keeps_it_closed(office: Office) -> None:
    purse = office.purse()
    for _ in range(4):
        await purse.failed(Unavailable("no answer"))
    await office.call(purse, EVENTS)
    await purse.failed(Unavailable("no answer"))

    await office.call(purse, EVENTS)


async def test_after_the_wait_one_call_tries_for_all_processes(office: Office) -> None:
    first, second = office.purse(), office.purse()
    for _ in range(5):
        await first.failed(Unavailable("no answer"))
    office.clock.advance(31)
    await first.claim(1, EVENTS)

    with pytest.raises(RateLimited) as refused:
        await second.claim(1, EVENTS)
    assert refused.value.code == "circuit_open"


async def test_an_answer_to_that_call_lets_all_go_on(office: Office) -> None:
    first, second = office.purse(), office.purse()
    for _ in range(5):
        await first.failed(Unavailable("no answer"))
    office.clock.advance(31)
    await office.call(first, EVENTS)
    await first.flush()

    await office.call(second, EVENTS)


async def test_a_header_does_not_know_of_what_others_spent_after_it_came(office: Office) -> None:
    first, second = office.purse(), office.purse()
    await office.call(first, EVENTS, told=True)
    await office.call(second, EVENTS)
    await second.flush()
    await first.flush()

    assert office.budget().left <= office.left


STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=2),
        st.sampled_from(Priority),
        st.sampled_from([1, 5, 20]),
        st.booleans(),
        st.sampled_from(["call", "call", "call", "call", "flush", "crash", "wait"]),
    ),
    min_size=20,
    max_size=120,
)


@pytest.fixture(scope="module")
def empty(migrated_sqlite: Path) -> Path:
    """A database of which every example has its own copy."""
    return migrated_sqlite


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(start=st.integers(min_value=0, max_value=PLAN), steps=STEPS)
def test_no_sequence_of_calls_takes_what_a_priority_has_to_leave(
    empty: Path, start: int, steps: list[tuple[int, Priority, int, bool, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dealwright.db"
        shutil.copy(empty, path)
        store = Store.open(f"sqlite:///{path}")
        connect(store)
        asyncio.run(play(Office(store=store, left=PLAN - start), start, steps))
        store.close()


async def play(
    office: Office, start: int, steps: list[tuple[int, Priority, int, bool, str]]
) -> None:
    """Let three processes call, crash and come again; look at both counts after each call."""
    with office.store.transaction() as db:
        book(db, 1, tokens=start, now_ms=to_ms(office.clock.now()))
    purses = [office.purse() for _ in range(3)]
    for number, priority, tokens, told, what in steps:
        if what == "crash":
            purses[number] = office.purse()
        elif what == "wait":
            office.clock.advance(6)
        elif what == "flush":
            await purses[number].flush()
        else:
            await one_call(office, purses[number], Cause("x", priority), (tokens, told))


async def one_call(office: Office, purse: Purse, cause: Cause, how: tuple[int, bool]) -> None:
    try:
        await office.call(purse, cause, tokens=how[0], told=how[1])
    except RateLimited:
        return
    budget = office.budget()
    assert office.left >= budget.floor(cause.priority)
    assert budget.left <= office.left
