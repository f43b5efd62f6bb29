"""What the cards of this package share: their frame, and choices of the account's lists."""

from collections.abc import Collection
from typing import Final

from dealwright.cards.card import Button, Card, Choice, Header, Op, Section, Target, Text, Tone
from dealwright.cards.contact import menu
from dealwright.cards.known import Lists
from dealwright.cards.locale import locale_of
from dealwright.cards.names import field_named
from dealwright.cards.voice import Voice

_LANGUAGES: Final = ("en-GB", "en-US", "de-DE", "fr-FR", "sv-SE", "es-ES", "ar")


def framed(
    name: str,
    voice: Voice,
    *,
    title: str,
    sections: tuple[Section, ...],
    subtitle: str = "",
    connection: int = 0,
    address: str = "",
    footer: tuple[Button, ...] = (),
) -> Card:
    """A card with the menu that all have."""
    return Card(
        name=name,
        header=Header(title=title, subtitle=subtitle),
        sections=sections,
        language=voice.language,
        menu=menu(voice, connection=connection, address=address),
        footer=footer,
    )


def sending(voice: Voice, label: str, act: Op) -> tuple[Button, ...]:
    """The footer of a form: what sends it, and the way back."""
    cancel = Op(name="cancel", connection=act.connection, address=act.address)
    return (
        Button(label=voice.say(label), target=Target(op=act), primary=True),
        Button(label=voice.say("Cancel"), target=Target(op=cancel)),
    )


def muted(words: str) -> Text:
    """A line of explanation."""
    return Text(body=words, tone=Tone.MUTED)


def owners(lists: Lists, chosen: int | None) -> tuple[Choice, ...]:
    """The colleagues who are active, and the one that is chosen."""
    return tuple(
        Choice(value=str(one.id), label=one.name or str(one.id), chosen=one.id == chosen)
        for one in lists.users
        if one.active_flag or one.id == chosen
    )


def label_choices(lists: Lists, chosen: Collection[int]) -> tuple[Choice, ...]:
    """The labels that persons can have."""
    field = field_named(lists.person_fields, "label_ids")
    wanted = {str(one) for one in chosen}
    return tuple(
        Choice(value=str(one.id), label=one.label, chosen=str(one.id) in wanted)
        for one in (field.options if field else None) or ()
    )


def stage_choices(
    lists: Lists, chosen: int | None, *, pipeline: int | None = None
) -> tuple[Choice, ...]:
    """Stages in order, of one pipeline or of all with their pipelines' names."""
    several = pipeline is None and len(lists.pipelines) > 1
    pipelines = {one.id: one for one in lists.pipelines}
    ranked = sorted(
        (one for one in lists.stages if not one.is_deleted),
        key=lambda one: (
            pipelines[one.pipeline_id].order_nr if one.pipeline_id in pipelines else 0,
            one.pipeline_id,
            one.order_nr,
        ),
    )
    return tuple(
        Choice(
            value=str(one.id),
            label=f"{pipelines[one.pipeline_id].name}: {one.name}"
            if several and one.pipeline_id in pipelines
            else one.name,
            chosen=one.id == chosen,
        )
        for one in ranked
        if pipeline in (None, one.pipeline_id)
    )


def languages(chosen: str, voice: Voice) -> tuple[Choice, ...]:
    """Locales that a reader may choose, each in its own words; "" is that of his mailbox."""
    tags = _LANGUAGES if chosen in ("", *_LANGUAGES) else (*_LANGUAGES, chosen)
    first = Choice(value="", label=voice.say("As in the mailbox"), chosen=not chosen)
    named = (
        Choice(value=tag, label=(found.get_display_name() or tag), chosen=tag == chosen)
        for tag in tags
        if (found := locale_of(tag)) is not None
    )
    return (first, *named)
