"""Widgets in Google's JSON, one method a kind."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dealwright.cards.card import (
    Button,
    Buttons,
    Chip,
    Chips,
    Choice,
    Divider,
    Input,
    Look,
    Moment,
    Op,
    Pair,
    Rich,
    Row,
    Select,
    Target,
    Text,
    Tick,
    Tone,
    Widget,
)
from dealwright.cards.richtext import card_text, safe_link, sendable

Json = dict[str, Any]

_BUILT_IN_NAMES: Final = """
    AIRPLANE BOOKMARK BUS CAR CLOCK CONFIRMATION_NUMBER_ICON DESCRIPTION DOLLAR EMAIL
    EVENT_PERFORMER EVENT_SEAT FLIGHT_ARRIVAL FLIGHT_DEPARTURE HOTEL HOTEL_ROOM_TYPE INVITE MAP_PIN
    MEMBERSHIP MULTIPLE_PEOPLE OFFER PERSON PHONE RESTAURANT_ICON SHOPPING_CART STAR STORE TICKET
    TRAIN VIDEO_CAMERA VIDEO_PLAY
"""
_BUILT_IN: Final = frozenset(_BUILT_IN_NAMES.split())
_MOST_CHOICES: Final = 100
_MOST_TEXT: Final = 2500
_LABEL: Final = 120
_COLOURS: Final = {Tone.BAD: "#b3261e", Tone.GOOD: "#188038", Tone.MUTED: "#5f6368"}
_PRIMARY: Final = {"red": 0.102, "green": 0.451, "blue": 0.91}
_LOOKS: Final = {
    Look.MENU: "DROPDOWN",
    Look.RADIO: "RADIO_BUTTON",
    Look.BOXES: "CHECK_BOX",
    Look.SWITCHES: "SWITCH",
}
_MOMENTS: Final = {"date": "DATE_ONLY", "time": "TIME_ONLY", "datetime": "DATE_AND_TIME"}
_KEYS: Final = {
    "deal": "d", "activity": "a", "person": "p", "connection": "c", "organization": "o",
}  # fmt: skip
_TAG: Final = re.compile(r"<(?=\s*/?\s*[a-zA-Z!])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes widgets; `sign` gives the state of a button, `base_url` has no slash at its end."""

    sign: Callable[[Op], str]
    base_url: str

    def widgets(self, widget: Widget) -> list[Json]:
        """What Google gets for one widget; mostly one, never none."""
        match widget:
            case Row():
                return [{"decoratedText": self._row(widget)}]
            case Text():
                return [{"textParagraph": self._text(widget)}]
            case Pair():
                return [{"columns": self._pair(widget)}]
            case Divider():
                return [{"divider": {}}]
            case Buttons() | Chips():
                return [self._several(widget)]
            case Input() | Select() | Moment():
                return self._field(widget)

    def _several(self, widget: Buttons | Chips) -> Json:
        if isinstance(widget, Chips):
            chips = [self._chip(chip) for chip in widget.items]
            return {"chipList": {"layout": "WRAPPED", "chips": chips}}
        made = [self.button(one) for one in widget.items if _usable(one)]
        return {"buttonList": {"buttons": made}} if made else {"divider": {}}

    def _field(self, widget: Input | Select | Moment) -> list[Json]:
        match widget:
            case Input():
                return [{"textInput": self._input(widget)}]
            case Select():
                return self._select(widget)
            case Moment():
                return [{"dateTimePicker": self._moment(widget)}]

    def plain(self, text: str, limit: int) -> str:
        """A text for places that show tags as they are."""
        return _cut(_TAG.sub("\u2039", sendable(text)), limit)

    def escaped(self, text: str, limit: int) -> str:
        """A text for places that read tags: escaped, its lines kept."""
        shown = html.escape(_cut(sendable(text), limit))
        return shown.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")

    def icon_url(self, name: str) -> str:
        """Where the hub serves a picture of its own; an address of its own stays."""
        return name if name.startswith("https://") else f"{self.base_url}/static/card/{name}.png"

    def on_click(self, target: Target) -> Json:
        """What a press does."""
        if target.op is not None:
            return {"action": self.action(target.op)}
        link: Json = {"url": safe_link(target.link), "openAs": "FULL_SIZE"}
        if target.overlay:
            link |= {"openAs": "OVERLAY", "onClose": "RELOAD"}
        return {"openLink": link}

    def action(self, op: Op) -> Json:
        """A call of the hub with signed state; the rest is for people who read logs."""
        told = [("t", self.sign(op)), ("op", op.name)]
        if op.record and op.kind in _KEYS:
            told.append((_KEYS[op.kind], op.record))
        return {
            "function": f"{self.base_url}/addon/gmail/action",
            "parameters": [{"key": key, "value": value} for key, value in told],
            "loadIndicator": "SPINNER",
        }

    def button(self, button: Button) -> Json:
        """A button with words; one with a menu opens it."""
        made: Json = {"text": self.plain(button.label, 60) or "–"}
        if button.menu:
            items = [self._menu_item(one) for one in button.menu if _usable(one)]
            made["onClick"] = {"overflowMenu": {"items": items}}
        else:
            made["onClick"] = self.on_click(button.target or Target())
        if button.primary:
            made["color"] = _PRIMARY
        if button.disabled:
            made["disabled"] = True
        return made

    def _menu_item(self, button: Button) -> Json:
        made: Json = {"text": self.plain(button.label, 60)}
        if button.icon:
            made["startIcon"] = self._icon(button.icon, button.label)
        made["onClick"] = self.on_click(button.target or Target())
        return made

    def _icon(self, name: str, words: str) -> Json:
        alt = self.plain(words, 100) or name
        if name in _BUILT_IN:
            return {"knownIcon": name, "altText": alt}
        return {"iconUrl": self.icon_url(name), "altText": alt}

    def _row(self, row: Row) -> Json:
        text = self.escaped(row.text, _MOST_TEXT) or "–"
        if link := safe_link(row.link) if row.link else "":
            text = f'<a href="{html.escape(link)}">{text}</a>'
        made: Json = {"text": f"<b>{text}</b>" if row.bold else text, "wrapText": True}
        if row.label:
            made["topLabel"] = self.escaped(row.label, _LABEL)
        if row.below:
            made["bottomLabel"] = _toned(self.escaped(row.below, 400), row.tone)
        if row.icon:
            made["startIcon"] = self._icon(row.icon, row.icon_label or row.label)
        return made | self._end(row)

    def _end(self, row: Row) -> Json:
        made: Json = {}
        if row.tick is not None:
            made["switchControl"] = self._tick(row.tick)
        elif row.button is not None and _usable(row.button):
            made["button"] = self.button(row.button)
        elif row.mark:
            made["endIcon"] = self._icon(row.mark, row.mark_label)
        if row.target is not None and _leads(row.target):
            made["onClick"] = self.on_click(row.target)
        return made

    def _tick(self, tick: Tick) -> Json:
        return {
            "name": tick.name,
            "value": "1",
            "selected": tick.ticked,
            "controlType": "CHECK_BOX",
            "onChangeAction": self.action(tick.op),
        }

    def _text(self, text: Text) -> Json:
        if isinstance(text.body, Rich):
            body, cut = card_text(text.body.html, limit=_MOST_TEXT)
        else:
            body, cut = self.escaped(text.body, _MOST_TEXT), len(text.body) > _MOST_TEXT
        if cut and (link := safe_link(text.link) if text.link else ""):
            body += f' <a href="{html.escape(link)}">↗ Pipedrive</a>'
        made: Json = {"text": _toned(body or "–", text.tone)}
        return made | {"maxLines": text.lines} if text.lines else made

    def _pair(self, pair: Pair) -> Json:
        sizes = ("FILL_AVAILABLE_SPACE", "FILL_MINIMUM_SPACE")
        rows = (pair.left, pair.right)
        return {
            "columnItems": [
                {"horizontalSizeStyle": size, "widgets": [{"decoratedText": self._row(row)}]}
                for size, row in zip(sizes, rows, strict=True)
            ]
        }

    def _chip(self, chip: Chip) -> Json:
        made: Json = {"label": self.plain(chip.label, 60) or "–"}
        if chip.icon:
            made["icon"] = self._icon(chip.icon, chip.colour or chip.label)
        if chip.target is not None and _leads(chip.target):
            made["onClick"] = self.on_click(chip.target)
        return made

    def _input(self, field: Input) -> Json:
        made: Json = {
            "name": field.name,
            "label": self.plain(field.label, _LABEL),
            "type": "MULTIPLE_LINE" if field.lines > 1 else "SINGLE_LINE",
        }
        if field.value:
            made["value"] = sendable(field.value)
        if field.hint:
            made["hintText"] = self.plain(field.hint, _LABEL)
        if field.suggest is not None:
            made["autoCompleteAction"] = self.action(field.suggest)
        return made

    def _select(self, field: Select) -> list[Json]:
        choices = _distinct(field.choices)
        kept = choices[:_MOST_CHOICES]
        one_only = field.look in (Look.MENU, Look.RADIO)
        chosen = [choice.value for choice in kept if choice.chosen]
        items = [
            {
                "text": self.plain(choice.label, 100) or "–",
                "value": choice.value,
                "selected": choice.value in (chosen[:1] if one_only else chosen),
            }
            for choice in kept
        ]
        made: Json = {
            "name": field.name,
            "label": self.plain(field.label, _LABEL),
            "type": _LOOKS[field.look],
            "items": items,
        }
        if field.on_change is not None:
            made["onChangeAction"] = self.action(field.on_change)
        left = len(choices) - len(kept)
        told = {"text": _toned(f"+ {left}", Tone.MUTED)}
        return [{"selectionInput": made}, *([{"textParagraph": told}] if left else [])]

    def _moment(self, field: Moment) -> Json:
        made: Json = {
            "name": field.name,
            "label": self.plain(field.label, _LABEL),
            "type": _MOMENTS[field.wants],
        }
        return made if field.value_ms is None else made | {"valueMsEpoch": field.value_ms}


def _distinct(choices: tuple[Choice, ...]) -> list[Choice]:
    """Chosen ones first where there are too many, each value once."""
    found = {choice.value: choice for choice in reversed(choices)}
    ranked = list(reversed(found.values()))
    if len(ranked) > _MOST_CHOICES:
        ranked.sort(key=lambda choice: not choice.chosen)
    return ranked or [Choice(value="", label="–")]


def _leads(target: Target) -> bool:
    return target.op is not None or bool(safe_link(target.link))


def _usable(button: Button) -> bool:
    if button.menu:
        return any(_usable(one) for one in button.menu)
    return button.target is not None and _leads(button.target)


def _toned(markup: str, tone: Tone) -> str:
    colour = _COLOURS.get(tone)
    return f'<font color="{colour}">{markup}</font>' if colour else markup


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
