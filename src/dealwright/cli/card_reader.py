"""`dealwright card reader`: how somebody reads cards."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output
from dealwright.core.cardform import FormFault
from dealwright.core.errors import NotFound
from dealwright.core.people import CLI
from dealwright.pipeline.cardsetup import checked_locale, checked_zone, save_reader
from dealwright.pipeline.people import address_of
from dealwright.store import cards
from dealwright.store.connections import connection, connection_by_name
from dealwright.store.people import User, find_user

app = typer.Typer()

Row = dict[str, str | list[str] | None]


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be chosen; None stays."""

    locale: str | None = None
    zone: str | None = None
    connections: tuple[str, ...] = ()
    every: bool = False


@app.command(
    epilog=examples(
        "dealwright card reader ada@acme.example",
        "dealwright card reader ada@acme.example --locale de-DE --zone Europe/Berlin",
        "dealwright card reader ada@acme.example --connection acme  # --all: every one again",
    )
)
def reader(
    email: Annotated[str, typer.Argument(help="Whose cards: the address of a user of the hub.")],
    *,
    locale: Annotated[
        str | None, typer.Option(help="As de-DE; empty: as in the mailbox or browser.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="As Europe/Berlin; empty: as in the mailbox.")
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option("--connection", help="Show only these Connections. Repeatable."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show all of them, later ones too.")] = False,
    json: Json = False,
) -> None:
    """Show, or choose, in which language and time zone somebody reads cards, and of whom."""
    if named and every:
        raise typer.BadParameter("Either --connection or --all.", param_hint="--all")
    change = _Change(
        locale=_checked(checked_locale, locale, "--locale"),
        zone=_checked(checked_zone, zone, "--zone"),
        connections=tuple(named or ()),
        every=every,
    )
    facts = with_hub(lambda hub: _chosen(hub, email, change))
    out = Output(json=json)
    if json:
        out.line(facts)
        return
    for key, value in facts.items():
        told = value if isinstance(value, str) else "all" if value is None else ", ".join(value)
        out.say(f"[bold]{key}[/]: {escape(told) or '–'}")


def _checked(check: Callable[[str], str], given: str | None, option: str) -> str | None:
    try:
        return None if given is None else check(given)
    except FormFault:
        sentence = f"There is none called {given}."
        raise typer.BadParameter(sentence, param_hint=option) from None


async def _chosen(hub: Hub, email: str, change: _Change) -> Row:
    if change == _Change():
        return await hub.read(lambda db: _facts(db, _user(db, email)))

    def choose(db: sa.Connection) -> Row:
        found = _user(db, email)
        before = cards.reader(db, found.id)
        connections = before.connections
        if change.connections:
            ids = (connection_by_name(db, name).id for name in change.connections)
            connections = tuple(dict.fromkeys(ids))
        chosen = cards.CardReader(
            locale=before.locale if change.locale is None else change.locale,
            zone=before.zone if change.zone is None else change.zone,
            connections=None if change.every else connections,
        )
        save_reader(db, chosen, who=CLI, user_id=found.id, now_ms=hub.now_ms())
        return _facts(db, found)

    return await hub.write(choose)


def _user(db: sa.Connection, email: str) -> User:
    found = find_user(db, address_of(email))
    if found is None:
        raise NotFound(f"Nobody signs in as {email}: dealwright users list")
    return found


def _facts(db: sa.Connection, found: User) -> Row:
    chosen = cards.reader(db, found.id)
    there = chosen.connections
    names = None if there is None else [connection(db, one).name for one in there]
    return {
        "reader": found.email,
        "locale": chosen.locale,
        "zone": chosen.zone,
        "connections": names,
    }
