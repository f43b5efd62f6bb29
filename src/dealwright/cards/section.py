"""SectionKind: a part of the contact card, declared once: key, what it needs, how it is drawn."""

from collections.abc import Callable, Collection
from functools import lru_cache

import msgspec

from dealwright.cards import sections as package
from dealwright.cards.card import Op, Section, Target, Widget
from dealwright.cards.known import Known, Part
from dealwright.cards.voice import Voice
from dealwright.core.registry import discover

Draw = Callable[[Known, Voice], Section | None]


class SectionKind(msgspec.Struct, frozen=True, kw_only=True):
    """A section: `draw` gives None where there is nothing to show.

    `place` orders the sections where settings do not; `needs` names what has to be fetched for it,
    nothing else is. `optional` ones can be switched off.
    """

    key: str
    label: str
    place: int
    draw: Draw
    needs: frozenset[Part] = frozenset()
    optional: bool = True


#: Switches inside a section: what they fetch, and which section they need.
DETAILS = {
    "deal_notes": ("Notes of deals", "deals", Part.DEAL_NOTES),
    "deal_activities": ("Activities of deals", "deals", Part.DEAL_ACTIVITIES),
}


@lru_cache(maxsize=1)
def sections() -> dict[str, SectionKind]:
    """Every section by its key, in the order in which they stand when nothing else is set."""
    found = discover(package, "SECTION", SectionKind).values()
    return {kind.key: kind for kind in sorted(found, key=lambda kind: kind.place)}


def switches() -> dict[str, str]:
    """What settings can switch off: keys and English labels, in order."""
    labels = {key: kind.label for key, kind in sections().items() if kind.optional}
    return labels | {key: label for key, (label, _, _) in DETAILS.items()}


def parts_needed(off: Collection[str]) -> frozenset[Part]:
    """What has to be known for the sections that are on; one that is off needs nothing."""
    kinds = [kind for key, kind in sections().items() if key not in off or not kind.optional]
    needed = frozenset({Part.PERSON}).union(*(kind.needs for kind in kinds))
    on = {kind.key for kind in kinds}
    details = {part for key, (_, of, part) in DETAILS.items() if of in on and key not in off}
    return needed | details


def ordered(known: Known) -> list[SectionKind]:
    """The sections that are on, in the order that is set; those that it does not name after."""
    on = [
        kind for key, kind in sections().items()
        if key not in known.sections_off or not kind.optional
    ]  # fmt: skip
    wanted = {key: place for place, key in enumerate(known.sections_order)}
    return sorted(on, key=lambda kind: (kind.key != "summary", wanted.get(kind.key, len(wanted))))


def itemised(key: str, title: str, groups: list[list[Widget]], *, folded_after: int) -> Section:
    """A section of things, each of some widgets; of the first `folded_after` things all stay."""
    widgets = tuple(widget for group in groups for widget in group)
    shown = sum(len(group) for group in groups[:folded_after])
    return Section(
        key=key,
        title=title,
        widgets=widgets,
        shown=shown if shown < len(widgets) else 0,
        items=tuple(len(group) for group in groups),
    )


def more_of(known: Known, key: str, start: int = 0) -> Target:
    """Where the rest of a section is: the section alone, from its thing number `start`."""
    extra = {"section": key, "start": str(start)}
    return Target(op=op(known, "more", extra=extra))


def op(
    known: Known,
    name: str,
    *,
    kind: str = "",
    record: object = "",
    extra: dict[str, str] | None = None,
) -> Op:
    """What a button on the card of this contact does."""
    return Op(
        name=name,
        connection=known.connection,
        kind=kind,
        record=str(record),
        address=known.address,
        extra=extra or {},
    )


def on_person(known: Known, name: str) -> Op:
    """What a button does with the contact."""
    assert known.person is not None  # noqa: S101 — a contact card is of somebody
    return op(known, name, kind="person", record=known.person.id)


def may(known: Known, voice: Voice, what: str) -> bool:
    """Whether this reader may write such a thing from this card: create, update or log."""
    return voice.reader.may_write and what not in known.writes_forbidden
