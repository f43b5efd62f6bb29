"""The four steps of a connector: naming, actions, authorization, behaviour.

Each saves on its own. A feature that came after a connector was made starts off, since what is
stored is the set that was known and the set that is off. Whoever may not set up connectors sees
how one is, and nothing to press but the way through.
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
    Row,
    Section,
    Select,
    Target,
    Text,
    Tone,
    Widget,
)
from dealwright.cards.known import Reader
from dealwright.cards.pages.parts import framed, languages, muted
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
#: Pipedrive sends a browser back to the hub, where a terminal waits to have the account confirmed.
_BY_OAUTH: Final = "dealwright connect --oauth"
STEPS: Final = ("name", "actions", "authorization", "behaviour")


class Setup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A connector as it is set up; `connection` 0 is one that is being made.

    `off` and `forbidden` hold keys of `switches()` and WRITES; `fault` is why the last try to save
    was refused; `oauth`: the hub has an app of Pipedrive's, to sign in by. `carried` goes along in
    the buttons from step to step: what is decided of a connector that is not there yet.
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
    oauth: bool = False
    fault: str = ""
    carried: dict[str, str] = {}


def setup_card(setup: Setup, reader: Reader, *, step: str) -> Card:
    """The card of a step; an unknown one is the first."""
    voice = voice_of(reader)
    place = STEPS.index(step) if step in STEPS else 0
    name = STEPS[place]
    may = reader.may_configure
    widgets = _WIDGETS[name](setup, voice) if may else _LOCKED[name](setup, voice)
    if not may:
        widgets.insert(0, muted(voice.say("Only an admin of the hub can change this.")))
    if setup.fault:
        widgets.insert(0, Text(body=setup.fault, tone=Tone.BAD))
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
    label = voice.say("Save") if last else voice.say("Next")
    # The last step has something of the reader's own, which everybody may choose.
    saves = voice.reader.may_configure or last
    act = _save(setup, STEPS[place]) if saves else _shown(setup, STEPS[place + 1])
    buttons = [Button(label=label, target=Target(op=act), primary=True)]
    if place:
        back = Target(op=_shown(setup, STEPS[place - 1]))
        buttons.append(Button(label=voice.say("Back"), target=back))
    return tuple(buttons)


def _save(setup: Setup, step: str) -> Op:
    return Op(
        name=f"settings_{step}",
        connection=setup.connection,
        kind="connection",
        record=str(setup.connection or ""),
        extra=setup.carried,
    )


def _shown(setup: Setup, step: str) -> Op:
    """Another step as it is; nothing is saved."""
    extra = {**setup.carried, "step": step}
    return Op(name="settings_back", connection=setup.connection, extra=extra)


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
    where = Button(
        label=voice.say("Where is my token?"),
        target=Target(link=links.token_url(setup.company)),
    )
    oauth = voice.say("Or sign in by OAuth, on the hub's machine: {command}", command=_BY_OAUTH)
    held = [muted(voice.say("A token is stored; leave this empty to keep it."))]
    whose = Input(
        name="account",
        label=voice.say("Company domain"),
        hint=voice.say("acme for acme.pipedrive.com. Left empty, Pipedrive tells it."),
    )
    return [
        Text(body=told),
        *([] if setup.connection else [whose]),
        Input(
            name="token",
            label=voice.say("API token"),
            secret=True,
            required=not setup.has_token,
        ),
        *(held if setup.has_token else []),
        muted(voice.say("It is stored encrypted on your own server and never shown again.")),
        *([muted(oauth)] if setup.oauth else []),
        Buttons(items=(where,)),
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
        _figures(setup, voice),
    ]


def _figures(setup: Setup, voice: Voice) -> Select:
    choices = languages(setup.locale, voice)
    return Select(name="locale", label=voice.say("Dates and numbers"), choices=choices)


def _locked_naming(setup: Setup, voice: Voice) -> list[Widget]:
    return [Row(label=voice.say("Name"), text=setup.name)]


def _locked_actions(setup: Setup, voice: Voice) -> list[Widget]:
    kept = {**dict.fromkeys(setup.off, False), **dict.fromkeys(setup.forbidden, False)}
    return [
        Row(text=voice.say(label), below=voice.say("On" if kept.get(key, True) else "Off"))
        for key, label in {**switches(), **WRITES}.items()
    ]


def _locked_authorization(setup: Setup, voice: Voice) -> list[Widget]:
    held = "A token is stored." if setup.has_token else "No token is stored."
    return [Row(label=voice.say("API token"), text=voice.say(held))]


def _locked_behaviour(setup: Setup, voice: Voice) -> list[Widget]:
    run = "Automatically when a message opens" if setup.automatic else "Only when I ask"
    direct = voice.say("On" if setup.default else "Off")
    return [
        Row(label=voice.say("Search"), text=voice.say(run)),
        Row(label=voice.say("Show this connector's data directly"), text=direct),
        _figures(setup, voice),
    ]


_WIDGETS: Final[dict[str, Callable[[Setup, Voice], list[Widget]]]] = {
    "name": _naming,
    "actions": _actions,
    "authorization": _authorization,
    "behaviour": _behaviour,
}
_LOCKED: Final[dict[str, Callable[[Setup, Voice], list[Widget]]]] = {
    "name": _locked_naming,
    "actions": _locked_actions,
    "authorization": _locked_authorization,
    "behaviour": _locked_behaviour,
}
