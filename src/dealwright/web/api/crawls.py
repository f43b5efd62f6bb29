"""/connections/{id}/crawl: filling the mirror; its price is told before."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.record import RecordKind
from dealwright.pipeline.crawl import USUAL_KINDS, price_per_page
from dealwright.store.connections import connection
from dealwright.store.crawls import stop_crawl, want_crawl
from dealwright.store.mirror import MirrorState, state
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.shapes import Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Jobs"])

READ = allowed(Permission.JOBS_READ)
Running = Annotated[Act, acting(Permission.JOBS_RUN)]


class CrawlIn(Given):
    """What is to be read; the usual kinds where none is named."""

    kinds: Annotated[tuple[RecordKind, ...], Field(max_length=6)] = ()


class CrawlOf(BaseModel):
    """How far the crawl of a kind is; how many there are nobody tells beforehand.

    `tokens_per_500` is the price of each 500 records.
    """

    kind: RecordKind
    crawling: bool
    crawled: int
    complete: bool
    tokens_per_500: int


class Crawl(BaseModel):
    """The crawl of a Connection, kind by kind."""

    kinds: list[CrawlOf]


@router.get("/connections/{connection_id}/crawl", dependencies=[READ])
async def crawl(connection_id: Id, office: Desk) -> Crawl:
    """How far the crawl is, and what each kind costs; kinds that nobody wants are in it too."""
    return await office.read(lambda db: _crawl(db, connection_id))


@router.post("/connections/{connection_id}/crawl")
async def start_crawl(connection_id: Id, given: CrawlIn, act: Running) -> Crawl:
    """Have records read into the mirror, beside the Deliveries and with the least priority."""

    def change(db: sa.Connection) -> Crawl:
        region = connection(db, connection_id).defaults.region
        kinds = given.kinds or USUAL_KINDS
        want_crawl(db, connection_id, kinds=kinds, now_ms=act.office.now_ms(), region=region)
        told = {"kinds": [kind.value for kind in kinds]}
        act.note(db, "crawl.start", f"connection:{connection_id}", after=told)
        return _crawl(db, connection_id)

    return await act.do(change, answer=Crawl)


@router.delete("/connections/{connection_id}/crawl")
async def end_crawl(connection_id: Id, act: Running) -> Crawl:
    """Crawl no further. What is complete goes on to count."""

    def change(db: sa.Connection) -> Crawl:
        connection(db, connection_id)
        stop_crawl(db, connection_id)
        act.note(db, "crawl.stop", f"connection:{connection_id}")
        return _crawl(db, connection_id)

    return await act.do(change, answer=Crawl)


def _crawl(db: sa.Connection, connection_id: int) -> Crawl:
    connection(db, connection_id)
    known = state(db, connection_id)
    prices = price_per_page(RecordKind)
    return Crawl(
        kinds=[_of(known.get(kind) or MirrorState(kind), prices[kind]) for kind in RecordKind]
    )


def _of(known: MirrorState, price: int) -> CrawlOf:
    return CrawlOf(
        kind=known.kind,
        crawling=bool(known.crawling),
        crawled=known.crawled,
        complete=known.complete,
        tokens_per_500=price,
    )
