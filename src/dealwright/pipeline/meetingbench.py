"""Bench: what the desk of meetings works with, and the seat that one process has at it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.record import Member
from dealwright.meetings.meeting import Meeting, Summary
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.source import Source
from dealwright.pipeline.meetingkeys import Keys, opened
from dealwright.pipeline.privacymeetings import without_suppressed
from dealwright.pipeline.privacyscreen import read_sieve
from dealwright.pipeline.providers import AskProvider
from dealwright.pipeline.wake import Waker
from dealwright.store import meeting_desk
from dealwright.store.engine import Store
from dealwright.store.meeting_sources import sealed_keys
from dealwright.store.secrets import Vault

T = TypeVar("T")

#: Who works keeps the seat so long after the last sign of life, and says so thrice as often.
_LEASE_S: Final = 30.0
_SIGNS: Final = 3

#: Another process looks as often whether the seat is free.
_LOOK_S: Final = 1.0


class Summarise(Protocol):
    """Makes the summary of a Meeting that is complete, where its Source sent none."""

    async def __call__(
        self, meeting: Meeting, *, settings: MeetingSettings, users: Sequence[Member]
    ) -> Summary:
        """The summary to use; `origin` none with why where there is nothing to make one of."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the desk works with. `ask` reaches recorders, `waker` the drains."""

    store: Store
    clock: Clock
    vault: Vault
    recorders: Mapping[str, Source]
    ask: AskProvider
    waker: Waker
    summarise: Summarise
    holder: str

    @property
    def now_ms(self) -> int:
        """The present moment."""
        return to_ms(self.clock.now())

    async def screened(self, body: Meeting, *, region: str | None) -> Meeting:
        """A Meeting without those who are suppressed; raises StoreUnavailable."""
        sieve = await self.store.look(lambda db: read_sieve(db, self.vault))
        return without_suppressed(body, sieve, region=region)

    async def keys_of(self, source_id: int) -> Keys:
        """The secrets and credentials of a Source; raises ConfigError (`wrong_key`)."""
        stored = await self.store.read(lambda db: sealed_keys(db, source_id))
        return opened(stored, self.vault)


class Seat:
    """The place at the desk: one process has it, and only who has it writes."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._fence = 0
        self._until_s = 0.0
        self._mine = False

    async def taken(self) -> bool:
        """Whether this process works at the meetings now; raises StoreUnavailable."""
        now_s = self._bench.clock.monotonic_s()
        if now_s < self._until_s:
            return self._mine
        now_ms, holder = self._bench.now_ms, self._bench.holder
        fence = await self._bench.store.write(
            lambda db: meeting_desk.take_desk(
                db, holder=holder, now_ms=now_ms, ttl_ms=int(_LEASE_S * 1000)
            )
        )
        self._mine = fence is not None
        self._fence = fence or 0
        self._until_s = now_s + (_LEASE_S / _SIGNS if self._mine else _LOOK_S)
        return self._mine

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Write while this process has the seat; raises DeskLost and StoreUnavailable."""
        fence = self._fence

        def checked(db: sa.Connection) -> T:
            meeting_desk.check_desk(db, fence=fence)
            return fn(db)

        return await self._bench.store.write(checked)

    def lost(self) -> None:
        """Know that another has it."""
        self._mine, self._until_s = False, 0.0

    async def leave(self) -> None:
        """Let another have it at once; raises StoreUnavailable."""
        holder = self._bench.holder
        await self._bench.store.write(lambda db: meeting_desk.leave_desk(db, holder=holder))
