"""Prober: asks an account that was not paid again, ever more seldom, and goes on once it is."""

from typing import Final

import structlog

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError, NotFound, StoreUnavailable, Unauthorized
from dealwright.pipeline.connecting import taken_up
from dealwright.pipeline.verdict import account_state
from dealwright.pipeline.visit import Visit
from dealwright.store.connections import Connection, connection, set_state
from dealwright.store.engine import Store
from dealwright.store.probes import PROBED, probed, take_probe

_log = structlog.get_logger(__name__)

#: How often it is looked whether one is due; asking has times of its own (store/probes.py).
LOOK_EVERY_S: Final = 30.0


class Prober:
    """Asks for all Connections that have been found unpaid; `run()` it beside a worker.

    Any number of workers may: each time one of them asks. It costs one call for the user.
    """

    def __init__(self, store: Store, *, clock: Clock, visit: Visit) -> None:
        self._store = store
        self._clock = clock
        self._visit = visit

    async def run(self) -> None:
        """Look again and again; ends by being cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                _log.warning("probe.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - it is tried again, and deliveries go on
                _log.exception("probe.defect")
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Ask for every account that is due; says how many go on."""
        return sum([await self._probe(one) for one in await self._store.read(probed)])

    async def _probe(self, one: Connection) -> bool:
        now_ms = self._now_ms()
        if not await self._store.write(lambda db: take_probe(db, one, now_ms=now_ms)):
            return False
        try:
            async with self._visit(one) as account:
                await account.me()
        except (Unauthorized, NotFound) as error:
            await self._refused(one, error)
            return False
        except StoreUnavailable:
            raise
        except DealwrightError as error:
            # No answer to the question; it is asked again at the next time.
            _log.info("probe.unanswered", connection_id=one.id, code=error.code)
            return False
        return await self._goes_on(one)

    async def _refused(self, one: Connection, error: DealwrightError) -> None:
        state = account_state(error.code)
        _log.info("probe.refused", connection_id=one.id, code=error.code)
        if state is None or state in PROBED:
            return
        # It is not the bill any more: a person has to do something else about it now.
        await self._store.write(lambda db: set_state(db, one.id, state=state, reason=str(error)))

    async def _goes_on(self, one: Connection) -> bool:
        now_ms = self._now_ms()
        released = await self._store.write(
            lambda db: (
                taken_up(db, one.id, now_ms=now_ms)
                if connection(db, one.id).state is one.state
                else None
            )
        )
        if released is None:
            return False
        _log.info(
            "connection.goes_on", connection_id=one.id, was=one.state.value, deliveries=released
        )
        return True

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())
