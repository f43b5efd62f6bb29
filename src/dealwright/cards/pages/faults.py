"""Cards of what does not work, each with the button that mends it."""

from dealwright.cards import links
from dealwright.cards.card import (
    Button,
    Buttons,
    Card,
    Input,
    Op,
    Section,
    Target,
    Text,
    Tone,
    Widget,
)
from dealwright.cards.known import Connector, Reader
from dealwright.cards.pages.parts import framed, muted
from dealwright.cards.voice import Voice, voice_of


def error_card(
    reader: Reader, *, sentence: str, reference: str = "", connection: int = 0, address: str = ""
) -> Card:
    """Something failed: what, what to do, and by which reference the log knows it."""
    voice = voice_of(reader)
    widgets: list[Widget] = [Text(body=sentence)]
    if reference:
        widgets.append(muted(voice.say("Reference {reference}", reference=reference)))
    again = Op(name="refresh", connection=connection, address=address)
    widgets.append(
        Buttons(
            items=(
                Button(label=voice.say("Try again"), target=Target(op=again), primary=True),
                Button(label=voice.say("Status"), target=Target(link=links.STATUS_PAGE)),
            )
        )
    )
    return _of(
        "error",
        voice,
        voice.say("That did not work"),
        widgets,
        connection=connection,
        address=address,
    )


def link_card(reader: Reader, *, sign_in_url: str, help_url: str = "") -> Card:
    """A Google user whom the hub does not know yet: sign in to it once."""
    voice = voice_of(reader)
    words = voice.say("Sign in to your hub once, so that it knows which connectors are yours.")
    target = Target(link=sign_in_url, overlay=True)
    buttons = [Button(label=voice.say("Sign in"), target=target, primary=True)]
    if help_url:
        buttons.append(Button(label=voice.say("Help"), target=Target(link=help_url)))
    widgets: list[Widget] = [Text(body=words), Buttons(items=tuple(buttons))]
    card = _of("link", voice, voice.say("Connect your account"), widgets)
    # Nothing of the menu works before the account is linked.
    return Card(name=card.name, header=card.header, sections=card.sections, language=card.language)


def reauth_card(
    reader: Reader,
    one: Connector,
    *,
    company: str,
    address: str = "",
    fault: str = "",
    extra: dict[str, str] | None = None,
) -> Card:
    """The token is refused: a new one can be given right here, by whoever may.

    `fault` is why the last one was not taken; `extra` goes along in the button.
    """
    voice = voice_of(reader)
    title = voice.say("Sign in to Pipedrive again")
    words = voice.say("Pipedrive refuses the token of {name}. Give a new one.", name=one.name)
    if not reader.may_configure:
        ask = muted(voice.say("Only an admin of the hub can change this."))
        widgets: list[Widget] = [Text(body=words), ask]
        return _of("reauth", voice, title, widgets, connection=one.id, address=address)
    where = Button(
        label=voice.say("Where is my token?"), target=Target(link=links.token_url(company))
    )
    widgets = [
        Text(body=fault, tone=Tone.BAD) if fault else Text(body=words),
        Input(name="token", label=voice.say("API token"), secret=True, required=True),
        muted(voice.say("It is stored encrypted on your own server and never shown again.")),
        Buttons(items=(where,)),
    ]
    save = Op(
        name="reauth",
        connection=one.id,
        kind="connection",
        record=str(one.id),
        address=address,
        extra=extra or {},
    )
    footer = (Button(label=voice.say("Save token"), target=Target(op=save), primary=True),)
    return _of("reauth", voice, title, widgets, connection=one.id, address=address, footer=footer)


def payment_card(
    reader: Reader, one: Connector, *, company: str, address: str = "", old: bool = False
) -> Card:
    """The account is not open: trial over, or payment missing; `old`: what was known is offered."""
    voice = voice_of(reader)
    words = voice.say(
        "The trial of {name} has ended, or its payment is missing. Subscribe or update the payment "
        "in Pipedrive.",
        name=one.name,
    )
    pay = Target(link=links.subscription_url(company))
    buttons = [
        Button(label=voice.say("Subscribe or update payment"), target=pay, primary=True),
        _again(voice, one, address),
    ]
    if old:
        show = Op(name="show_old", connection=one.id, address=address)
        buttons.append(Button(label=voice.say("Show last known data"), target=Target(op=show)))
    widgets: list[Widget] = [Text(body=words), Buttons(items=tuple(buttons))]
    title = voice.say("Pipedrive account is not active")
    return _of("payment", voice, title, widgets, connection=one.id, address=address)


def limited_card(reader: Reader, one: Connector, *, address: str = "") -> Card:
    """Pipedrive's limit is reached: when it goes on."""
    voice = voice_of(reader)
    words = voice.say("{name} has reached Pipedrive's limit of calls.", name=one.name)
    if one.until is not None:
        words += " " + voice.say("Next try {when}.", when=voice.moment(one.until))
    widgets: list[Widget] = [Text(body=words), Buttons(items=(_again(voice, one, address),))]
    return _of(
        "limited",
        voice,
        voice.say("Pipedrive is busy"),
        widgets,
        connection=one.id,
        address=address,
    )


def manual_card(reader: Reader, one: Connector, *, address: str = "") -> Card:
    """A Connection that searches only when somebody asks."""
    voice = voice_of(reader)
    words = voice.say("{name} searches only when you ask.", name=one.name)
    run = Op(name="run", connection=one.id, kind="connection", record=str(one.id), address=address)
    search = Button(label=voice.say("Search"), target=Target(op=run), primary=True)
    widgets: list[Widget] = [Text(body=words), Buttons(items=(search,))]
    return _of("manual", voice, address or one.name, widgets, connection=one.id, address=address)


def _again(voice: Voice, one: Connector, address: str) -> Button:
    again = Op(name="refresh", connection=one.id, address=address)
    return Button(label=voice.say("Try again"), target=Target(op=again))


def _of(
    name: str,
    voice: Voice,
    title: str,
    widgets: list[Widget],
    *,
    connection: int = 0,
    address: str = "",
    footer: tuple[Button, ...] = (),
) -> Card:
    return framed(
        name,
        voice,
        title=title,
        sections=(Section(key=name, widgets=tuple(widgets)),),
        connection=connection,
        address=address,
        footer=footer,
    )
