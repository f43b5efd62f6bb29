"""Hearing: what a message of Pipedrive changes in what we know, in one transaction.

Messages come late, twice, in any order, or never. So the newer state wins, whoever tells it; a
message that is not surely the whole record, or not surely newer, makes the record one to be read
by its id (1 token) before it decides anything; and no message ever proves that somebody is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS, AccountList
from dealwright.core.clock import Clock, to_ms
from dealwright.core.event import moment_ms
from dealwright.core.record import RECORD_TYPES, Record, RecordId, RecordKind
from dealwright.core.webhook import Heard, Told, record_of
from dealwright.pipeline.mirrored import row_of
from dealwright.pipeline.touching import note_touch
from dealwright.pipeline.twins import tell_twins
from dealwright.store.catalogue import forget
from dealwright.store.connections import Connection, connection
from dealwright.store.engine import Store
from dealwright.store.merges import merged
from dealwright.store.mirror import (
    Mirrored,
    MirrorRow,
    doubt,
    put_records,
    records,
    state,
)
from dealwright.store.webhooks import HookDoor, doubt_all, first_time, heard, hook_door


class Outcome(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    REPEATED = "repeated"
    OURS = "ours"
    OLD = "old"
    DOUBTED = "doubted"
    IGNORED = "ignored"


class Hearing:
    """The store's side of the door."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._open = False

    async def open(self) -> None:
        """Say that the door was closed until now: what was told meanwhile may be lost."""
        now_ms = to_ms(self._clock.now())
        await self._store.write(lambda db: doubt_all(db, now_ms=now_ms))
        self._open = True

    async def whose(self, path_hash: str) -> HookDoor | None:
        """Whose messages come in under a path; raises StoreUnavailable."""
        if not self._open:
            await self.open()
        return await self._store.read(lambda db: hook_door(db, path_hash))

    async def hear(self, connection_id: int, told: Told) -> str:
        """Take a message in; when this returns it is durable. Raises StoreUnavailable."""
        now_ms = to_ms(self._clock.now())
        return await self._store.write(lambda db: hear(db, connection_id, told, now_ms=now_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A message about one record."""

    found: Connection
    kind: RecordKind
    record_id: RecordId
    told: Told
    now_ms: int


def hear(db: sa.Connection, connection_id: int, told: Told, *, now_ms: int) -> Outcome:
    """Take one message in."""
    heard(db, connection_id, now_ms=now_ms)
    message_id = told.meta.id
    if message_id and not first_time(db, connection_id, message_id=message_id, now_ms=now_ms):
        return Outcome.REPEATED
    if told.kind is None:
        return _refresh(db, connection_id, told)
    if told.record_id is None:
        return Outcome.IGNORED
    case = _Case(
        found=connection(db, connection_id),
        kind=told.kind,
        record_id=told.record_id,
        told=told,
        now_ms=now_ms,
    )
    return _bury(db, case) if told.meta.action == "delete" else _take(db, case)


# -- records


def _take(db: sa.Connection, case: _Case) -> Outcome:
    lost = case.told.merged_from
    if lost is not None:
        _follow(db, case, lost=lost, into=case.record_id)
    news = None if case.told.data is None else record_of(case.kind, case.told.data)
    record = None if news is None else news.record
    note_touch(db, case.found, case.told, kind=case.kind, record_id=case.record_id, record=record)
    if case.kind not in state(db, case.found.id):
        return Outcome.IGNORED
    if news is None or news.record.id != case.record_id:
        return _doubt(db, case)
    updated_at_ms = moment_ms(news.record.update_time) or case.told.at_ms
    known = _known(db, case)
    if known is not None and updated_at_ms <= known.updated_at_ms:
        if known.deleted or updated_at_ms < known.updated_at_ms - known.updated_at_ms % 1000:
            return Outcome.OLD
        return _at_once(db, case, news, known)
    _put(db, case, news, known=known, updated_at_ms=updated_at_ms)
    return Outcome.APPLIED


def _put(
    db: sa.Connection, case: _Case, news: Heard, *, known: Mirrored | None, updated_at_ms: int
) -> None:
    row = row_of(
        news.record,
        case.kind,
        # It is as old as the event, however late it came.
        checked_at_ms=min(case.told.at_ms or case.now_ms, case.now_ms),
        exact=news.faithful,
        region=case.found.defaults.region,
    )
    row = row._replace(updated_at_ms=updated_at_ms)
    put_records(db, case.found.id, [row])
    if known is None:
        tell_twins(db, case.found.id, [row])


def _at_once(db: sa.Connection, case: _Case, news: Heard, known: Mirrored) -> Outcome:
    """A message of the very second of what is known: Pipedrive counts no fractions of it."""
    if case.told.by_api(case.found.user_id):
        return Outcome.OURS
    if known.exact and _same(known, news.record):
        return Outcome.OLD
    # As a hint, so that the record is found by what was told, whichever of the two is the newer.
    hint = news._replace(faithful=False)
    _put(db, case, hint, known=known, updated_at_ms=known.updated_at_ms + 1)
    return Outcome.DOUBTED


def _same(known: Mirrored, told: Record) -> bool:
    held = msgspec.json.decode(known.body, type=RECORD_TYPES[known.kind])
    return _filled(held) == _filled(told)


def _filled(record: Record) -> dict[str, Any]:
    """A record without what is empty: a field that is null is a field that is not named."""
    values: dict[str, Any] = msgspec.to_builtins(record)
    custom = values.get("custom_fields", {})
    values["custom_fields"] = {key: value for key, value in custom.items() if value is not None}
    return values


def _bury(db: sa.Connection, case: _Case) -> Outcome:
    told = case.told
    if told.merged_into is not None:
        _follow(db, case, lost=case.record_id, into=told.merged_into)
    if case.kind not in state(db, case.found.id):
        return Outcome.IGNORED
    known = _known(db, case)
    if known is not None and known.updated_at_ms > max(told.at_ms, 1):
        # It has come back since, or our clock of it is wrong: whoever needs it looks.
        return _doubt(db, case)
    # With the time of the deletion, so that no change of before brings it back.
    grave = MirrorRow(
        case.kind,
        case.record_id,
        updated_at_ms=told.at_ms,
        checked_at_ms=case.now_ms,
        exact=True,
        deleted=True,
        body=b"",
    )
    put_records(db, case.found.id, [grave])
    return Outcome.APPLIED


def _follow(db: sa.Connection, case: _Case, *, lost: RecordId, into: RecordId) -> None:
    # A merge is told twice, of either record; each telling is enough, for the other may be lost.
    merged(db, case.found.id, case.kind, lost=lost, into=into, at_ms=case.now_ms)


def _doubt(db: sa.Connection, case: _Case) -> Outcome:
    doubt(db, case.found.id, case.kind, record_ids=[case.record_id])
    return Outcome.DOUBTED


def _known(db: sa.Connection, case: _Case) -> Mirrored | None:
    return records(db, case.found.id, case.kind, [case.record_id]).get(case.record_id)


# -- the account's own lists

_FIELDS: Final = frozenset(FIELD_LISTS.values())
_LISTS: Final[Mapping[str, frozenset[AccountList]]] = {
    "user": frozenset({AccountList.USERS, AccountList.ME}),
    "pipeline": frozenset({AccountList.PIPELINES, AccountList.STAGES}),
    "stage": frozenset({AccountList.STAGES}),
    "activitytype": frozenset({AccountList.ACTIVITY_TYPES}),
    "leadlabel": frozenset({AccountList.LEAD_LABELS}),
    "currency": frozenset({AccountList.CURRENCIES}),
}
#: What is known of a user; that one has signed in changes nothing for us.
_OF_USERS: Final = frozenset({"name", "email", "active_flag", "default_currency"})


def _refresh(db: sa.Connection, connection_id: int, told: Told) -> Outcome:
    lists = _lists_of(told)
    if not lists:
        return Outcome.IGNORED
    forget(db, connection_id, lists=lists)
    return Outcome.APPLIED


def _lists_of(told: Told) -> frozenset[AccountList]:
    # The names of these objects are published nowhere; spellings with and without "_" are seen.
    entity = told.meta.entity.replace("_", "").lower()
    if "field" in entity:
        return _FIELDS
    if entity == "user" and told.previous and not _OF_USERS & told.previous.keys():
        return frozenset()
    return _LISTS.get(entity, frozenset())
