"""Next steps as people type them, a line each: `Ada: send the offer (due 2026-12-01)`."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dealwright.meetings.meeting import ActionItem
from dealwright.meetings.texts import line

#: Nobody means more than these.
MOST_STEPS: Final = 100
MOST_CHARS: Final = 1_000

_MARK: Final = re.compile(r"(?:[-*•](?:\s+|$))?(?:\[(?P<done>[ xX])\]\s*)?")
_DUE: Final = re.compile(r"\s+\(due (?P<due>[^()]{1,40})\)$")
_OWNER: Final = re.compile(r"(?P<owner>[^:/]{1,80}):\s+")


def steps_text(items: Iterable[ActionItem]) -> str:
    """Next steps as lines to edit; `steps_of_text` reads them."""
    return "\n".join(map(_line, items))


def steps_of_text(text: str) -> tuple[ActionItem, ...]:
    """The next steps that lines tell: who, a colon, what, `(due …)`; `[x]` before: done.

    >>> steps_of_text("[x] Ada: call (due 2026-12-01)")[0].due
    '2026-12-01'
    """
    return tuple(_items(text.splitlines()))[:MOST_STEPS]


def _items(lines: Iterable[str]) -> Iterator[ActionItem]:
    for raw in lines:
        told = line(raw[:MOST_CHARS])
        mark = _MARK.match(told)
        is_done = mark is not None and (mark["done"] or "").lower() == "x"
        rest = told[mark.end() :] if mark else told
        due = _DUE.search(rest)
        rest = rest[: due.start()] if due else rest
        owner = _OWNER.match(rest)
        text = rest[owner.end() :] if owner else rest
        if text:
            yield ActionItem(
                text=text,
                owner=owner["owner"] if owner else "",
                due=due["due"] if due else "",
                done=is_done,
            )


def _line(item: ActionItem) -> str:
    mark = "[x] " if item.done else ""
    owner = f"{item.owner}: " if item.owner else ""
    due = f" (due {item.due})" if item.due else ""
    return line(f"{mark}{owner}{item.text}{due}")
