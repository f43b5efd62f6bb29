"""Upkeep: what a drain does for its mirror beside its Deliveries, and never instead of them."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from dealwright.core.errors import UpstreamError
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.crawl import Crawler, next_kind
from dealwright.pipeline.freshen import Polls, reconciliation_is_due
from dealwright.pipeline.mirror import Mirror
from dealwright.store.crawls import rest_crawl, want_crawl
from dealwright.store.mirror import MirrorState
from dealwright.store.webhooks import is_doubted, missed

_log = structlog.get_logger(__name__)

#: How long a crawl rests that Pipedrive, or the budget, refused without saying for how long.
REST_S = 300.0


class Upkeep:
    """Crawls what is wanted, a page at a time, and looks once an hour at what was changed."""

    def __init__(self, mirror: Mirror, client: Client) -> None:
        tenure = mirror.tenure
        self._mirror = mirror
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
        now_ms = self._tenure.now_ms
        crawl = next_kind(states)
        if crawl is not None and (crawl.next_at_ms or 0) <= now_ms:
            return await self._try(self._crawl(crawl), crawl)
        for one in await self._to_reconcile(states):
            return await self._try(self._reconcile(one), one)
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
            rest_s = max(getattr(error, "retry_after_s", None) or REST_S, 1.0)
            until_ms = self._tenure.now_ms + int(rest_s * 1000)
            connection_id = self._tenure.connection_id
            _log.info(
                "mirror.rests",
                connection_id=connection_id,
                kind=one.kind.value,
                code=error.code,
                rest_s=rest_s,
            )
            await self._tenure.write(
                lambda db: rest_crawl(db, connection_id, one.kind, until_ms=until_ms)
            )
            return False
        return True


def _nobody_listens(_: CallRecord) -> None:
    """The Ledger hears of every call by itself."""
