"""Templates: what a summary should answer, by conversation type.

Source: MEETINGS 3.1 (MEDDPICC, BANT, SPICED). A slot is a code of `labels`; each is marked as
stated, implied or unknown rather than filled with an invention. Next steps and open questions
belong to every template and are no slots.
"""

from collections.abc import Iterable
from typing import Final

import msgspec


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A name, the conversation types it is for (part of their name, small letters), and slots."""

    key: str
    types: tuple[str, ...]
    slots: tuple[str, ...]


GENERAL: Final = Template(key="general", types=(), slots=("purpose", "key_points", "decisions"))

TEMPLATES: Final = (
    Template(
        key="discovery",
        types=(
            "discovery", "qualification", "intro", "first meeting", "behov", "kartläggning",
            "erstgespräch", "bedarf", "découverte", "descubrimiento", "kaardist", "esmakohtumine",
        ),
        slots=(
            "pain", "metrics", "budget", "decision_process", "timeline", "competition", "champion",
        ),
    ),
    Template(
        key="demo",
        types=("demo", "presentation", "visning", "vorführung", "démo", "esitlus"),
        slots=("purpose", "feedback", "objections", "decision_process", "timeline"),
    ),
    Template(
        key="negotiation",
        types=(
            "negotiation", "proposal", "closing", "pricing", "förhandling", "verhandlung",
            "négociation", "negociación", "läbirääki",
        ),
        slots=("budget", "decision_process", "objections", "timeline", "risks", "decisions"),
    ),
    Template(
        key="renewal",
        types=(
            "renewal", "quarterly", "qbr", "check-in", "success", "förnyelse", "verlängerung",
            "renouvellement", "renovación", "pikendus",
        ),
        slots=("usage", "feedback", "budget", "competition", "risks", "timeline", "decisions"),
    ),
    Template(
        key="support",
        types=("support", "onboarding", "escalation", "incident", "kundtjänst", "soporte", "tugi"),
        slots=("pain", "decisions", "timeline"),
    ),
)  # fmt: skip


def template_for(conversation_type: str) -> Template:
    """The template of a conversation type; the general one where none fits."""
    said = conversation_type.casefold()
    for template in TEMPLATES:
        if any(part in said for part in template.types):
            return template
    return GENERAL


def template_of(names: Iterable[str]) -> Template:
    """The template of the first name that has one of its own: a type, tags, a title."""
    found = (template_for(name) for name in names if name)
    return next((each for each in found if each is not GENERAL), GENERAL)


def template_named(key: str) -> Template:
    """The template of a key. Raises KeyError."""
    return {each.key: each for each in (GENERAL, *TEMPLATES)}[key]
