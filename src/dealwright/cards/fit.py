"""Fitting a card into a limit: things at the end of the longest sections go, counted and linked.

No section vanishes and no thing is cut in two; what is left out is one press away.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from dealwright.cards.card import Card, Pair, Section, Target, Widget

SizeOf = Callable[[Widget], int]
#: What the row that counts the rest takes, and the frame of a section.
_REST_BYTES: Final = 1200
_FRAME_BYTES: Final = 1500


@dataclass(slots=True, kw_only=True)
class _Measured:
    """A section and what each of its things takes; things at the end can go."""

    section: Section
    widgets: list[int] = field(default_factory=list[int])
    sizes: list[int] = field(default_factory=list[int])

    @property
    def can_lose(self) -> bool:
        return self.section.more is not None and len(self.widgets) > 1

    def result(self) -> Section:
        things = self.section.items or (1,) * len(self.section.widgets)
        kept = things[: len(self.widgets)]
        lost = len(things) - len(kept)
        if not lost:
            return self.section
        widgets = self.section.widgets[: sum(kept)]
        return msgspec.structs.replace(
            self.section,
            widgets=widgets,
            items=kept,
            shown=self.section.shown if self.section.shown < len(widgets) else 0,
            left_out=self.section.left_out + lost,
            more=_earlier(self.section, lost),
        )


def fitted(card: Card, *, most_widgets: int, most_bytes: int, size_of: SizeOf) -> Card:
    """The card with as many things as fit; `size_of` gives the bytes of a widget as rendered."""
    measured = [_measure(section, size_of) for section in card.sections]
    spare_widgets = most_widgets - sum(sum(one.widgets) for one in measured) - len(measured)
    frame = len(measured) * (_REST_BYTES + 200) + _FRAME_BYTES
    spare_bytes = most_bytes - sum(sum(one.sizes) for one in measured) - frame
    while spare_widgets < 0 or spare_bytes < 0:
        losers = [one for one in measured if one.can_lose]
        if not losers:
            break
        loser = max(losers, key=lambda one: sum(one.widgets if spare_widgets < 0 else one.sizes))
        spare_widgets += loser.widgets.pop()
        spare_bytes += loser.sizes.pop()
    return msgspec.structs.replace(card, sections=tuple(one.result() for one in measured))


def weight(widget: Widget) -> int:
    """For how many widgets one counts."""
    return 3 if isinstance(widget, Pair) else 1


def _measure(section: Section, size_of: SizeOf) -> _Measured:
    made = _Measured(section=section)
    start = 0
    for things in section.items or (1,) * len(section.widgets):
        group = section.widgets[start : start + things]
        made.widgets.append(sum(weight(widget) for widget in group))
        made.sizes.append(sum(size_of(widget) for widget in group))
        start += things
    return made


def _earlier(section: Section, lost: int) -> Target | None:
    target = section.more
    if target is None or target.op is None:
        return target
    start = int(target.op.extra.get("start", "0")) - lost
    extra = target.op.extra | {"start": str(max(start, 0))}
    return msgspec.structs.replace(target, op=msgspec.structs.replace(target.op, extra=extra))
