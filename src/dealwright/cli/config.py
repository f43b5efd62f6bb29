"""`dealwright config`: the configuration as a file: written, compared, and made so."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli.account import Account, account_of
from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, counted
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.record import RecordKind
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.config import FieldKeys, Means
from dealwright.pipeline.config import apply as applied
from dealwright.pipeline.config import plan as planned
from dealwright.pipeline.config_account import (
    AccountStep,
    account_steps,
    make_account,
    price_to_look,
)
from dealwright.pipeline.config_export import exported
from dealwright.pipeline.config_file import Wanted, WantedAccount, read_config, resolved
from dealwright.pipeline.config_step import Sign, Step
from dealwright.recorders import recorders
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.web.write_keys import hash_write_key

app = typer.Typer(help="The configuration as a file, for version control.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="YAML, as `config export` writes it.")]
_COLOURS = {Sign.NEW: "green", Sign.CHANGE: "yellow", Sign.ONLY_HERE: "dim", Sign.FAULT: "red"}
_KINDS = (RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL)

AnyStep = Step | AccountStep


@dataclass(slots=True, kw_only=True)
class _Account:
    """What a file wants of one account, open."""

    wanted: WantedAccount
    opened: Account
    book: AccountBook
    steps: list[AccountStep] = field(default_factory=list[AccountStep])


@dataclass(slots=True, kw_only=True)
class _Session:
    """One plan: of the hub, and of each account that the file speaks of."""

    hub: Hub
    wanted: Wanted
    accounts: list[_Account] = field(default_factory=list[_Account])

    async def look(self) -> list[AnyStep]:
        """All differences; what the account lacks first, for the rest may need it."""
        steps: list[AnyStep] = [step for one in self.accounts for step in one.steps]
        means = await self.means()
        return [*steps, *await self.hub.read(lambda db: planned(db, self.wanted, means))]

    async def means(self) -> Means:
        """What planning needs beside the file."""
        return Means(
            actions=actions(),
            vault=self.hub.vault,
            secrets=_secrets(self.wanted),
            hash_key=hash_write_key,
            recorders=recorders(),
            now_ms=self.hub.now_ms(),
            field_keys=await _field_keys(self.hub),
        )


@app.command(epilog=examples("dealwright config export > hub.yaml"))
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; else it is printed.")] = None,
) -> None:
    """Write the configuration as YAML: Sources, Connections, Mappings; no key and no secret."""
    text = with_hub(_exported)
    if file is None:
        sys.stdout.write(text)
        return
    if file.exists():
        raise ConfigError(f"{file} is there already: name another file.", code="file_exists")
    file.write_text(text, encoding="utf-8")
    Output().say(f"[green]✓[/green] {escape(str(file))}")


@app.command(epilog=examples("dealwright config plan hub.yaml"))
def plan(file: File, *, json: Json = False) -> None:
    """Show what differs between a file and the hub, both ways; nothing is changed.

    Leaves with 2 when something differs that `config apply` would change.
    """
    wanted = read_config(file)
    out = Output(json=json)
    steps, spent = with_hub(lambda hub: _planned(hub, wanted))
    _show(out, steps)
    if spent:
        out.hint(f"To look at the account has cost {spent} tokens.")
    if any(step.sign is Sign.FAULT for step in steps):
        raise typer.Exit(1)
    if any(_is_change(step) for step in steps):
        raise typer.Exit(2)


@app.command(
    epilog=examples("dealwright config apply hub.yaml", "dealwright config apply hub.yaml --yes")
)
def apply(
    file: File,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    json: Json = False,
) -> None:
    """Make the hub, and the fields of its accounts, what a file says.

    What the hub has and the file does not name stays. All of the hub is changed at once or not at
    all; done again it changes nothing.
    """
    wanted = read_config(file)
    out = Output(json=json)
    with_hub(lambda hub: _applied(hub, wanted, out, yes=yes))


async def _exported(hub: Hub) -> str:
    keys = await _field_keys(hub)
    return await hub.read(lambda db: exported(db, field_keys=keys, now_ms=hub.now_ms()))


async def _planned(hub: Hub, wanted: Wanted) -> tuple[list[AnyStep], int]:
    async with AsyncExitStack() as stack:
        session = await _session(stack, hub, wanted)
        steps = await session.look()
        return steps, sum(one.opened.spent for one in session.accounts)


async def _applied(hub: Hub, wanted: Wanted, out: Output, *, yes: bool) -> None:
    async with AsyncExitStack() as stack:
        session = await _session(stack, hub, wanted)
        steps = await session.look()
        _show(out, steps)
        if any(step.sign is Sign.FAULT for step in steps):
            raise ConfigError("What is marked ! must be mended first.", code="config_not_possible")
        if not any(_is_change(step) for step in steps):
            return
        if not yes:
            await asyncio.to_thread(confirm, "Make it so?")
        skipped: list[str] = []
        for one in session.accounts:
            if any(_is_change(step) for step in one.steps):
                records = one.opened.records
                skipped += await make_account(one.steps, one.wanted, book=one.book, records=records)
        means = await session.means()
        agreed = [step for step in steps if isinstance(step, Step)]
        done = await hub.write(lambda db: _done(db, hub, wanted, means, agreed))
        wished = sum(_is_change(step) for one in session.accounts for step in one.steps)
        made = wished - len(skipped)
        spent = sum(one.opened.spent for one in session.accounts)
    out.say(
        f"[green]✓[/green] {counted(len(done) + made, 'change')}, {counted(spent, 'token')}.",
        changes=len(done) + made,
        tokens=spent,
        skipped=skipped,
    )
    for text in skipped:
        out.hint(escape(f"Skipped, for the account's user may not make it: {text}"))


def _done(
    db: sa.Connection, hub: Hub, wanted: Wanted, means: Means, agreed: Sequence[Step]
) -> list[Step]:
    seen = [step.text for step in agreed if step.do is not None]
    done = applied(db, wanted, means, seen=seen)
    if done:
        hub.note(db, "config.apply", "config", after={"steps": [one.text for one in done]})
    return done


async def _session(stack: AsyncExitStack, hub: Hub, wanted: Wanted) -> _Session:
    session = _Session(hub=hub, wanted=wanted)
    for one in wanted.connections:
        if one.account is None or not price_to_look(one.account):
            continue
        try:
            found = await hub.read(lambda db, name=one.name: connection_by_name(db, name))
        except NotFound:
            # The plan of the hub says so, with all else.
            continue
        opened = await stack.enter_async_context(account_of(hub, found))
        book = _book(hub, found)
        steps = await account_steps(one.account, name=one.name, book=book, records=opened.records)
        session.accounts.append(_Account(wanted=one.account, opened=opened, book=book, steps=steps))
    return session


async def _field_keys(hub: Hub) -> FieldKeys:
    """Names of custom fields, as far as they are known; to look costs nothing."""
    keys: dict[tuple[int, RecordKind], dict[str, str]] = {}
    for one in await hub.read(list_connections):
        catalogue = await _book(hub, one).catalogue()
        for kind in _KINDS:
            schema = catalogue.schema(kind)
            keys[one.id, kind] = {
                entry.field_name: entry.field_code
                for entry in (schema.fields if schema else ())
                if entry.is_custom_field
            }
    return keys


def _book(hub: Hub, one: Connection) -> AccountBook:
    return AccountBook(hub.store, connection_id=one.id, clock=hub.clock)


def _secrets(wanted: Wanted) -> dict[str, str]:
    return {reference: resolved(reference) for reference in sorted(wanted.references())}


def _is_change(step: AnyStep) -> bool:
    return step.sign in {Sign.NEW, Sign.CHANGE}


def _show(out: Output, steps: Sequence[AnyStep]) -> None:
    for step in steps:
        colour = _COLOURS[step.sign]
        price = f" [dim]{counted(step.tokens, 'token')}[/dim]" if step.tokens else ""
        stays = " [dim](only in the hub: stays)[/dim]" if step.sign is Sign.ONLY_HERE else ""
        out.say(
            f"[{colour}]{step.sign} {escape(step.text)}[/{colour}]{price}{stays}",
            sign=step.sign.value,
            text=step.text,
            tokens=step.tokens,
        )
    if not any(_is_change(step) for step in steps):
        out.hint("Everything that the file names is so.")
