"""Notice: word of what happens to Deliveries, for logs, counters and whoever listens."""

from collections.abc import Callable
from typing import NamedTuple

import structlog

from dealwright.core.delivery import State

_log = structlog.get_logger("dealwright.pipeline")


class Notice(NamedTuple):
    """Deliveries of one Connection have come into a state; no payload, no secret."""

    connection_id: int
    delivery_ids: tuple[int, ...]
    state: State
    code: str
    message: str


#: Called in the event loop; must neither block nor raise.
Listener = Callable[[Notice], None]


def log_notice(notice: Notice) -> None:
    """Write one line for each try that is over."""
    if notice.state is State.SENDING:
        return
    level = _log.warning if notice.state in {State.FAILED, State.HELD} else _log.info
    level(
        f"delivery.{notice.state}",
        connection_id=notice.connection_id,
        delivery_ids=notice.delivery_ids,
        code=notice.code,
        reason=notice.message,
    )
