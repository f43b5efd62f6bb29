"""The web card: the same card as a page that works without script.

One form holds the whole card: a button that does something is `<button name="t" value=state>`;
a box to tick has its own form. Folds are <details>; no state is told by colour alone; nothing is
inline, so that the strictest policy for content holds.
"""

from collections.abc import Callable
from typing import Final

from dealwright.cards.card import Button, Card, Op, Row, Section
from dealwright.cards.known import Reader
from dealwright.cards.locale import direction
from dealwright.cards.render.htmlwidgets import Maker, attr, escaped
from dealwright.cards.voice import EPOCH, Voice, voice_of

Sign = Callable[[Op], str]

_PAGE: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="stylesheet" href="{static}/card.css">
{scripts}</head>
<body>
{before}{card}{after}</body>
</html>
"""


def page(
    card: Card, *, inner: str, static_url: str, scripts: tuple[str, ...] = (), before: str = ""
) -> str:
    """A whole page around a fragment; `before` is HTML of the caller's (a search box, a banner)."""
    told = "".join(f'<script src="{attr(one)}" defer></script>\n' for one in scripts)
    return _PAGE.format(
        lang=attr(card.language),
        dir=direction(card.language),
        title=escaped(card.header.title),
        static=attr(static_url),
        scripts=told,
        before=before,
        card=inner,
        after="",
    )


def render(
    card: Card,
    *,
    sign: Sign,
    action_url: str,
    static_url: str,
    scripts: tuple[str, ...] = (),
    before: str = "",
    notice: str = "",
) -> str:
    """The card as a whole page. `notice` is announced: what the last press has done."""
    inner = fragment(card, sign=sign, action_url=action_url, static_url=static_url, notice=notice)
    return page(card, inner=inner, static_url=static_url, scripts=scripts, before=before)


def fragment(card: Card, *, sign: Sign, action_url: str, static_url: str, notice: str = "") -> str:
    """The card as one <main>, for a page or a panel that has its own head."""
    maker = Maker(sign=sign, action_url=action_url, static_url=static_url.rstrip("/"))
    voice = voice_of(Reader(now=EPOCH, locale=card.language))
    parts = [
        f'<main class="card card-{attr(card.name)}" lang="{attr(card.language)}" '
        f'dir="{direction(card.language)}">',
        f'<div class="notice" role="status">{escaped(notice)}</div>',
        f'<form class="whole" method="post" action="{attr(action_url)}">',
        _default(card, maker),
        _head(card, maker, voice),
        *(_section(section, maker, voice) for section in card.sections),
        _footer(card, maker),
        "</form>",
        *maker.late,
        "</main>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _default(card: Card, maker: Maker) -> str:
    """What Enter does in a form: its main button, and not the first in the text."""
    target = card.footer[0].target if card.footer else None
    if target is None or target.op is None:
        return ""
    state = attr(maker.sign(target.op))
    return f'<button class="default" name="t" value="{state}" tabindex="-1" hidden></button>'


def _head(card: Card, maker: Maker, voice: Voice) -> str:
    picture = card.header.picture
    image = f'<img class="picture" src="{attr(maker.picture(picture))}" alt="">' if picture else ""
    below = f'<p class="subtitle" dir="auto">{escaped(card.header.subtitle)}</p>'
    items = "".join(f"<li>{maker.button(button)}</li>" for button in card.menu)
    menu = (
        f'<details class="menu"><summary aria-label="{attr(voice.say("Menu"))}">⋮</summary>'
        f"<ul>{items}</ul></details>"
        if items
        else ""
    )
    title = f'<h1 dir="auto">{escaped(card.header.title)}</h1>'
    return (
        f"<header>{image}<div>{title}{below if card.header.subtitle else ''}</div>{menu}</header>"
    )


def _section(section: Section, maker: Maker, voice: Voice) -> str:
    known = f"s-{attr(section.key)}"
    heading = f'<h2 id="{known}">{escaped(section.title)}</h2>' if section.title else ""
    named = f' aria-labelledby="{known}"' if section.title else ""
    shown = section.shown or len(section.widgets)
    first = "".join(maker.widget(widget) for widget in section.widgets[:shown])
    rest = "".join(maker.widget(widget) for widget in section.widgets[shown:])
    fold = (
        f'<details class="fold"><summary>{escaped(voice.say("Show more"))}</summary>'
        f"{rest}</details>"
        if rest
        else ""
    )
    return f"<section{named}>{heading}{first}{_more(section, maker, voice)}{fold}</section>"


def _more(section: Section, maker: Maker, voice: Voice) -> str:
    if not section.left_out or section.more is None:
        return ""
    words = voice.say("{count} more", count=voice.count(section.left_out))
    button = Button(label=voice.say("Show all"), target=section.more)
    return maker.widget(Row(text=words, button=button))


def _footer(card: Card, maker: Maker) -> str:
    buttons = "".join(maker.button(button) for button in card.footer)
    return f'<footer class="buttons">{buttons}</footer>' if buttons else ""
