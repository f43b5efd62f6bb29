"""All families of `/metrics`, as a scraper of every process sees them."""

import re
from typing import NamedTuple

from tests.clock import ManualClock

from dealwright.core.clock import to_ms
from dealwright.pipeline.cardmeter import CardMeter
from dealwright.pipeline.figures import Figures
from dealwright.pipeline.meter import DoorMeter, WorkMeter
from dealwright.web.metrics import Metrics


class Family(NamedTuple):
    """A family by its name, and what it says that it is."""

    name: str
    kind: str
    text: str


async def families() -> list[Family]:
    """Those of ours; what Prometheus' own library tells of a process is not among them."""
    clock = ManualClock()

    async def look() -> Figures:
        return Figures(at_ms=to_ms(clock.now()), end_of_log=0, sources=[], connections=[])

    counted = [DoorMeter(clock).registry, WorkMeter(clock).registry, CardMeter().registry]
    page = (await Metrics(clock=clock, look=look, counted=counted).text()).decode()
    texts = dict(re.findall(r"^# HELP (dealwright_\w+) (.*)$", page, re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (dealwright_\w+) (.*)$", page, re.MULTILINE))
    return [Family(name, kinds[name], texts[name]) for name in texts if _is_own(name)]


def _is_own(name: str) -> bool:
    # The moment at which each counter began is told beside it.
    return not name.endswith("_created")
