"""Shortening a note to what Pipedrive keeps, at the borders of sections and blocks.

Source: MEETINGS 5.1 (60,000 characters and 90 KB) and 5.2: open questions go first, then minor
sections, long bullets, participants beyond 50; header, link and next steps stay. Before that,
notes of somebody's own end after 10,000 characters. What is still too long after it loses its
summary, its notes, its participants and its last steps, in this order.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from dealwright.meetings.summary.labels import is_label
from dealwright.meetings.summary.rich import Block, Kind, Run

MAX_CHARACTERS: Final = 60_000
MAX_BYTES: Final = 90_000
LONG_BULLET: Final = 300
LONG_NOTES: Final = 10_000
PEOPLE: Final = 50


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a note that can be made shorter; `people` are left out from the end."""

    people: tuple[Block, ...] = ()
    people_left_out: int = 0
    notes: tuple[Block, ...] = ()
    summary: tuple[Block, ...] = ()
    steps: tuple[Block, ...] = ()
    shortened: bool = False


_Cut = Callable[[Draft, int], Draft]
_Most = Callable[[Draft], int]


def fitted(draft: Draft, render: Callable[[Draft], str]) -> str:
    """The HTML of a draft, as long as it may be: the first cuts that are enough."""
    whole = render(draft)
    if _fits(whole):
        return whole
    draft = msgspec.structs.replace(draft, shortened=True)
    for most, cut in _CUTS:
        made = render(cut(draft, most(draft)))
        if _fits(made):
            return _gentlest(draft, most(draft), cut=cut, render=render)
        draft = cut(draft, most(draft))
    return render(draft)


def _gentlest(draft: Draft, most: int, *, cut: _Cut, render: Callable[[Draft], str]) -> str:
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if _fits(render(cut(draft, middle))):
            high = middle
        else:
            low = middle + 1
    return render(cut(draft, high))


def _fits(made: str) -> bool:
    return len(made) <= MAX_CHARACTERS and len(made.encode()) <= MAX_BYTES


def _sections(blocks: Sequence[Block]) -> list[tuple[int, int]]:
    starts = [n for n, block in enumerate(blocks) if block.kind is Kind.HEADING]
    starts = starts if starts[:1] == [0] else [0, *starts]
    return list(zip(starts, [*starts[1:], len(blocks)], strict=True)) if blocks else []


def _without(blocks: tuple[Block, ...], spans: Sequence[tuple[int, int]]) -> tuple[Block, ...]:
    gone = {n for start, end in spans for n in range(start, end)}
    return tuple(block for n, block in enumerate(blocks) if n not in gone)


def _questions(draft: Draft) -> list[tuple[int, int]]:
    spans = _sections(draft.summary)
    return [span for span in spans if is_label("open_questions", draft.summary[span[0]].text)]


def _minor(draft: Draft) -> list[tuple[int, int]]:
    """All sections but the first, which is what the summary is about, and next steps."""
    spans = _sections(draft.summary)[1:]
    return [span for span in spans if not is_label("next_steps", draft.summary[span[0]].text)]


def _drop_questions(draft: Draft, count: int) -> Draft:
    spans = _questions(draft)[::-1][:count]
    return msgspec.structs.replace(draft, summary=_without(draft.summary, spans))


def _drop_minor(draft: Draft, count: int) -> Draft:
    spans = _minor(draft)[::-1][:count]
    return msgspec.structs.replace(draft, summary=_without(draft.summary, spans))


def _cut_bullets(draft: Draft, count: int) -> Draft:
    made = tuple(_clipped(block, LONG_BULLET) for block in draft.summary) if count else None
    return draft if made is None else msgspec.structs.replace(draft, summary=made)


def _drop_people(draft: Draft, count: int) -> Draft:
    kept = draft.people[: len(draft.people) - count]
    return msgspec.structs.replace(
        draft, people=kept, people_left_out=draft.people_left_out + count
    )


def _drop_summary(draft: Draft, count: int) -> Draft:
    return msgspec.structs.replace(draft, summary=draft.summary[: len(draft.summary) - count])


def _cut_notes(draft: Draft, count: int) -> Draft:
    if not count:
        return draft
    room = LONG_NOTES
    kept: list[Block] = []
    for block in draft.notes:
        if room > 0:
            kept.append(_clipped(block, room))
        room -= len(block.text)
    return msgspec.structs.replace(draft, notes=tuple(kept))


def _drop_notes(draft: Draft, count: int) -> Draft:
    return msgspec.structs.replace(draft, notes=draft.notes[: len(draft.notes) - count])


def _drop_steps(draft: Draft, count: int) -> Draft:
    return msgspec.structs.replace(draft, steps=draft.steps[: len(draft.steps) - count])


def _clipped(block: Block, longest: int) -> Block:
    if len(block.text) <= longest:
        return block
    room = longest - 1
    runs: list[Run] = []
    for run in block.runs:
        if room > 0:
            runs.append(msgspec.structs.replace(run, text=run.text[:room]))
        room -= len(run.text)
    return msgspec.structs.replace(block, runs=(*runs, Run("…")))


_CUTS: Final[tuple[tuple[_Most, _Cut], ...]] = (
    (lambda _draft: 1, _cut_notes),
    (lambda draft: len(_questions(draft)), _drop_questions),
    (lambda draft: len(_minor(draft)), _drop_minor),
    (lambda _draft: 1, _cut_bullets),
    (lambda draft: max(0, len(draft.people) - PEOPLE), _drop_people),
    (lambda draft: len(draft.summary), _drop_summary),
    (lambda draft: len(draft.notes), _drop_notes),
    (lambda draft: len(draft.people), _drop_people),
    (lambda draft: len(draft.steps), _drop_steps),
)
