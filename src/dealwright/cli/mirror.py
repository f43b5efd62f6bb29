"""`dealwright mirror …`: the local copy of who is who in an account."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Annotated, Protocol

import msgspec
import sqlalchemy as sa
import typer
from rich.progress import (
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from dealwright.cli.account import Account, account_of
from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, console_of, counted, figures, names
from dealwright.core import identifier
from dealwright.core.clock import from_ms
from dealwright.core.identifier import Identifier
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipedrive.scopes import lacking_to_read
from dealwright.pipeline.crawl import USUAL_KINDS, Crawler, next_kind, price_per_page
from dealwright.pipeline.mirrored import name_of
from dealwright.store import mirror as store_of
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.crawls import rest_crawl, stop_crawl, want_crawl
from dealwright.store.mirror import Mirrored, MirrorState

app = typer.Typer(
    no_args_is_help=True,
    help="The local copy of who is who in an account: what it knows, and filling it.",
)

Name = Annotated[str, typer.Argument(help="The Connection, as `connections list` names it.")]
Kinds = Annotated[
    list[RecordKind] | None,
    typer.Option(
        "--kind", help="Only these; else persons, organizations, deals and activities. Repeatable."
    ),
]

STATUS = (
    names("connection", "Connection"),
    column("kind", "Kind"),
    figures("records", "Records"),
    column("state", "State"),
    column("fresh_at", "Fresh as of"),
)
RECORDS = (
    column("kind", "Kind"),
    column("record_id", "Id"),
    column("updated_at", "Changed"),
    column("checked_at", "Looked at"),
    column("certain", "Certain"),
)

#: The drain lets a crawl be that a command does for so long after each page.
HANDS_OFF_MS = 60_000


@app.command(
    epilog=examples(
        "dealwright mirror crawl acme", "dealwright mirror crawl acme --kind lead --yes"
    )
)
def crawl(
    name: Name,
    kind: Kinds = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Begin without asking.")] = False,
    json: Json = False,
) -> None:
    """Read an account's records into the mirror now, and tell what that costs before.

    It goes on where an earlier crawl was broken off; and by itself, beside the Deliveries, where
    this one is.
    """
    out = Output(json=json)
    kinds = kind or list(USUAL_KINDS)
    if not yes and not json:
        out.say(_price(kinds))
        confirm("Begin?")
    read, spent, lacking = with_hub(lambda hub: _crawled(hub, name, kinds))
    done = f"[green]✓[/green] {counted(read, 'record')} of {bold(name)} read for {spent:,} tokens."
    left_out = {kind.value: scope for kind, scope in lacking.items()}
    out.say(done, connection=name, records=read, tokens=spent, left_out=left_out)
    for one, scope in left_out.items():
        out.hint(f"Left out: {one}; the app needs the scope {scope}, then reconnect.")


@app.command(epilog=examples("dealwright mirror status"))
def status(*, json: Json = False) -> None:
    """Show what the mirrors know, and how fresh they are."""
    rows = with_hub(lambda hub: hub.read(_status))
    out = Output(json=json)
    out.table(rows, STATUS, empty="No mirror yet: events are matched by searching, 20 tokens each.")
    if not rows:
        out.hint("To make one: dealwright mirror crawl NAME")


@app.command(
    epilog=examples(
        "dealwright mirror show acme ada@love.example",
        "dealwright mirror show acme 42 --kind deal  # by its id",
    )
)
def show(
    name: Name,
    what: Annotated[str, typer.Argument(help="An e-mail address, a name, or a record's id.")],
    *,
    kind: Annotated[RecordKind, typer.Option("--kind", help="What it is.")] = RecordKind.PERSON,
    json: Json = False,
) -> None:
    """Show what the mirror knows of somebody; costs no tokens."""
    found = with_hub(lambda hub: hub.read(lambda db: _found(db, name, kind, what)))
    out = Output(json=json)
    out.table([_shown(row) for row in found], RECORDS, empty=f"The mirror knows no such {kind}.")
    if not json:
        for row in found:
            out.console.print_json(row.body.decode() or "{}")


@app.command(epilog=examples("dealwright mirror stop acme"))
def stop(name: Name, *, json: Json = False) -> None:
    """Crawl no further. What is complete goes on to count; the rest is searched for."""
    with_hub(lambda hub: hub.write(lambda db: _stop(db, hub, name)))
    Output(json=json).say(f"No crawl of {bold(name)} goes on.", connection=name)


@app.command(epilog=examples("dealwright mirror wipe acme --yes"))
def wipe(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Forget everything that was copied of an account; events are matched by searching then."""
    if not yes and not json:
        confirm(f"Forget all that was copied of {name}?")
    with_hub(lambda hub: hub.write(lambda db: _wipe(db, hub, name)))
    Output(json=json).say(f"The mirror of {bold(name)} is empty.", connection=name)


def _stop(db: sa.Connection, hub: Hub, name: str) -> None:
    found = connection_by_name(db, name)
    stop_crawl(db, found.id)
    hub.note(db, "crawl.stop", f"connection:{found.id}")


def _wipe(db: sa.Connection, hub: Hub, name: str) -> None:
    found = connection_by_name(db, name)
    store_of.wipe(db, found.id)
    hub.note(db, "mirror.wipe", f"connection:{found.id}")


