"""The window of two seconds: a worker and those who serve people together never overrun it."""

import asyncio
from dataclasses import dataclass, field

import pytest
from tests.clock import ManualClock
from tests.hub import TOKEN, new_sandbox

from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive import operations
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipeline.budget import DRAIN, WEB, Purse, Style
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.options import Limits
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store

PLANS = ["lite", "growth", "premium", "ultimate"]
URL = "https://acme.pipedrive.com"
READ = operations.read_record(RecordKind.PERSON, 1)


@dataclass(kw_only=True)
class Office:
    """One account with its burst limit, and processes of one hub that ask it."""

    store: Store
    plan: str
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        burst = Limits(burst=True, search_burst=False, daily=False)
        self.sandbox: Sandbox = new_sandbox(self.clock, plan=self.plan, limits=burst)
        self.sandbox.put_state({"persons": [{"name": "Ada"}]})
        new = NewConnection(name="acme", base_url=URL, plan=self.plan, seats=5)
        with self.store.transaction() as db:
            create_connection(db, new, now_ms=0)

    def process(self, style: Style) -> Client:
        gate = Gate.for_plan(self.clock, plan(self.plan))
        purse = Purse(
            self.store,
            connection_id=1,
            clock=self.clock,
            gate=gate,
            plan_tokens=daily_tokens(plan(self.plan), 5),
            style=style,
        )
        client = Client(
            sender=AsgiSender(self.sandbox, URL, Secret(TOKEN)),
            clock=self.clock,
            gate=gate,
            purpose="x",
            on_call=_nobody_listens,
        ).within(purse)
        priority = Priority.NORMAL if style is DRAIN else Priority.CARD
        return client.for_purpose("x", _nobody_listens, priority=priority)

    async def pass_time(self, seconds: float) -> None:
        """Let everybody do what they can, for so long."""
        end_s = self.clock.monotonic_s() + seconds
        while self.clock.monotonic_s() < end_s:
            await asyncio.sleep(0.005)
            wait_s = self.clock.next_wake_s
            left_s = end_s - self.clock.monotonic_s()
            self.clock.advance(min(left_s, 0.05 if wait_s is None else max(wait_s, 0.001)))

    @property
    def refused(self) -> int:
        """How often the account said that it was too much."""
        return sum(call.status == 429 for call in self.sandbox.calls)

    def answered(self, since: int = 0) -> int:
        return sum(call.status == 200 for call in self.sandbox.calls[since:])


@pytest.fixture(params=PLANS)
def office(sqlite_store: Store, request: pytest.FixtureRequest) -> Office:
    return Office(store=sqlite_store, plan=request.param)


def _nobody_listens(_: CallRecord) -> None: ...


async def ask_on(client: Client) -> None:
    while True:
        await client.perform(READ, object)


class Busy:
    """Processes that ask as fast as they may, until the block ends."""

    def __init__(self, *clients: Client, lanes: int = 32) -> None:
        self._clients, self._lanes = clients, lanes

    async def __aenter__(self) -> None:
        self._tasks = [
            asyncio.create_task(ask_on(one)) for one in self._clients for _ in range(self._lanes)
        ]

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_a_worker_alone_takes_nine_tenths_or_all_but_four(office: Office) -> None:
    async with Busy(office.process(DRAIN)):
        await office.pass_time(20)
        before = len(office.sandbox.calls)
        await office.pass_time(10)

    window = plan(office.plan).burst
    assert (office.refused, office.answered(before)) == (0, min(window * 9 // 10, window - 4) * 5)


async def test_people_who_come_to_a_busy_worker_overrun_nothing(office: Office) -> None:
    async with Busy(office.process(DRAIN)):
        await office.pass_time(20)
        async with Busy(office.process(WEB), lanes=8):
            await office.pass_time(20)

    assert office.refused == 0


async def test_a_worker_that_comes_to_busy_people_overruns_nothing(office: Office) -> None:
    async with Busy(office.process(WEB), office.process(WEB), lanes=8):
        await office.pass_time(20)
        async with Busy(office.process(DRAIN)):
            await office.pass_time(20)

    assert office.refused == 0


async def test_coming_and_going_overruns_nothing(office: Office) -> None:
    drain, web = office.process(DRAIN), [office.process(WEB) for _ in range(3)]
    for number in range(6):
        async with Busy(drain):
            await office.pass_time(2.5 + number / 3)
            async with Busy(web[number % 3], web[(number + 1) % 3], lanes=8):
                await office.pass_time(3.1)
        async with Busy(web[number % 3], lanes=8):
            await office.pass_time(1.7)

    assert office.refused == 0


async def test_people_have_their_places_beside_a_busy_worker(office: Office) -> None:
    async with Busy(office.process(DRAIN)):
        await office.pass_time(20)
        web = office.process(WEB)
        begun_s = office.clock.monotonic_s()
        opened = asyncio.gather(*(web.perform(READ, object) for _ in range(4)))
        while not opened.done():
            await office.pass_time(0.1)

    assert office.clock.monotonic_s() - begun_s <= 4.2
