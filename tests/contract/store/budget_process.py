"""A process that spends of a Connection's day until it is refused.

`python -m tests.contract.store.budget_process URL PLAN_TOKENS PAUSE_S` prints the price of every
call when it is sent, and at the end the code of the refusal.
"""

import asyncio
import sys

import structlog

from dealwright.core.delivery import Call
from dealwright.core.errors import RateLimited
from dealwright.pipedrive.allowance import Cause
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.gate import Gate
from dealwright.pipeline.budget import Purse
from dealwright.pipeline.clock import SystemClock
from dealwright.store.engine import Store

EVENTS = Cause("events")
TOKENS = 5


async def main(url: str, plan_tokens: int, pause_s: float) -> None:
    """Spend with four lanes at once."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    clock = SystemClock()
    gate = Gate(clock, burst=1_000)
    store = Store.open(url)
    purse = Purse(store, connection_id=1, clock=clock, gate=gate, plan_tokens=plan_tokens)

    async def lane() -> str:
        while True:
            try:
                await purse.claim(TOKENS, EVENTS)
            except RateLimited as error:
                return error.code
            mark = purse.mark()
            sys.stdout.write(f"{TOKENS}\n")
            sys.stdout.flush()
            await clock.sleep(pause_s)
            call = Call(method="GET", path="/", status=200, tokens=TOKENS, duration_ms=1)
            record = CallRecord(call, "events", clock.now(), None)
            purse.charge(record, claimed=TOKENS, mark=mark)

    codes = await asyncio.gather(*(lane() for _ in range(4)))
    await purse.flush()
    store.close()
    sys.stdout.write(f"{codes[0]}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
