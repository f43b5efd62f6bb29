"""Upkeep: what a drain does for its mirror beside its Deliveries, and never instead of them."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

import structlog

from dealwright.core.errors import Rejected, Unauthorized, UpstreamError
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.scopes import lacking_to_read
from dealwright.pipeline.crawl import Crawler, next_kind
from dealwright.pipeline.freshen import Polls, reconciliation_is_due
from dealwright.pipeline.mirror import Mirror
from dealwright.store.crawls import rest_crawl, want_crawl
from dealwright.store.mirror import MirrorState
from dealwright.store.webhooks import is_doubted, missed

_log = structlog.get_logger(__name__)

#: How long a crawl rests that Pipedrive, or the budget, refused without saying for how long.
REST_S = 300.0

#: How long a kind rests that the token may not read; reconnecting ends that.
REFUSED_S = 6 * 3600.0

#: Who rests for longer than this keeps the other kinds from nothing.
PASSED_S = 600.0


class Upkeep:
    """Crawls what is wanted, a page at a time, and looks once an hour at what was changed.

    `granted` are the scopes of the app: kinds that need another are passed over, by name.
    """

    def __init__(self, mirror: Mirror, client: Client, *, granted: Collection[str] = ()) -> None:
        tenure = mirror.tenure
        self._mirror = mirror
        self._granted = granted
        self._tenure = tenure
        self._crawler = Crawler(
            tenure, connection_id=tenure.connection_id, clock=tenure.clock, region=mirror.region
        )
        self._polls = Polls(tenure, connection_id=tenure.connection_id, region=mirror.region)
        crawling = client.for_purpose("crawl", _nobody_listens, priority=Priority.BACKFILL)
        self._pages = Records(crawling)
        self._changes = Records(
            client.for_purpose("mirror", _nobody_listens, priority=Priority.HIGH)
        )

    async def beside(self, work: Coroutine[Any, Any, None], *, ending: Callable[[], bool]) -> bool:
        """Do something, and upkeep for as long as it lasts, a step at least.

        True when there is more upkeep to do. Raises what the work raises, FenceLost and
        StoreUnavailable; what Pipedrive refuses only makes the upkeep rest.
        """
        if not self._mirror.states:
            await work
            return False
        done = False
        upkeep = asyncio.create_task(self._keep_up(lambda: done or ending()))
        try:
            await work
            done = True
            return await upkeep
        finally:
            upkeep.cancel()
            await asyncio.gather(upkeep, return_exceptions=True)

    async def _keep_up(self, over: Callable[[], bool]) -> bool:
        while await self._step():
            if over():
                return True
        return False

    async def _step(self) -> bool:
        """Do what is next; False when there was nothing, or it has to rest."""
        states = await self._crawler.states()
        if not states:
            return False
        if strangers := [kind for kind, one in states.items() if self._is_strange(one)]:
            await self._want(strangers)
            return True
        if await self._pass_over(states):
            return True
        now_ms = self._tenure.now_ms
        crawl = next_kind(states, passing=self._passed(states))
        if crawl is not None and (crawl.next_at_ms or 0) <= now_ms:
            return await self._try(self._crawl(crawl), crawl)
        for one in await self._to_reconcile(states):
            return await self._try(self._reconcile(one), one)
        return False

    def _passed(self, states: Mapping[RecordKind, MirrorState]) -> list[RecordKind]:
        """Kinds that rest so long that the next ones need not wait for them."""
        long_ms = self._tenure.now_ms + int(PASSED_S * 1000)
        return [kind for kind, one in states.items() if (one.next_at_ms or 0) > long_ms]

    async def _pass_over(self, states: Mapping[RecordKind, MirrorState]) -> bool:
        """Let a kind rest that is to be crawled and may not be read; False when there is none."""
        for kind, one in states.items():
            scope = lacking_to_read(kind, self._granted)
            if scope and one.crawling and self._may_ask(one):
                await self._rest(one, code="scope_missing", rest_s=REFUSED_S, scope=scope)
                return True
        return False

    async def _crawl(self, crawl: MirrorState) -> None:
        await self._crawler.read_page(self._pages, crawl)

    async def _reconcile(self, one: MirrorState) -> None:
        now_ms, connection_id = self._tenure.now_ms, self._tenure.connection_id
        news = await self._polls.reconcile(self._changes, one, now_ms=now_ms)
        if news and self._mirror.listening:
            _log.warning(
                "webhooks.missed", connection_id=connection_id, kind=one.kind.value, records=news
            )
            self._mirror.listening = False
            await self._tenure.write(lambda db: missed(db, connection_id, now_ms=now_ms))

    async def _to_reconcile(self, states: Mapping[RecordKind, MirrorState]) -> list[MirrorState]:
        now_ms, pace = self._tenure.now_ms, self._mirror.pace
        whole = [one for one in states.values() if one.complete and self._may_ask(one)]
        old = [one for one in whole if reconciliation_is_due(one, now_ms=now_ms, pace=pace)]
        if old or not whole:
            return old
        connection_id = self._tenure.connection_id
        doubted = await self._tenure.read(lambda db: is_doubted(db, connection_id, now_ms))
        oldest = min(whole, key=lambda one: one.reconciled_at_ms or 0)
        return [oldest] if doubted else []

    def _may_ask(self, one: MirrorState) -> bool:
        return (one.next_at_ms or 0) <= self._tenure.now_ms

    def _is_strange(self, one: MirrorState) -> bool:
        """Whether its phone numbers were read as those of another country."""
        return one.region != (self._mirror.region or "")

    async def _want(self, kinds: list[RecordKind]) -> None:
        now_ms, connection_id = self._tenure.now_ms, self._tenure.connection_id
        region = self._mirror.region
        await self._tenure.write(
            lambda db: want_crawl(db, connection_id, kinds=kinds, now_ms=now_ms, region=region)
        )

    async def _try(self, step: Coroutine[Any, Any, None], one: MirrorState) -> bool:
        """Do a step; whatever Pipedrive has against it makes this kind rest."""
        try:
            await step
        except UpstreamError as error:
            refused = isinstance(error, Rejected | Unauthorized)
            asked_s = getattr(error, "retry_after_s", None) or REST_S
            await self._rest(
                one, code=error.code, rest_s=REFUSED_S if refused else max(asked_s, 1.0)
            )
            # What is refused says nothing of the other kinds.
            return refused
        return True

    async def _rest(self, one: MirrorState, *, code: str, rest_s: float, **why: str) -> None:
        until_ms = self._tenure.now_ms + int(rest_s * 1000)
        connection_id = self._tenure.connection_id
        _log.info(
            "mirror.rests",
            connection_id=connection_id,
            kind=one.kind.value,
            code=code,
            rest_s=rest_s,
            **why,
        )
        await self._tenure.write(
            lambda db: rest_crawl(db, connection_id, one.kind, until_ms=until_ms)
        )


def _nobody_listens(_: CallRecord) -> None:
    """The Ledger hears of every call by itself."""
