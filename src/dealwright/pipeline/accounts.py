"""AccountBook: what is known of an account's own lists; each is asked for once in a while."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

import msgspec

from dealwright.core.action import Account, Action, Need, Values
from dealwright.core.catalogue import FIELD_LISTS, TYPES, AccountList, Catalogue
from dealwright.core.clock import Clock, to_ms
from dealwright.core.record import FieldDefinition, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.taught import NO_OPTIONS, NOTHING, Taught
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.records import Records
from dealwright.store.catalogue import Kept, keep, kept
from dealwright.store.engine import Store

#: Definitions are changed by hand, a few times a year; a list costs 2 to 20 tokens.
FRESH_MS = 3_600_000

#: What is not in a list of this age is not in the account.
YOUNG_MS = 60_000

#: Codes that an old list may be the reason for.
STALE = frozenset({"unknown_field", "unknown_option", "unknown_user", "unknown_activity_type"})


class _Asking(NamedTuple):
    """How a list is asked for; most accounts have one page of it."""

    operation: str
    ask: Callable[[Records], Awaitable[Any]]


def _fields(kind: RecordKind) -> _Asking:
    def ask(records: Records) -> Awaitable[list[FieldDefinition]]:
        return records.fields(kind)

    return _Asking(f"GET /api/v2/{kind}Fields", ask)


_ASKING: Final[Mapping[AccountList, _Asking]] = {
    AccountList.PERSON_FIELDS: _fields(RecordKind.PERSON),
    AccountList.ORGANIZATION_FIELDS: _fields(RecordKind.ORGANIZATION),
    AccountList.DEAL_FIELDS: _fields(RecordKind.DEAL),
    AccountList.ACTIVITY_FIELDS: _fields(RecordKind.ACTIVITY),
    AccountList.PIPELINES: _Asking("GET /api/v2/pipelines", Records.pipelines),
    AccountList.STAGES: _Asking("GET /api/v2/stages", Records.stages),
    AccountList.ACTIVITY_TYPES: _Asking("GET /api/v1/activityTypes", Records.activity_types),
    AccountList.USERS: _Asking("GET /api/v1/users", Records.users),
    AccountList.LEAD_LABELS: _Asking("GET /api/v1/leadLabels", Records.lead_labels),
    AccountList.CURRENCIES: _Asking("GET /api/v1/currencies", Records.currencies),
    AccountList.ME: _Asking("GET /api/v1/users/me", Records.me),
}


def price_of(lists: Iterable[AccountList]) -> int:
    """Tokens that asking for these lists costs, where each has one page (500 entries)."""
    return sum(price(_ASKING[one].operation) for one in lists)


class AccountBook:
    """The lists of one Connection's account, as old as an hour at most.

    They are kept in the store: a restart, and another process, asks for nothing that is fresh.
    """

    def __init__(self, store: Store, *, connection_id: int, clock: Clock) -> None:
        self._store = store
        self._connection_id = connection_id
        self._clock = clock
        self._asking = asyncio.Lock()
        #: Held by whoever changes a list of the account.
        self.changing = asyncio.Lock()
        self._lists: dict[AccountList, tuple[int, Any]] = {}
        self._schemas: dict[RecordKind, Schema] = {}
        self._since_ms = 0
        #: What people taught that labels mean, from whoever knows it.
        self.taught: Taught = NOTHING

    async def account(
        self, action: Action, values: Values, records: Records, *, known: Account
    ) -> Account:
        """`known` with what an Action needs for these Values; asks Pipedrive for what is missing.

        Raises like every call: a list that cannot be had is never an empty one.
        """
        needed = action.needed(values)
        if not needed:
            return known
        found: dict[str, Any] = {}
        if Need.ACTIVITY_TYPES in needed:
            found["activity_types"] = await self.read(AccountList.ACTIVITY_TYPES, records)
        if Need.USERS in needed:
            found["users"] = await self.read(AccountList.USERS, records)
        if Need.FIELDS in needed:
            found["schema"] = await self._fitting(action.kind, values, records)
        if Need.LEAD_LABELS in needed:
            found["lead_labels"] = await self.read(AccountList.LEAD_LABELS, records)
        if Need.ME in needed:
            found["me"] = await self.read(AccountList.ME, records)
        return replace(known, **found)

    async def schema(self, kind: RecordKind, records: Records) -> Schema:
        """The fields of a kind; the same object for as long as the list is the same."""
        fields = await self.read(FIELD_LISTS[kind], records)
        known, taught = self._schemas.get(kind), self.taught.options.get(kind, NO_OPTIONS)
        if known is None or known.fields is not fields or known.taught is not taught:
            known = self._schemas[kind] = Schema(fields=fields, taught=taught)
        return known

    async def read(self, name: AccountList, records: Records) -> Any:
        """One list, of the type that it has in `TYPES`; asked for when what is kept is too old."""
        if (known := self._lists.get(name)) and self._is_fresh(known[0]):
            return known[1]
        # Many lanes need the same list at once: one asks, the others read what it was told.
        async with self._asking:
            if (found := self._lists.get(name)) and self._is_fresh(found[0]):
                return found[1]
            there = await self._store.read(
                lambda db: kept(db, self._connection_id, lists=[name]).get(name)
            )
            if there and self._is_fresh(there.fetched_at_ms) and (told := _told(name, there)):
                self._lists[name] = told
                return told[1]
            return await self._ask(name, records)

    async def refresh(self, lists: Iterable[AccountList], records: Records) -> None:
        """Ask for lists whatever their age; `price_of` tells what that costs."""
        async with self._asking:
            for name in lists:
                await self._ask(name, records)

    async def catalogue(self) -> Catalogue:
        """What is kept, whatever its age; asks Pipedrive nothing."""
        there = await self._store.read(lambda db: kept(db, self._connection_id, lists=TYPES))
        told = {
            str(name): entry[1]
            for name in TYPES
            if name in there and (entry := _told(name, there[name]))
        }
        return Catalogue(**told)

    def heed(self, moments: Mapping[str, int]) -> None:
        """Forget what the store has newer, or no more; `moments` are those of the store."""
        for name in [name for name, (at, _) in self._lists.items() if moments.get(name) != at]:
            del self._lists[name]

    def forget_old(self) -> bool:
        """Let nothing count that is older than a minute: somebody may have added what is missing.

        False when there is nothing that old: asking again would tell the same.
        """
        self._since_ms = self._now_ms - YOUNG_MS
        return any(at < self._since_ms for at, _ in self._lists.values())

    async def _ask(self, name: AccountList, records: Records) -> Any:
        at_ms, told = self._now_ms, await _ASKING[name].ask(records)
        body = msgspec.json.encode(told)
        self._lists[name] = (at_ms, msgspec.json.decode(body, type=TYPES[name]))
        await self._store.write(
            lambda db: keep(db, self._connection_id, name=name, fetched_at_ms=at_ms, body=body)
        )
        return self._lists[name][1]

    def _is_fresh(self, at_ms: int) -> bool:
        return max(self._now_ms - FRESH_MS, self._since_ms) <= at_ms <= self._now_ms

    @property
    def _now_ms(self) -> int:
        return to_ms(self._clock.now())

    async def _fitting(self, kind: RecordKind, values: Values, records: Records) -> Schema:
        schema = await self.schema(kind, records)
        if not schema.names_users(values.get("custom_fields", {})):
            return schema
        return replace(schema, users=await self.read(AccountList.USERS, records))


def _told(name: AccountList, there: Kept) -> tuple[int, Any] | None:
    """What is kept, read; None where an earlier program kept it in another form."""
    try:
        return there.fetched_at_ms, msgspec.json.decode(there.body, type=TYPES[name])
    except msgspec.DecodeError:
        return None
