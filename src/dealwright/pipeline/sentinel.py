"""Sentinel: looks now and then whether something has drifted or gone wrong, and has it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
import structlog

from dealwright.core.action import Action
from dealwright.core.catalogue import FIELD_LISTS, OFFERS, AccountList
from dealwright.core.clock import Clock, to_ms
from dealwright.core.drift import WATCHED
from dealwright.core.driftuses import Subject, SubjectKind
from dealwright.core.errors import DealwrightError, StoreUnavailable, Unauthorized
from dealwright.core.record import RecordKind
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.alerts import Alerting
from dealwright.pipeline.drift import Actions, notice, subjects
from dealwright.pipeline.verdict import account_state
from dealwright.pipeline.visit import Visit
from dealwright.store.catalogue import moments
from dealwright.store.connections import Connection, list_connections, set_state
from dealwright.store.delivery_list import hold_open
from dealwright.store.engine import Store
from dealwright.store.mappings import mapping
from dealwright.store.notify import EVERY, notify

_log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 60.0
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinel:
    """Looks after all Connections; `run()` it beside a worker.

    Lists that somebody depends on are asked for when they are `every_hours` old; 0: never, and only
    what is told for other reasons is compared. Any number of workers may run one.
    """

    store: Store
    clock: Clock
    visit: Visit
    actions: Actions
    alerting: Alerting
    every_hours: int = 24

    async def run(self) -> None:
        """Look again and again; ends by being cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                _log.warning("sentinel.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - it is tried again, and deliveries go on
                _log.exception("sentinel.defect")
            await self.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Ask what is to be asked, compare what was told, and say what came of it."""
        for one in await self.store.read(list_connections):
            if one.in_use and self.every_hours:
                await self._ask(one)
            await self._notice(one)
        await self.alerting.look()
        await self.alerting.send_due()

    async def _ask(self, one: Connection) -> None:
        now_ms = to_ms(self.clock.now())
        old_ms = now_ms - self.every_hours * HOUR_MS
        wanted = await self.store.read(lambda db: _wanted(db, one, self.actions, old_ms=old_ms))
        if not wanted:
            return
        book = AccountBook(self.store, connection_id=one.id, clock=self.clock)
        try:
            async with self.visit(one) as records:
                await book.refresh(wanted, records)
        except Unauthorized as error:
            await self._refused(one, error)
        except StoreUnavailable:
            raise
        except DealwrightError as error:
            # The budget has nothing left, or nobody answers: it is asked at the next look.
            _log.info("drift.unanswered", connection_id=one.id, code=error.code)

    async def _refused(self, one: Connection, error: Unauthorized) -> None:
        """The token is not what it was: as when a Delivery finds that out."""
        state, now_ms = account_state(error.code), to_ms(self.clock.now())
        _log.warning("drift.refused", connection_id=one.id, code=error.code)
        if state is None:
            return

        def close(db: sa.Connection) -> None:
            set_state(db, one.id, state=state, reason=str(error))
            hold_open(db, one.id, code=error.code, message=str(error), now_ms=now_ms)

        await self.store.write(close)

    async def _notice(self, one: Connection) -> None:
        now_ms = to_ms(self.clock.now())

        def look(db: sa.Connection) -> int:
            found = notice(db, one.id, actions=self.actions, now_ms=now_ms)
            if found.released:
                notify(db, EVERY)
            return found.new

        if new := await self.store.write(look):
            _log.warning("drift.noticed", connection_id=one.id, drifts=new)


def _wanted(
    db: sa.Connection, one: Connection, actions: Mapping[str, Action], *, old_ms: int
) -> list[AccountList]:
    """Lists that somebody names something of, and that are older than that or were never told."""
    at = moments(db, one.id)
    needed: set[AccountList] = set()
    for subject in subjects(db, one, actions):
        needed |= _named(subject, _action(db, subject, actions))
    return [name for name in WATCHED if name in needed and at.get(name, 0) < old_ms]


def _action(db: sa.Connection, subject: Subject, actions: Mapping[str, Action]) -> Action | None:
    if subject.kind is not SubjectKind.MAPPING:
        return None
    return actions.get(mapping(db, subject.id).action)


def _named(subject: Subject, action: Action | None) -> set[AccountList]:
    """Lists that something may be named of; what an event says is no name."""
    body = subject.body
    match subject.kind:
        case SubjectKind.MAPPING if action is not None:
            return _of_mapping(body, action)
        case SubjectKind.SOURCE:
            chosen = {AccountList.STAGES: "deal_stages", AccountList.PIPELINES: "deal_pipelines"}
            types = body.get("activities", {}).get("enabled", True)
            return {name for name, key in chosen.items() if body.get(key)} | (
                {AccountList.ACTIVITY_TYPES} if types else set()
            )
        case _:
            named = cast("Mapping[str, str]", body.get("external_id_fields", {}))
            return {FIELD_LISTS[RecordKind(kind)] for kind in named}


def _of_mapping(fields: Mapping[str, Any], action: Action) -> set[AccountList]:
    needed = {
        name
        for entry in action.fields
        if entry.dynamic and _is_said(fields.get(entry.key))
        for name in OFFERS[entry.dynamic].lists
    }
    if isinstance(fields.get("custom_fields"), Mapping) and action.kind in FIELD_LISTS:
        needed.add(FIELD_LISTS[action.kind])
    return needed


def _is_said(value: object) -> bool:
    """Whether a directive says anything but where in the event to look."""
    return value not in (None, "", [], {}) and not (
        isinstance(value, Mapping) and list(cast("Mapping[str, object]", value)) == ["@path"]
    )
