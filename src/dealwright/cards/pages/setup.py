"""The four steps of a connector: naming, actions, authorization, behaviour.

Each saves on its own. A feature that came after a connector was made starts off, since what is
stored is the set that was known and the set that is off.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from dealwright.cards import links
from dealwright.cards.card import (
    Button,
    Buttons,
    Card,
    Choice,
    Input,
    Look,
    Op,
    Section,
    Select,
    Target,
    Text,
    Widget,
)
from dealwright.cards.known import Reader
from dealwright.cards.locale import locale_of
from dealwright.cards.pages.parts import framed, muted
from dealwright.cards.section import switches
from dealwright.cards.voice import Voice, voice_of

#: The name of a connector whose name is left empty.
DEFAULT_NAME: Final = "Pipedrive"
#: What the second step can forbid, and its words.
WRITES: Final = {
    "create": "Add contacts, deals, notes, activities",
    "update": "Mark activities done, move deals, change labels and owner",
    "log": "Log e-mails",
}
STEPS: Final = ("name", "actions", "authorization", "behaviour")
_LANGUAGES: Final = ("en-GB", "en-US", "de-DE", "fr-FR", "sv-SE", "es-ES", "ar")


class Setup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A connector as it is set up; `connection` 0 is one that is being made.

    `off` and `forbidden` hold keys of `switches()` and WRITES; `fault` is why the last try to save
    was refused; `oauth_url` where Pipedrive's own sign-in starts, if it is set up.
    """

    connection: int = 0
    name: str = DEFAULT_NAME
    company: str = ""
    off: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    automatic: bool = True
    default: bool = True
    locale: str = ""
    has_token: bool = False
    oauth_url: str = ""
    fault: str = ""


def setup_card(setup: Setup, reader: Reader, *, step: str) -> Card:
    """The card of a step; an unknown one is the first."""
    voice = voice_of(reader)
    place = STEPS.index(step) if step in STEPS else 0
    name = STEPS[place]
    widgets = _WIDGETS[name](setup, voice)
    if setup.fault:
        widgets.insert(0, Text(body=setup.fault))
    heading = voice.say(_HEADINGS[name], step=voice.count(place + 1))
    return framed(
        f"settings_{name}",
        voice,
        title=setup.name if setup.connection else voice.say("New Pipedrive connector"),
        sections=(Section(key=name, title=heading, widgets=tuple(widgets)),),
        connection=setup.connection,
        footer=_footer(setup, voice, place),
    )


_HEADINGS: Final = {
    "name": "Step {step} of 4: naming",
    "actions": "Step {step} of 4: actions",
    "authorization": "Step {step} of 4: authorization",
    "behaviour": "Step {step} of 4: behaviour",
}


def _footer(setup: Setup, voice: Voice, place: int) -> tuple[Button, ...]:
    last = place == len(STEPS) - 1
    save = Op(
        name=f"settings_{STEPS[place]}",
        connection=setup.connection,
        kind="connection",
        record=str(setup.connection or ""),
    )
    label = voice.say("Save") if last else voice.say("Next")
    buttons = [Button(label=label, target=Target(op=save), primary=True)]
    if place:
        back = Op(
            name="settings_back", connection=setup.connection, extra={"step": STEPS[place - 1]}
        )
        buttons.append(Button(label=voice.say("Back"), target=Target(op=back)))
    return tuple(buttons)


def _naming(setup: Setup, voice: Voice) -> list[Widget]:
    hint = voice.say("Need not be unique. Left empty it becomes {name}.", name=DEFAULT_NAME)
    return [Input(name="name", label=voice.say("Name"), value=setup.name, hint=hint)]


def _actions(setup: Setup, voice: Voice) -> list[Widget]:
    shown = tuple(
        Choice(value=key, label=voice.say(label), chosen=key not in setup.off)
        for key, label in switches().items()
    )
    writes = tuple(
        Choice(value=key, label=voice.say(label), chosen=key not in setup.forbidden)
        for key, label in WRITES.items()
    )
    return [
        Text(body=voice.say("Fewer parts load faster: one that is off is not fetched.")),
        Select(name="features", label=voice.say("Show"), choices=shown, look=Look.SWITCHES),
        Select(
            name="writes",
            label=voice.say("Allow changes from the card"),
            choices=writes,
            look=Look.SWITCHES,
        ),
    ]


def _authorization(setup: Setup, voice: Voice) -> list[Widget]:
    told = voice.say("Paste your API token. You find it in Pipedrive: Personal preferences, API.")
    buttons = [
        Button(
            label=voice.say("Where is my token?"),
            target=Target(link=links.token_url(setup.company)),
        )
    ]
    if setup.oauth_url:
        target = Target(link=setup.oauth_url, overlay=True)
        buttons.append(Button(label=voice.say("Use OAuth instead"), target=target))
    held = [muted(voice.say("A token is stored; leave this empty to keep it."))]
    return [
        Text(body=told),
        Input(
            name="token",
            label=voice.say("API token"),
            secret=True,
            required=not setup.has_token,
        ),
        *(held if setup.has_token else []),
        muted(voice.say("It is stored encrypted on your own server and never shown again.")),
        Buttons(items=tuple(buttons)),
    ]


def _behaviour(setup: Setup, voice: Voice) -> list[Widget]:
    auto = voice.say("Automatically when a message opens")
    run = (
        Choice(value="auto", label=auto, chosen=setup.automatic),
        Choice(value="manual", label=voice.say("Only when I ask"), chosen=not setup.automatic),
    )
    direct = voice.say("Show this connector's data directly")
    shown = (Choice(value="1", label=direct, chosen=setup.default),)
    return [
        Select(name="run", label=voice.say("Search"), choices=run, look=Look.RADIO),
        Select(name="default", label=voice.say("Dashboard"), choices=shown, look=Look.SWITCHES),
        Select(
            name="locale",
            label=voice.say("Dates and numbers"),
            choices=_locales(setup, voice),
        ),
    ]


def _locales(setup: Setup, voice: Voice) -> tuple[Choice, ...]:
    tags = _LANGUAGES if setup.locale in ("", *_LANGUAGES) else (*_LANGUAGES, setup.locale)
    first = Choice(value="", label=voice.say("As in the mailbox"), chosen=not setup.locale)
    named = (
        Choice(value=tag, label=(found.get_display_name() or tag), chosen=tag == setup.locale)
        for tag in tags
        if (found := locale_of(tag)) is not None
    )
    return (first, *named)


_WIDGETS: Final[dict[str, Callable[[Setup, Voice], list[Widget]]]] = {
    "name": _naming,
    "actions": _actions,
    "authorization": _authorization,
    "behaviour": _behaviour,
}
