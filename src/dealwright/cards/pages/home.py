"""Cards without an address: the first words, the dashboard, the list of connectors."""

from dealwright.cards.card import (
    Button,
    Buttons,
    Card,
    Input,
    Op,
    Row,
    Section,
    Target,
    Text,
    Widget,
)
from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.pages.parts import framed, muted
from dealwright.cards.rows import connector_row, state_word
from dealwright.cards.voice import Voice, voice_of

_HEALTHY = frozenset({Finding.MATCH, Finding.NO_MATCH, Finding.SEVERAL})
#: Where the steps of a connector lead back to.
_TO_HERE = {"to": "dashboard"}


def home_card(connectors: tuple[Connector, ...], reader: Reader, *, help_url: str = "") -> Card:
    """What stands beside the mailbox when no message is open: `home` before the first connector."""
    voice = voice_of(reader)
    if not connectors:
        return _welcome(voice, help_url)
    field = Input(name="address", label=voice.say("E-mail address or name"))
    go = Button(label=voice.say("Look up"), target=Target(op=Op(name="look_up")), primary=True)
    told = Text(body=voice.say("Open a message to see who wrote it, or look somebody up."))
    search = Section(key="search", widgets=(told, field, Buttons(items=(go,))))
    rows = tuple(_row(one, voice) for one in connectors)
    listed = Section(key="connectors", title=voice.say("Connectors"), widgets=rows)
    title = voice.say("Pipedrive in your inbox")
    return framed("dashboard", voice, title=title, sections=(search, listed))


def settings_card(connectors: tuple[Connector, ...], reader: Reader) -> Card:
    """The connectors with a button to set each up, one to add another, and the reader's own."""
    voice = voice_of(reader)
    rows: list[Widget] = [_edit_row(one, voice) for one in connectors]
    add = Button(
        label=voice.say("Set up a connector"),
        target=Target(op=Op(name="settings_new")),
        primary=not connectors,
    )
    own = Button(
        label=voice.say("How you read cards"), target=Target(op=Op(name="settings_reader"))
    )
    widgets = (*rows, Buttons(items=(add, own) if reader.may_configure else (own,)))
    section = Section(key="connectors", title=voice.say("Connectors"), widgets=widgets)
    return framed("settings", voice, title=voice.say("Settings"), sections=(section,))


def _welcome(voice: Voice, help_url: str) -> Card:
    words = voice.say(
        "Open a message to see its sender's contact, deals and activities. "
        "No connector is set up yet."
    )
    widgets: list[Widget] = [Text(body=words)]
    start = Target(op=Op(name="settings_new", extra=_TO_HERE))
    buttons = [Button(label=voice.say("Set up a connector"), target=start, primary=True)]
    if not voice.reader.may_configure:
        buttons = []
        widgets.append(muted(voice.say("Only an admin of the hub can change this.")))
    if help_url:
        buttons.append(Button(label=voice.say("Help"), target=Target(link=help_url)))
    if buttons:
        widgets.append(Buttons(items=tuple(buttons)))
    section = Section(key="welcome", widgets=tuple(widgets))
    title = voice.say("Pipedrive in your inbox")
    return framed("home", voice, title=title, sections=(section,))


def _row(one: Connector, voice: Voice) -> Row:
    if one.finding not in _HEALTHY:
        return connector_row(one, "", voice)
    edit = _edit(one, extra=_TO_HERE)
    return Row(
        text=one.name,
        below=voice.joined((voice.say("Ready"), one.says)),
        icon="pipedrive",
        icon_label="Pipedrive",
        button=Button(label=voice.say("Settings"), target=Target(op=edit)),
    )


def _edit_row(one: Connector, voice: Voice) -> Row:
    label = voice.say("Edit") if voice.reader.may_configure else voice.say("Show")
    return Row(
        text=one.name,
        below=voice.joined((state_word(one, voice), one.says)),
        icon="pipedrive",
        icon_label="Pipedrive",
        button=Button(label=label, target=Target(op=_edit(one, extra={}))),
    )


def _edit(one: Connector, *, extra: dict[str, str]) -> Op:
    return Op(
        name="settings_edit",
        connection=one.id,
        kind="connection",
        record=str(one.id),
        extra=extra,
    )
