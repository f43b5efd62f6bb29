"""A worker as a process of its own, with waits as short as a test wants them.

`python -m tests.journeys.worker_process DATA_FOLDER`
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from dealwright.app import build_worker
from dealwright.parts import open_store
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.pace import Pace
from dealwright.settings import load_settings

PACE = Pace(
    retries=(timedelta(seconds=0.2),) * 50, settle_s=0.5, outage_s=0.2, poll_s=0.02, lanes=4
)


async def work(data: Path) -> None:
    """Drain until killed."""
    settings = load_settings(data=data)
    store = open_store(settings)
    await build_worker(settings, store, SystemClock(), pace=PACE).run()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
