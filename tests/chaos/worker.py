"""A worker as a process of its own, its waits scaled to a day that lasts a minute.

`python -m tests.chaos.worker DATA_FOLDER`; the database is the one that the settings name.
"""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from dealwright import app
from dealwright.parts import open_store
from dealwright.pipedrive.sender import AiohttpSender, Timeouts
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.pace import Pace
from dealwright.settings import load_settings

PACE = Pace(
    retries=(timedelta(seconds=0.3),) * 1000,
    settle_s=1.0,
    outage_s=0.3,
    fresh_s=5.0,
    trust_s=20.0,
    reconcile_s=20.0,
    poll_s=0.05,
    slice_s=2.0,
    lease_s=3.0,
)


#: Who says nothing for so long says nothing.
PATIENCE = Timeouts(total_s=1.5, connect_s=1.5)


async def work(data: Path) -> None:
    """Drain until killed."""
    settings = load_settings(data=data)
    store = open_store(settings)
    # Patience is no setting: nobody has to decide it but here, where a day lasts a minute.
    app.AiohttpSender = partial(AiohttpSender, timeouts=PATIENCE)  # type: ignore[misc,assignment]
    await app.build_worker(settings, store, SystemClock(), pace=PACE).run()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