def _price(kinds: list[RecordKind]) -> str:
    prices = ", ".join(
        f"{tokens} for each 500 {'activities' if kind is RecordKind.ACTIVITY else f'{kind}s'}"
        for kind, tokens in price_per_page(kinds).items()
    )
    return (
        f"Price in API tokens: {prices}; archived deals and leads twice that. Pipedrive does not "
        "tell beforehand how many there are."
    )


class _Told(Protocol):
    def __call__(self, kind: RecordKind, records: int) -> None: ...


async def _crawled(
    hub: Hub, name: str, asked: list[RecordKind]
) -> tuple[int, int, dict[RecordKind, str]]:
    one = await hub.read(lambda db: connection_by_name(db, name))
    region = one.defaults.region
    lacking = {kind: scope for kind in asked if (scope := lacking_to_read(kind, one.scopes))}
    kinds = [kind for kind in asked if kind not in lacking]

    def want(db: sa.Connection) -> None:
        want_crawl(db, one.id, kinds=kinds, now_ms=hub.now_ms(), region=region)
        for kind in kinds:
            rest_crawl(db, one.id, kind, until_ms=hub.now_ms() + HANDS_OFF_MS)
        after = {"kinds": [kind.value for kind in kinds]}
        hub.note(db, "crawl.start", f"connection:{one.id}", after=after)

    await hub.write(want)
    try:
        with _progress() as told:
            # A person has seen the price, so it may take what events may.
            asking = account_of(hub, one, purpose="crawl", priority=Priority.NORMAL)
            async with asking as pipedrive:
                read = await _read_pages(hub, one, pipedrive, told)
    finally:
        await hub.write(lambda db: [rest_crawl(db, one.id, kind, until_ms=None) for kind in kinds])
    return read, pipedrive.spent, lacking


async def _read_pages(hub: Hub, one: Connection, pipedrive: Account, told: _Told) -> int:
    region = one.defaults.region
    crawler = Crawler(hub.store, connection_id=one.id, clock=hub.clock, region=region)
    read = 0
    barred = [kind for kind in RecordKind if lacking_to_read(kind, one.scopes)]
    while (now := next_kind(await crawler.states(), passing=barred)) is not None:
        until_ms, kind = hub.now_ms() + HANDS_OFF_MS, now.kind
        await hub.store.write(
            lambda db, kind=kind, until_ms=until_ms: rest_crawl(db, one.id, kind, until_ms=until_ms)
        )
        told(now.kind, now.crawled)
        await crawler.read_page(pipedrive.records, now)
        after = (await crawler.states()).get(now.kind)
        told(now.kind, after.crawled if after else now.crawled)
        read += after.crawled - now.crawled if after else 0
    return read


@contextmanager
def _progress() -> Generator[_Told]:
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console_of(sys.stderr),
        transient=True,
    )
    tasks: dict[RecordKind, TaskID] = {}
    with bar:

        def told(kind: RecordKind, records: int) -> None:
            if kind not in tasks:
                tasks[kind] = bar.add_task(kind.value, total=None)
            bar.update(tasks[kind], completed=records)

        yield told


def _status(db: sa.Connection) -> list[dict[str, object]]:
    return [
        row
        for one in list_connections(db)
        for row in _rows(one, store_of.state(db, one.id), store_of.counts(db, one.id))
    ]


def _rows(
    one: Connection, states: Mapping[RecordKind, MirrorState], counts: Mapping[RecordKind, int]
) -> list[dict[str, object]]:
    return [
        {
            "connection": one.name,
            "kind": kind.value,
            "records": counts.get(kind, 0),
            "state": _words(states.get(kind), lacking=lacking_to_read(kind, one.scopes)),
            "fresh_at": moment(states[kind].fresh_at_ms) if kind in states else None,
        }
        for kind in RecordKind
        if kind in states or kind in counts
    ]


def _words(known: MirrorState | None, *, lacking: str) -> str:
    if known is None:
        return "as they come"
    if known.crawling and lacking:
        return f"left out: needs the scope {lacking}"
    if known.crawling:
        return "crawling again" if known.complete else "crawling"
    return "complete" if known.complete else "stopped"


def _found(db: sa.Connection, name: str, kind: RecordKind, what: str) -> list[Mirrored]:
    one = connection_by_name(db, name)
    key = _key(kind, what, one)
    ids: list[RecordId] = []
    if isinstance(key, Identifier):
        ids = store_of.by_keys(db, one.id, kind, [name_of(key)]).get(name_of(key), [])
    else:
        ids = [key]
    return list(store_of.records(db, one.id, kind, ids).values())


def _key(kind: RecordKind, what: str, one: Connection) -> Identifier | RecordId:
    if kind is RecordKind.LEAD:
        return what
    if what.isascii() and what.isdecimal():
        return int(what)
    if "@" in what:
        return identifier.email(what)
    if what.startswith("+"):
        return identifier.phone(what, region=one.defaults.region)
    return identifier.name(what)


def _shown(row: Mirrored) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "record_id": row.record_id,
        "updated_at": from_ms(row.updated_at_ms),
        "checked_at": from_ms(row.checked_at_ms),
        "certain": "deleted" if row.deleted else "yes" if row.exact else "to be read",
        "record": msgspec.json.decode(row.body) if row.body else None,
    }
