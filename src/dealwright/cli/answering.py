"""Waiting for a process of ours until it answers."""

from collections.abc import Callable

import aiohttp

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError

#: How long a process may take until it answers; machines that are busy take long.
START_S = 60.0
LOOK_AGAIN_S = 0.1


class NotAnswering(DealwrightError):
    """A process that was started does not answer."""

    code = "not_answering"


def _alive() -> bool:
    return True


async def until_it_answers(url: str, clock: Clock, *, alive: Callable[[], bool] = _alive) -> None:
    """Return once a GET is answered with 200.

    Raises NotAnswering when that takes longer than a minute, or `alive` says that it never will.
    """
    deadline_s = clock.monotonic_s() + START_S
    async with aiohttp.ClientSession() as session:
        while not await _answers(session, url):
            if not alive() or clock.monotonic_s() > deadline_s:
                raise NotAnswering(f"{url} does not answer.")
            await clock.sleep(LOOK_AGAIN_S)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
