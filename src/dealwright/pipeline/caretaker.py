"""Caretaker: looks after accounts that nobody works for at the moment.

Grants that nobody uses are renewed, so that they do not end for want of use; accounts that were not
paid are asked again.
"""

import asyncio
from typing import Final

import sqlalchemy as sa
import structlog

from dealwright.core.errors import DealwrightError, StoreUnavailable
from dealwright.pipedrive.credentials import OAuth, unpacked
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.prober import Prober
from dealwright.pipeline.visit import visits
from dealwright.store.connections import (
    Auth,
    Connection,
    ConnectionState,
    credentials,
    list_connections,
)

_log = structlog.get_logger(__name__)

#: A refresh token ends when it was not used for 60 days.
IDLE_MS: Final = 7 * 86_400_000

_LOOK_EVERY_S: Final = 6 * 3600.0


class Caretaker:
    """Looks after the grants of all Connections; `run()` it beside a worker."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        visit = visits(keyring.store, keyring.clock, dial=dialler(keyring))
        self._prober = Prober(keyring.store, clock=keyring.clock, visit=visit)

    async def run(self) -> None:
        """Look again and again; ends by being cancelled."""
        await asyncio.gather(self._renew(), self._prober.run())

    async def _renew(self) -> None:
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                _log.warning("oauth.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - it is tried again, and deliveries go on
                _log.exception("oauth.not_looked_after")
            await self._keyring.clock.sleep(_LOOK_EVERY_S)

    async def look(self) -> int:
        """Renew every token that expired a week ago or longer; says how many."""
        renewed = 0
        for found, sealed in await self._keyring.store.read(_of_oauth):
            try:
                if self._is_idle(sealed):
                    await self._keyring.badge(found, sealed).proof()
                    renewed += 1
            except StoreUnavailable:
                raise
            except DealwrightError as error:
                # What has ended is found by use, and told then.
                _log.warning("oauth.not_renewed", connection_id=found.id, code=error.code)
        return renewed

    def _is_idle(self, sealed: bytes) -> bool:
        match unpacked(self._keyring.vault.open(sealed)):
            case OAuth(expires_at_ms=expires_at_ms):
                return self._keyring.now_ms() - expires_at_ms > IDLE_MS
            case _:
                return False


def _of_oauth(db: sa.Connection) -> list[tuple[Connection, bytes]]:
    return [
        (one, credentials(db, one.id))
        for one in list_connections(db)
        if one.auth is Auth.OAUTH and one.state is ConnectionState.OK
    ]
