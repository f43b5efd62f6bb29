"""`dealwright card`: the contact card in the terminal, and what cards show."""

from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cards.pages.setup import WRITES
from dealwright.cards.render.json import render
from dealwright.cards.section import switches
from dealwright.cli.card_devices import app as devices
from dealwright.cli.card_google import app as google
from dealwright.cli.card_lines import card_for, card_lines
from dealwright.cli.card_reader import app as reader
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output
from dealwright.cli.showing import Showing
from dealwright.store.cards import CardSettings, set_settings, settings
from dealwright.store.connections import Connection, connection_by_name

app = typer.Typer(cls=Showing, help="Contact cards: whose an address is, and what cards show.")
app.add_typer(google)
app.add_typer(devices)
app.add_typer(reader)

Named = Annotated[str | None, typer.Option("--connection", help="The Connection to show.")]
Name = Annotated[str, typer.Argument(help="The Connection, as `connections list` names it.")]


@app.command(
    epilog=examples(
        "dealwright card ada@love.example",
        "dealwright card ada@love.example --connection acme --json",
    )
)
def show(
    email: Annotated[str, typer.Argument(help="Whose card.")],
    *,
    connection: Named = None,
    json: Json = False,
) -> None:
    """Show the contact card of an address, as Gmail and the web page do."""
    card, answer = with_hub(lambda hub: card_for(hub, email, connection))
    out = Output(json=json)
    if json:
        out.line({"address": answer.address, "finding": str(answer.finding), "card": render(card)})
        return
    for line in card_lines(card):
        out.say(line)
    found = answer.found
    if found is not None:
        out.hint(f"{found.tokens} API tokens, {found.calls} calls.")


@app.command(
    "settings",
    epilog=examples(
        "dealwright card settings acme",
        "dealwright card settings acme --off notes --forbid create",
        "dealwright card settings acme --on notes",
    ),
)
def card_settings(
    name: Name,
    *,
    off: Annotated[
        list[str] | None, typer.Option("--off", help="A section to leave out. Repeatable.")
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option("--on", help="A section to show again. Repeatable.")
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option("--forbid", help="create, update or log: not from cards. Repeatable."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", help="Allow it again. Repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Show, or decide, what the cards of a Connection show, and what may be written from them."""
    there = tuple(switches())
    _check(there, [*(off or ()), *(on or ())], "--on/--off")
    _check(tuple(WRITES), [*(forbid or ()), *(allow or ())], "--forbid/--allow")
    change = _Change(
        off=tuple(off or ()),
        on=tuple(on or ()),
        forbid=tuple(forbid or ()),
        allow=tuple(allow or ()),
    )
    one, found = with_hub(lambda hub: _decide(hub, name, change))
    out = Output(json=json)
    left_out = found.off(there)
    facts = {
        "connection": one.name,
        "sections": [key for key in found.sections or there if key not in left_out],
        "sections_off": list(left_out),
        "writes_forbidden": list(found.writes_forbidden),
    }
    if json:
        out.line(facts)
        return
    for key, value in facts.items():
        told = value if isinstance(value, str) else ", ".join(value) or "–"
        out.say(f"[bold]{key.replace('_', ' ')}[/]: {escape(told)}")


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be decided."""

    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


async def _decide(hub: Hub, name: str, change: _Change) -> tuple[Connection, CardSettings]:
    if change == _Change():
        return await hub.read(lambda db: _settings(db, name))

    def decide(db: sa.Connection) -> tuple[Connection, CardSettings]:
        one, before = _settings(db, name)
        after = _changed(before, change)
        set_settings(db, one.id, chosen=after, now_ms=hub.now_ms())
        told = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(after)}
        hub.note(db, "card_settings.update", f"connection:{one.id}", **told)
        return one, after

    return await hub.write(decide)


def _settings(db: sa.Connection, name: str) -> tuple[Connection, CardSettings]:
    one = connection_by_name(db, name)
    return one, settings(db, one.id)


def _changed(before: CardSettings, change: _Change) -> CardSettings:
    there = tuple(switches())
    shown = [key for key in before.sections or there if key not in before.off(there)]
    shown = [*(key for key in shown if key not in change.off), *change.on]
    forbidden = {*before.writes_forbidden, *change.forbid} - set(change.allow)
    after = before.switched(shown, known=there) if change.off or change.on else before
    return msgspec.structs.replace(after, writes_forbidden=tuple(sorted(forbidden)))


def _check(there: tuple[str, ...], given: list[str], option: str) -> None:
    for key in given:
        if key not in there:
            raise typer.BadParameter(f"{key}: choose of {', '.join(there)}.", param_hint=option)
