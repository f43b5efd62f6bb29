"""Card: what the reader of an e-mail sees, in one neutral form that every renderer lays out.

All decisions (which rows, in which order, with which words) are made here; renderers only lay out.
A text is plain: nothing in it is markup, however it looks.
"""

from enum import StrEnum

import msgspec


class Tone(StrEnum):
    """How a row or a button is meant, beside its words."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    MUTED = "muted"


class Op(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a button does: a word of the card's own vocabulary, and on which record.

    `connection` is the Connection's id, `address` whose card the button is on. Signed before it
    leaves the hub.
    """

    name: str
    connection: int = 0
    kind: str = ""
    record: str = ""
    address: str = ""
    extra: dict[str, str] = {}


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a click leads: an Op of the hub, or a link; `overlay` opens a window and reloads."""

    op: Op | None = None
    link: str = ""
    overlay: bool = False


class Rich(msgspec.Struct, frozen=True, kw_only=True):
    """Formatted text of Pipedrive, as sanitised HTML of notes; renderers bring it to their form."""

    html: str


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to press. `menu` makes it open these instead."""

    label: str
    target: Target | None = None
    icon: str = ""
    primary: bool = False
    disabled: bool = False
    menu: tuple["Button", ...] = ()


class Tick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A box that is ticked or not; its `name` is unique in a card."""

    name: str
    ticked: bool
    op: Op


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="row"):
    """One labelled line: what it is, its text, what stands below it.

    `icon` is a name of the icon set, `icon_label` its words. `mark` is a second icon at the end
    with its words (`Primary`, `Won`). `link` makes the text one. `tone` never says alone what it
    means.
    """

    text: str
    label: str = ""
    below: str = ""
    icon: str = ""
    icon_label: str = ""
    mark: str = ""
    mark_label: str = ""
    link: str = ""
    bold: bool = False
    tone: Tone = Tone.PLAIN
    button: Button | None = None
    tick: Tick | None = None
    target: Target | None = None


class Text(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="text"):
    """A paragraph; folded behind "show more" after `lines`, 0 never.

    Where a renderer has to cut it, `link` leads to the whole.
    """

    body: str | Rich
    lines: int = 0
    link: str = ""
    tone: Tone = Tone.PLAIN


class Pair(msgspec.Struct, frozen=True, kw_only=True, tag="pair"):
    """Two rows side by side; one below the other where there is little room."""

    left: Row
    right: Row


class Buttons(msgspec.Struct, frozen=True, kw_only=True, tag="buttons"):
    """Several buttons side by side."""

    items: tuple[Button, ...]


class Chip(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A label; `colour` is Pipedrive's word for it."""

    label: str
    colour: str = ""
    icon: str = ""
    target: Target | None = None


class Chips(msgspec.Struct, frozen=True, kw_only=True, tag="chips"):
    """Labels side by side."""

    items: tuple[Chip, ...]


class Divider(msgspec.Struct, frozen=True, kw_only=True, tag="divider"):
    """A line between two things."""


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the values of a Select."""

    value: str
    label: str
    chosen: bool = False


class Look(StrEnum):
    """How a Select looks."""

    MENU = "menu"
    RADIO = "radio"
    BOXES = "boxes"
    SWITCHES = "switches"


class Input(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="input"):
    """A field for text. `suggest` is asked for suggestions while somebody types."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    lines: int = 1
    required: bool = False
    secret: bool = False
    suggest: Op | None = None


class Select(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="select"):
    """A choice among values."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    look: Look = Look.MENU
    on_change: Op | None = None


class Moment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="moment"):
    """A field for a day, a time of day, or both (`wants`: date, time, datetime)."""

    name: str
    label: str
    wants: str = "date"
    value_ms: int | None = None


Widget = Row | Text | Pair | Buttons | Chips | Divider | Input | Select | Moment


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a card. Of `widgets` the first `shown` stay when it is folded, 0: it never is.

    `items` counts the widgets of each of its things, in order, so that a limit never cuts one in
    two; empty: each widget is one. `left_out` things are not here, `more` leads to them.
    """

    key: str
    widgets: tuple[Widget, ...]
    title: str = ""
    shown: int = 0
    items: tuple[int, ...] = ()
    left_out: int = 0
    more: Target | None = None


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The head of a card."""

    title: str
    subtitle: str = ""
    picture: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A whole card. `name` is one of the vocabulary (home, dashboard, contact, none, …).

    `language` is a locale (BCP 47) in which its words and figures are; `menu` stands in its head,
    `footer` is its main button and one beside it.
    """

    name: str
    header: Header
    sections: tuple[Section, ...]
    language: str = "en"
    menu: tuple[Button, ...] = ()
    footer: tuple[Button, ...] = ()
