"""One row for all processes: what they lease at once never adds up to more than there is."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.core.breaker import Breaker
from dealwright.core.budget import DAY_MS, Budget, Exhausted, Refusal, Told
from dealwright.core.clock import to_ms
from dealwright.core.priority import Priority
from dealwright.pipeline.clock import SystemClock
from dealwright.store.breaker import breaker, close_breaker, open_breaker, take_probe
from dealwright.store.budget import Ask, Grant, Side, Terms, book, budget_of, set_terms, settle
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store
from dealwright.store.ledger import Entry, entries_since
from dealwright.store.tables import connections

ROOT = Path(__file__).parents[3]
NOON_MS = 20_000 * DAY_MS + DAY_MS // 2
PLAN = 10_000
TTL_MS = 15_000


@pytest.fixture(autouse=True)
def connection(store: Store) -> None:
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="lite", seats=1)
    with store.transaction() as db:
        create_connection(db, new, now_ms=0)


def ask(holder: str = "a", **others: Any) -> Ask:
    usual = {"side": Side.DRAIN, "plan_tokens": PLAN, "ttl_ms": TTL_MS, "priority": Priority.CARD}
    return Ask(holder=holder, **{**usual, **others})


def settled(store: Store, wish: Ask, *, now_ms: int = NOON_MS) -> Grant:
    with store.transaction() as db:
        return settle(db, 1, ask=wish, now_ms=now_ms)


def seen(store: Store, *, now_ms: int = NOON_MS) -> Budget:
    with store.snapshot() as db:
        return budget_of(db, 1, plan_tokens=PLAN, now_ms=now_ms)[0]


def test_what_is_leased_is_no_longer_left(store: Store) -> None:
    granted = settled(store, ask(need=5, want=100))

    assert (granted.tokens, granted.refusal) == (100, None)
    assert (seen(store).leased, seen(store).left) == (100, 9_900)


def test_what_is_reported_moves_from_the_lease_to_what_was_used(store: Store) -> None:
    settled(store, ask(need=5, want=100))
    settled(store, ask(spent=60, kept=40))

    assert (seen(store).used, seen(store).leased) == (60, 40)


def test_what_is_given_back_is_left_again(store: Store) -> None:
    settled(store, ask(need=5, want=100))
    settled(store, ask(spent=60))

    assert (seen(store).used, seen(store).leased, seen(store).left) == (60, 0, 9_940)


def test_the_lease_of_a_process_that_died_counts_as_spent(store: Store) -> None:
    settled(store, ask("dead", need=5, want=100))
    later_ms = NOON_MS + TTL_MS
    settled(store, ask("b", need=5, want=5), now_ms=later_ms)

    assert (seen(store, now_ms=later_ms).used, seen(store, now_ms=later_ms).leased) == (100, 5)


def test_a_header_absolves_the_lease_of_a_process_that_died(store: Store) -> None:
    settled(store, ask("dead", need=5, want=100))
    told = Told(limit=PLAN, remaining=9_995, at_ms=NOON_MS + TTL_MS)
    settled(store, ask("b", told=told), now_ms=NOON_MS + TTL_MS)

    assert seen(store, now_ms=NOON_MS + TTL_MS).left == 9_995


def test_who_comes_back_after_its_lease_has_ended_is_not_counted_twice(store: Store) -> None:
    settled(store, ask(need=5, want=100))
    settled(store, ask(spent=60), now_ms=NOON_MS + TTL_MS)

    assert seen(store, now_ms=NOON_MS + TTL_MS).used == 100


def test_nobody_gets_what_is_to_be_left(store: Store) -> None:
    settled(store, ask("a", need=5, want=5, spent=0))
    with store.transaction() as db:
        book(db, 1, tokens=7_490, now_ms=NOON_MS)
    refused = settled(store, ask("b", need=10, priority=Priority.NORMAL))

    assert (refused.tokens, refused.refusal) == (0, Refusal.RESERVED)
    assert refused.again_ms == 20_001 * DAY_MS


def other_connection(store: Store, *, company_id: int) -> int:
    new = NewConnection(
        name="other",
        base_url="https://acme.pipedrive.com",
        plan="lite",
        seats=1,
        company_id=company_id,
    )
    with store.transaction() as db:
        db.execute(sa.update(connections).where(connections.c.id == 1).values(company_id=7))
        return create_connection(db, new, now_ms=0).id


def test_connections_to_one_company_spend_from_one_day(store: Store) -> None:
    other = other_connection(store, company_id=7)
    settled(store, ask(need=5, want=100, spent=30))
    with store.transaction() as db:
        settle(db, other, ask=ask("b", need=5, want=50, spent=20), now_ms=NOON_MS)
        book(db, other, tokens=3, now_ms=NOON_MS)

    assert (seen(store).used, seen(store).leased) == (53, 150)


def test_another_company_has_a_day_of_its_own(store: Store) -> None:
    other = other_connection(store, company_id=8)
    with store.transaction() as db:
        settle(db, other, ask=ask("b", need=5, want=50, spent=20), now_ms=NOON_MS)

    assert (seen(store).used, seen(store).leased) == (0, 0)


def test_a_token_has_a_window_of_its_own_in_the_company(store: Store) -> None:
    other = other_connection(store, company_id=7)
    web = {"side": Side.WEB, "slice": 2, "need": 1, "want": 30}
    granted = settled(store, ask("a", burst=20, **web))
    with store.transaction() as db:
        second = settle(db, other, ask=ask("b", **web), now_ms=NOON_MS)

    assert (granted.slots, second.slots, second.burst) == (2, 2, None)


def test_a_reserve_and_a_top_up_are_what_a_person_says(store: Store) -> None:
    with store.transaction() as db:
        set_terms(db, 1, now_ms=NOON_MS, reserve_percent=30, extra_tokens=5_000)
    with store.snapshot() as db:
        budget, terms = budget_of(db, 1, plan_tokens=PLAN, now_ms=NOON_MS)

    assert terms == Terms(reserve_percent=30, extra_tokens=5_000)
    assert (budget.limit, budget.floor(Priority.HIGH)) == (15_000, 4_500)


def test_a_day_that_is_spent_is_spent_for_every_process(store: Store) -> None:
    settled(store, ask("a", exhausted=Exhausted(NOON_MS + 600_000)))
    refused = settled(store, ask("b", need=1))

    assert refused.refusal is Refusal.SPENT
    assert refused.again_ms == NOON_MS + 600_000


def test_processes_that_serve_people_share_a_slice_of_the_window(store: Store) -> None:
    web = {"side": Side.WEB, "slice": 8, "narrow": 4, "need": 1, "want": 30}
    granted = [settled(store, ask(name, **web)).slots for name in ("a", "b", "c")]

    assert granted == [6, 2, 0]


def test_beside_a_drain_that_works_the_slice_is_narrow(store: Store) -> None:
    settled(store, ask("drain", need=1, want=1))
    web = {"side": Side.WEB, "slice": 8, "narrow": 4, "need": 1, "want": 30}
    granted = [settled(store, ask(name, **web)).slots for name in ("a", "b", "c")]

    assert granted == [3, 1, 0]


def test_a_drain_is_told_what_others_of_the_hub_may_send(store: Store) -> None:
    web = {"side": Side.WEB, "slice": 8, "narrow": 4, "need": 1, "want": 30}
    for name in ("a", "b"):
        settled(store, ask(name, **web))

    assert settled(store, ask("drain", need=1, want=1)).beside == 8


def test_what_was_sent_counts_for_as_long_as_pipedrive_counts_it(store: Store) -> None:
    settled(store, ask("web", side=Side.WEB, slice=6, need=1, want=1))
    settled(store, ask("web", side=Side.WEB, standing=5))
    beside = [
        settled(store, ask("drain", need=1, want=1), now_ms=NOON_MS + later_ms).beside
        for later_ms in (0, 1_999, 2_000)
    ]

    assert beside == [5, 5, 0]


def test_what_one_process_learned_of_the_window_the_next_one_knows(store: Store) -> None:
    settled(store, ask("a", burst=40))

    assert settled(store, ask("b")).burst == 40


def test_the_ledger_is_written_with_the_report(store: Store) -> None:
    line = Entry("2024-10-04", 12, "events", 3, 25, 2)
    settled(store, ask(entries=(line,)))
    settled(store, ask(entries=(line,)))

    with store.snapshot() as db:
        assert entries_since(db, 1, day="2024-10-04") == [line._replace(tokens=50, calls=4)]


def test_threads_that_lease_at_once_get_no_more_than_there_is(store: Store) -> None:
    def greedy(number: int) -> int:
        wish = ask(str(number), need=10, want=900, priority=Priority.NORMAL)
        return sum(settled(store, wish).tokens for _ in range(8))

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(greedy, range(8)))

    # Every one asks as if it had kept nothing: only the last lease of each is still counted.
    assert seen(store).left >= 2_500
    assert min(got) > 0


def spending(url: str, pause_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.store.budget_process", url, "3000"]
    return subprocess.Popen([*command, str(pause_s)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.process
def test_processes_that_spend_at_once_leave_the_reserve(store: Store, url: str) -> None:
    processes = [spending(url, 0.0) for _ in range(3)]
    said = [process.communicate(timeout=60)[0].split() for process in processes]

    spent = sum(int(word) for words in said for word in words[:-1])
    assert 2_000 < spent <= 2_250
    assert {words[-1] for words in said} == {"budget_reserved"}
    assert seen(store, now_ms=to_ms(SystemClock().now())).used == spent


@pytest.mark.process
def test_what_a_killed_process_has_spent_is_in_the_row(store: Store, url: str) -> None:
    process = spending(url, 0.01)
    assert process.stdout is not None
    words = [process.stdout.readline() for _ in range(60)]
    process.kill()
    words += process.communicate(timeout=60)[0].split()

    now_ms = to_ms(SystemClock().now())
    soon, later = seen(store, now_ms=now_ms), seen(store, now_ms=now_ms + 20_000)
    assert soon.used + soon.leased >= 5 * len(words)
    assert later.used >= 5 * len(words)


class TestBreaker:
    def test_without_a_failure_it_is_closed(self, store: Store) -> None:
        with store.snapshot() as db:
            assert breaker(db, 1).closed

    def test_one_process_opens_it_for_all(self, store: Store) -> None:
        found = Breaker(2, "abuse_blocked", NOON_MS + 600_000)
        with store.transaction() as db:
            open_breaker(db, 1, found=found, now_ms=NOON_MS)

        assert settled(store, ask("other")).breaker == found

    def test_nobody_tries_before_its_time(self, store: Store) -> None:
        with store.transaction() as db:
            opened(db)
            assert not take_probe(db, 1, now_ms=NOON_MS + 29_999)

    def test_one_of_many_tries_again(self, store: Store) -> None:
        with store.transaction() as db:
            opened(db)
            tries = [take_probe(db, 1, now_ms=NOON_MS + 30_000) for _ in range(3)]

        assert tries == [True, False, False]

    def test_a_try_that_was_never_ended_is_taken_up_by_another(self, store: Store) -> None:
        with store.transaction() as db:
            opened(db)
            take_probe(db, 1, now_ms=NOON_MS + 30_000)
            assert take_probe(db, 1, now_ms=NOON_MS + 90_000)

    def test_an_answer_closes_it(self, store: Store) -> None:
        with store.transaction() as db:
            opened(db)
            close_breaker(db, 1)
            assert breaker(db, 1) == Breaker()


def opened(db: sa.Connection) -> None:
    found = Breaker(1, "unavailable", NOON_MS + 30_000)
    open_breaker(db, 1, found=found, now_ms=NOON_MS)


def test_the_reset_that_was_learned_is_known_after_a_restart_and_on_the_days_to_come(
    store: Store, url: str
) -> None:
    midnight_in_new_york_ms = NOON_MS + 17 * 3_600_000
    settled(store, ask("a", exhausted=Exhausted(midnight_in_new_york_ms + 400)))
    store.close()
    again = Store.open(url)
    resets = [
        seen(again, now_ms=midnight_in_new_york_ms + days * DAY_MS - 1).resets_at_ms
        for days in range(4)
    ]
    again.close()

    assert resets == [midnight_in_new_york_ms + days * DAY_MS for days in range(4)]
