"""`dealwright card`: the contact card in the terminal, and what cards show."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.cards.card import Button, Buttons, Card, Chips, Rich, Row, Section, Text
from dealwright.cards.known import Reader
from dealwright.cards.render.json import render
from dealwright.cards.richtext import plain_text
from dealwright.cards.section import switches
from dealwright.cli.account import keyring_of
from dealwright.cli.card_devices import app as devices
from dealwright.cli.card_google import app as google
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output
from dealwright.cli.showing import Showing
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask, CardAnswer
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.dialling import dialler
from dealwright.store.cards import CardSettings, set_settings, settings
from dealwright.store.connections import Connection, connection_by_name

app = typer.Typer(cls=Showing, help="Contact cards: whose an address is, and what cards show.")
app.add_typer(google)
app.add_typer(devices)

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
    card, answer = with_hub(lambda hub: _card(hub, email, connection))
    out = Output(json=json)
    if json:
        out.line({"address": answer.address, "finding": str(answer.finding), "card": render(card)})
        return
    for line in _lines(card):
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
    _check(_WRITES, [*(forbid or ()), *(allow or ())], "--forbid/--allow")
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


_WRITES = ("create", "update", "log")


async def _card(hub: Hub, email: str, named: str | None) -> tuple[Card, CardAnswer]:
    cards = Cards(hub.store, hub.clock, dial=dialler(keyring_of(hub)), base_url=_address(hub))
    try:
        chosen = 0
        if named is not None:
            chosen = (await hub.read(lambda db: connection_by_name(db, named))).id
        answer = await cards.of(email, ask=Ask(connection=chosen, searches=True))
    finally:
        await cards.close()
    reader = Reader(
        now=hub.clock.now(), locale=hub.settings.card_locale, zone=hub.settings.card_time_zone
    )
    return card_of(answer, reader), answer


def _address(hub: Hub) -> str:
    return hub.settings.public_url or f"http://localhost:{hub.settings.port}"


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


# -- a card as lines


def _lines(card: Card) -> Iterator[str]:
    yield f"[bold]{escape(card.header.title)}[/]"
    if card.header.subtitle:
        yield escape(card.header.subtitle)
    for section in card.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    lines = [line for widget in section.widgets for line in _widget(widget)]
    if not lines:
        return
    yield ""
    if section.title:
        yield f"[bold underline]{escape(section.title)}[/]"
    yield from lines


def _widget(widget: Any) -> Iterator[str]:
    match widget:
        case Row():
            yield _row(widget)
            if widget.below:
                yield f"    [dim]{escape(widget.below)}[/]"
        case Text():
            body = widget.body
            yield "  " + escape(plain_text(body.html) if isinstance(body, Rich) else body)
        case Chips():
            yield "  " + " · ".join(escape(chip.label) for chip in widget.items)
        case Buttons():
            links = [line for button in widget.items if (line := _link(button))]
            yield from links
        case _:
            return


def _row(row: Row) -> str:
    label = f"[dim]{escape(row.label)}[/] " if row.label else ""
    mark = f" [dim]({escape(row.mark_label)})[/]" if row.mark_label else ""
    done = "" if row.tick is None else ("[x] " if row.tick.ticked else "[ ] ")
    return f"  {escape(done)}{label}{escape(row.text)}{mark}"


def _link(button: Button) -> str:
    link = button.target.link if button.target else ""
    return f"  {escape(button.label)}: {escape(link)}" if link else ""
