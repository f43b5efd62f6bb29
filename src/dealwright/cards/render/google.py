"""Google's card JSON (google.apps.card.v1): strict, within its limits, escaped before tags.

Sources: developers.google.com/workspace/add-ons/reference/rpc/google.apps.card.v1; of a card with
more than 100 widgets the section that passes that number and all after it vanish, so that never
more are sent.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from dealwright.cards.card import Button, Card, Header, Input, Op, Row, Section, Target, Widget
from dealwright.cards.fit import fitted
from dealwright.cards.known import Reader
from dealwright.cards.render.googlewidgets import Maker
from dealwright.cards.voice import EPOCH, Voice, voice_of

Sign = Callable[[Op], str]
Json = dict[str, Any]
Drawn = Callable[[Widget], list[Json]]

MOST_WIDGETS: Final = 100
#: Ours: Google publishes none; some is kept for the envelope.
MOST_BYTES: Final = 60_000
_PEEKING: Final = frozenset({"contact", "none", "choose", "error", "reauth", "payment", "limited"})


def render(card: Card, *, sign: Sign, base_url: str) -> Json:
    """The Card; `sign` makes the state of a button, `base_url` is the hub's public address."""
    maker = Maker(sign=sign, base_url=base_url.rstrip("/"))
    made_of: dict[int, list[Json]] = {}

    def drawn(widget: Widget) -> list[Json]:
        # Each once: a note of 60 kB is long to read, and a button is signed once.
        if id(widget) not in made_of:
            made_of[id(widget)] = maker.widgets(widget)
        return made_of[id(widget)]

    fit = fitted(
        card,
        most_widgets=MOST_WIDGETS,
        most_bytes=MOST_BYTES,
        size_of=lambda widget: _bytes(drawn(widget)),
    )
    voice = voice_of(Reader(now=EPOCH, locale=card.language))
    made: Json = {
        "name": card.name,
        "header": _header(card.header, maker),
        "sections": [_section(section, drawn, maker, voice) for section in fit.sections],
    }
    if card.name in _PEEKING:
        made["displayStyle"] = "PEEK"
        made["peekCardHeader"] = {"title": made["header"]["title"]}
    if actions := [_menu_item(button, maker) for button in card.menu if button.target]:
        made["cardActions"] = actions
    if card.footer:
        made["fixedFooter"] = _footer(card, maker)
    return made


def _bytes(made: list[Json]) -> int:
    return len(json.dumps(made, ensure_ascii=False).encode(errors="replace"))


def _header(header: Header, maker: Maker) -> Json:
    made: Json = {"title": maker.plain(header.title, 100) or "–"}
    if header.subtitle:
        made["subtitle"] = maker.plain(header.subtitle, 200)
    if header.picture:
        made["imageUrl"] = maker.icon_url(header.picture)
        made["imageType"] = "CIRCLE"
        made["imageAltText"] = made["title"]
    return made


def _section(section: Section, drawn: Drawn, maker: Maker, voice: Voice) -> Json:
    widgets = [drawn(widget) for widget in section.widgets]
    shown = section.shown
    if section.left_out and section.more is not None:
        # Before the fold: what is not here must not be hidden once more.
        place = shown or len(widgets)
        widgets.insert(place, maker.widgets(_rest(section, voice)))
        shown += 1 if shown else 0
    made: Json = {"widgets": [one for made_widgets in widgets for one in made_widgets]}
    if section.title:
        made["header"] = maker.escaped(section.title, 100)
    if 0 < shown < len(made["widgets"]):
        made["collapsible"] = True
        made["uncollapsibleWidgetsCount"] = shown
    return made


def _rest(section: Section, voice: Voice) -> Widget:
    number = voice.count(section.left_out)
    return Row(
        text=voice.say("{count} more", count=number),
        button=Button(label=voice.say("Show all"), target=section.more),
    )


def _menu_item(button: Button, maker: Maker) -> Json:
    target = button.target or Target()
    return {"actionLabel": maker.plain(button.label, 60), "onClick": maker.on_click(target)}


def _footer(card: Card, maker: Maker) -> Json:
    required = [
        widget.name
        for section in card.sections
        for widget in section.widgets
        if isinstance(widget, Input) and widget.required
    ]
    made: Json = {"primaryButton": maker.button(card.footer[0])}
    action = made["primaryButton"]["onClick"].get("action")
    if required and action is not None:
        action["requiredWidgets"] = required
    if len(card.footer) > 1:
        made["secondaryButton"] = maker.button(card.footer[1])
    return made
