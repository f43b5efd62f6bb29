"""AccountBook: what Actions need to know of an account, asked for once in a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from dealwright.core.action import Account, Action, Need, Values
from dealwright.core.clock import Clock
from dealwright.core.record import FieldDefinition, Member, RecordKind
from dealwright.core.schema import Schema
from dealwright.pipedrive.records import Records

T = TypeVar("T")

#: Definitions are changed by hand, a few times a year; a list costs 10 or 20 tokens.
FRESH_S = 3600.0

#: What is not in a list of this age is not in the account.
YOUNG_S = 60.0

#: Codes that an old list may be the reason for.
STALE = frozenset({"unknown_field", "unknown_option", "unknown_user", "unknown_activity_type"})


class AccountBook:
    """The definitions of one Connection's account, as old as `FRESH_S` at most."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asking = asyncio.Lock()
        self._pages: dict[tuple[Need, RecordKind | None], tuple[float, Any]] = {}

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
            types = await self._page(Need.ACTIVITY_TYPES, records.activity_types)
            found["activity_types"] = tuple(types)
        if Need.USERS in needed:
            found["users"] = await self._users(records)
        if Need.FIELDS in needed:
            found["schema"] = await self._schema(action.kind, values, records)
        if Need.LEAD_LABELS in needed:
            found["lead_labels"] = tuple(await self._page(Need.LEAD_LABELS, records.lead_labels))
        if Need.ME in needed:
            found["me"] = await self._page(Need.ME, records.me)
        return replace(known, **found)

    def forget_old(self) -> bool:
        """Forget what is older than a minute: somebody may have added a field, option or user.

        False when there is nothing that old: asking again would tell the same.
        """
        now_s = self._clock.monotonic_s()
        old = [key for key, (asked_s, _) in self._pages.items() if now_s - asked_s > YOUNG_S]
        for key in old:
            del self._pages[key]
        return bool(old)

    async def _schema(self, kind: RecordKind, values: Values, records: Records) -> Schema:
        of_kind = RecordKind.DEAL if kind is RecordKind.LEAD else kind

        async def ask() -> list[FieldDefinition]:
            return await records.fields(of_kind)

        fields = tuple(await self._page(Need.FIELDS, ask, kind=of_kind))
        schema = Schema(fields=fields)
        if not schema.names_users(values.get("custom_fields", {})):
            return schema
        return Schema(fields=fields, users=await self._users(records))

    async def _users(self, records: Records) -> tuple[Member, ...]:
        return tuple(await self._page(Need.USERS, records.users))

    async def _page(
        self, need: Need, ask: Callable[[], Awaitable[T]], *, kind: RecordKind | None = None
    ) -> T:
        # Many lanes need the same list at once: one asks, the others read what it was told.
        async with self._asking:
            now_s = self._clock.monotonic_s()
            known = self._pages.get((need, kind))
            if known is not None and now_s - known[0] <= FRESH_S:
                return known[1]
            answer = await ask()
            self._pages[need, kind] = (now_s, answer)
            return answer
