"""A contact card in a terminal: found as Gmail and the web page find it, and drawn as lines."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.cells import cell_len
from rich.markup import escape

from dealwright.cards.card import (
    Buttons,
    Card,
    Chips,
    Divider,
    Pair,
    Rich,
    Row,
    Section,
    Text,
    Tone,
)
from dealwright.cards.known import Reader
from dealwright.cards.richtext import text_lines
from dealwright.cli.account import keyring_of
from dealwright.cli.hub import Hub
from dealwright.core.errors import NotFound
from dealwright.parts import own_address
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask, CardAnswer
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.dialling import dialler
from dealwright.store.connections import connection_by_name, list_connections

#: So many lines of a text are shown that does not say itself how many; the rest is counted.
NOTE_LINES: Final = 12
#: Labels of a section stand in one column, which is at most this wide.
LABELS: Final = 22


async def card_for(hub: Hub, email: str, named: str | None = None) -> tuple[Card, CardAnswer]:
    """The card of an address, from all Connections or the one that is `named`.

    Raises NotFound where there is none, or none of this name.
    """
    if not await hub.read(list_connections):
        raise NotFound("No Connection yet. Make one: dealwright connect --domain yourcompany")
    cards = Cards(
        hub.store, hub.clock, dial=dialler(keyring_of(hub)), base_url=own_address(hub.settings)
    )
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


def card_lines(card: Card) -> Iterator[str]:
    """A card as lines of rich's markup; what a limit leaves out is counted."""
    yield f"[bold]{escape(card.header.title)}[/]"
    if card.header.subtitle:
        yield escape(card.header.subtitle)
    for section in card.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    width = min(max(map(_labelled, section.widgets), default=0), LABELS)
    lines = [line for widget in section.widgets for line in _widget(widget, width)]
    if section.left_out:
        lines.append(f"  [dim]… and {section.left_out} more, in the browser[/]")
    if not lines:
        return
    yield ""
    if section.title:
        yield f"[bold underline]{escape(section.title)}[/]"
    yield from lines


def _labelled(widget: Any) -> int:
    match widget:
        case Row():
            return cell_len(widget.label)
        case Pair():
            return max(_labelled(widget.left), _labelled(widget.right))
        case _:
            return 0


def _widget(widget: Any, width: int) -> Iterator[str]:
    match widget:
        case Row():
            yield from _row(widget, width)
        case Pair():
            yield from _row(widget.left, width)
            yield from _row(widget.right, width)
        case Text():
            yield from _text(widget, indent=4 if width == 0 else width + 4)
        case Chips():
            yield "  " + " · ".join(escape(chip.label) for chip in widget.items)
        case Buttons():
            links = ((one.label, one.target.link if one.target else "") for one in widget.items)
            yield from (f"  {escape(label)}: {escape(link)}" for label, link in links if link)
        case Divider():
            yield ""
        case _:
            return


def _row(row: Row, width: int) -> Iterator[str]:
    room = " " * (width - cell_len(row.label))
    label = f"[dim]{escape(row.label)}[/]{room}  " if width else ""
    mark = f" [dim]({escape(row.mark_label)})[/]" if row.mark_label else ""
    tick = "" if row.tick is None else ("[x] " if row.tick.ticked else "[ ] ")
    yield f"  {label}{escape(tick)}{_words(row)}{mark}"
    if row.below:
        yield f"{' ' * (width + 4 if width else 4)}[dim]{escape(row.below)}[/]"


def _words(row: Row) -> str:
    return f"[bold]{escape(row.text)}[/]" if row.bold else escape(row.text)


def _text(text: Text, *, indent: int) -> Iterator[str]:
    body, room = text.body, " " * indent
    lines: Sequence[str] = text_lines(body.html) if isinstance(body, Rich) else body.splitlines()
    most = text.lines or NOTE_LINES
    for line in lines[:most]:
        words = f"[dim]{escape(line)}[/]" if text.tone is Tone.MUTED else escape(line)
        yield f"{room}{words}".rstrip()
    if len(lines) > most:
        yield f"{room}[dim]… {len(lines) - most} more lines[/]"
