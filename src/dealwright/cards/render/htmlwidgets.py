"""Widgets as HTML, one method a kind; every text of others is escaped, or nh3's."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from dealwright.cards.card import (
    Button,
    Buttons,
    Chips,
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
    Widget,
)
from dealwright.cards.richtext import safe_link, sendable, web_html

_TYPES: Final = {"date": "date", "time": "time", "datetime": "datetime-local"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def escaped(text: str) -> str:
    """Text between tags."""
    return html.escape(sendable(text), quote=False)


def attr(text: str) -> str:
    """Text in an attribute that stands in double quotes."""
    return html.escape(sendable(text), quote=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the HTML of widgets. `late` gathers the forms of boxes: no form stands in another."""

    sign: Callable[[Op], str]
    action_url: str
    static_url: str
    late: list[str] = field(default_factory=list[str])

    def widget(self, widget: Widget) -> str:
        """One widget."""
        match widget:
            case Row():
                return self._row(widget)
            case Text():
                return self._text(widget)
            case Pair():
                rows = self._row(widget.left) + self._row(widget.right)
                return f'<div class="pair">{rows}</div>'
            case Divider():
                return "<hr>"
            case Buttons() | Chips():
                return self._several(widget)
            case Input() | Select() | Moment():
                return self._field(widget)

    def picture(self, name: str) -> str:
        """Where a picture of the set is; an address stays as it is."""
        return name if name.startswith("https://") else f"{self.static_url}/{name}.png"

    def button(self, button: Button) -> str:
        """A button that does something, a link, or a menu; nothing where neither leads anywhere."""
        if button.menu:
            items = "".join(f"<li>{self.button(one)}</li>" for one in button.menu)
            words = escaped(button.label)
            return f'<details class="menu"><summary>{words}</summary><ul>{items}</ul></details>'
        if button.target is None:
            return ""
        kind = "button primary" if button.primary else "button"
        return self._leading(button.target, escaped(button.label), kind, off=button.disabled)

    def _several(self, widget: Buttons | Chips) -> str:
        if isinstance(widget, Buttons):
            made = "".join(self.button(one) for one in widget.items)
            return f'<div class="buttons">{made}</div>' if made else ""
        chips: list[str] = []
        for chip in widget.items:
            words = f'<span dir="auto">{escaped(chip.label)}</span>'
            colour = f"chip chip-{attr(chip.colour or 'none')}"
            if chip.target is not None:
                chips.append(f"<li>{self._leading(chip.target, words, colour)}</li>")
            else:
                chips.append(f'<li><span class="{colour}">{words}</span></li>')
        return f'<ul class="chips">{"".join(chips)}</ul>'

    def _leading(self, target: Target, words: str, kind: str, *, off: bool = False) -> str:
        disabled = " disabled" if off else ""
        if target.op is not None:
            state = attr(self.sign(target.op))
            name = attr(target.op.name)
            return (
                f'<button class="{kind}" name="t" value="{state}" data-op="{name}"{disabled}>'
                f"{words}</button>"
            )
        link = safe_link(target.link)
        if not link:
            return ""
        return (
            f'<a class="{kind}" href="{attr(link)}" target="_blank" rel="noopener noreferrer">'
            f"{words}</a>"
        )

    def _row(self, row: Row) -> str:
        parts = [self._icon(row), '<div class="words">']
        if row.label:
            parts.append(f'<div class="label" dir="auto">{escaped(row.label)}</div>')
        parts.append(f'<div class="text" dir="auto">{self._row_text(row)}</div>')
        if row.below:
            parts.append(f'<div class="below" dir="auto">{_lines(row.below)}</div>')
        parts += ["</div>", self._end(row)]
        return f'<div class="row tone-{row.tone}">{"".join(parts)}</div>'

    def _row_text(self, row: Row) -> str:
        text = _lines(row.text) or "–"
        if link := safe_link(row.link) if row.link else "":
            text = f'<a href="{attr(link)}" rel="noopener noreferrer" target="_blank">{text}</a>'
        elif row.target is not None:
            text = self._leading(row.target, text, "quiet") or text
        return f"<strong>{text}</strong>" if row.bold else text

    def _icon(self, row: Row) -> str:
        if not row.icon:
            return ""
        # The words beside an icon say the same, so that it is silent; a type of activity does not.
        said = row.icon_label if row.icon.startswith("act-") else ""
        name = row.icon if not row.icon.isupper() else "k-" + row.icon.lower().replace("_", "-")
        return f'<img class="icon" src="{attr(self.picture(name))}" alt="{attr(said)}">'

    def _end(self, row: Row) -> str:
        parts: list[str] = []
        if row.tick is not None:
            parts.append(self._tick(row.tick, row.text))
        if row.mark:
            parts.append(
                f'<span class="mark mark-{attr(row.mark)}">{escaped(row.mark_label)}</span>'
            )
        if row.button is not None:
            parts.append(self.button(row.button))
        return f'<div class="end">{"".join(parts)}</div>' if parts else ""

    def _tick(self, tick: Tick, words: str) -> str:
        form = f"f-{attr(tick.name)}"
        state = attr(self.sign(tick.op))
        self.late.append(
            f'<form id="{form}" method="post" action="{attr(self.action_url)}">'
            f'<input type="hidden" name="t" value="{state}"></form>'
        )
        checked = " checked" if tick.ticked else ""
        label = attr(words)
        return (
            f'<input class="tick" type="checkbox" form="{form}" name="{attr(tick.name)}" value="1"'
            f'{checked} aria-label="{label}" data-submits>'
            f'<button class="save" form="{form}" aria-label="{label}">✓</button>'
        )

    def _text(self, text: Text) -> str:
        kind = f"paragraph tone-{text.tone}"
        if not isinstance(text.body, Rich):
            return f'<p class="{kind}" dir="auto">{_lines(text.body)}</p>'
        return f'<div class="{kind} rich" dir="auto">{web_html(text.body.html)}</div>'

    def _field(self, widget: Input | Select | Moment) -> str:
        match widget:
            case Input():
                return self._input(widget)
            case Select():
                return self._select(widget)
            case Moment():
                return _moment(widget)

    def _input(self, field: Input) -> str:
        known = f"i-{attr(field.name)}"
        required = " required" if field.required else ""
        hint = f'<small id="{known}-h">{escaped(field.hint)}</small>' if field.hint else ""
        about = f' aria-describedby="{known}-h"' if field.hint else ""
        both = f'id="{known}" name="{attr(field.name)}" dir="auto"{required}{about}'
        if field.lines > 1:
            box = f'<textarea {both} rows="{field.lines}">{escaped(field.value)}</textarea>'
        else:
            kind = "password" if field.secret else "email" if field.name == "email" else "text"
            suggest = f' data-suggest="{attr(self.sign(field.suggest))}"' if field.suggest else ""
            value = attr("" if field.secret else field.value)
            box = f'<input type="{kind}" {both} value="{value}" autocomplete="off"{suggest}>'
        label = f'<label for="{known}">{escaped(field.label)}</label>'
        return f'<div class="field">{label}{box}{hint}</div>'

    def _select(self, field: Select) -> str:
        known, name = f"i-{attr(field.name)}", attr(field.name)
        if field.look is Look.MENU:
            options = "".join(
                f'<option value="{attr(one.value)}"{" selected" if one.chosen else ""}>'
                f"{escaped(one.label)}</option>"
                for one in field.choices
            )
            label = f'<label for="{known}">{escaped(field.label)}</label>'
            box = f'<select id="{known}" name="{name}">{options}</select>'
            return f'<div class="field">{label}{box}</div>'
        kind = "radio" if field.look is Look.RADIO else "checkbox"
        boxes = "".join(
            f'<label class="choice"><input type="{kind}" name="{name}" value="{attr(one.value)}"'
            f"{' checked' if one.chosen else ''}> "
            f'<span dir="auto">{escaped(one.label)}</span></label>'
            for one in field.choices
        )
        return f'<fieldset class="field"><legend>{escaped(field.label)}</legend>{boxes}</fieldset>'


def _moment(field: Moment) -> str:
    known = f"i-{attr(field.name)}"
    value = ""
    if field.value_ms is not None:
        at = _EPOCH + timedelta(milliseconds=field.value_ms)
        shapes = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
        value = at.strftime(shapes[field.wants])
    return (
        f'<div class="field"><label for="{known}">{escaped(field.label)}</label>'
        f'<input type="{_TYPES[field.wants]}" id="{known}" name="{attr(field.name)}" '
        f'value="{value}"></div>'
    )


def _lines(text: str) -> str:
    return escaped(text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")
