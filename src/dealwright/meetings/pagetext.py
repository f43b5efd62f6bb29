"""What a meeting's own page shows of its texts: as HTML of few tags, as Markdown, as lines.

Nothing of a stranger is markup: it is all written from Blocks (`meetings.summary.rich`). Times
link to the page itself (`?t=754`).
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from msgspec.structs import replace

from dealwright.meetings.meeting import Meeting, Summary, Text
from dealwright.meetings.noteparts import (
    Wording,
    notes_blocks,
    step_blocks,
    summary_blocks,
)
from dealwright.meetings.summary.labels import label, language_of
from dealwright.meetings.summary.render import markdown_of
from dealwright.meetings.summary.rich import Block, html_of
from dealwright.meetings.summary.templates import Template

#: The page has headings of its own above these.
_HEADING: Final = (("<h4>", "<h3>"), ("</h4>", "</h3>"))


class Line(NamedTuple):
    """A line of a comparison: `kept`, `gone` or `new`."""

    change: str
    text: str


def summary_html(meeting: Meeting, *, language: str) -> str:
    """The summary; what the note does not show yet is there too."""
    return _html(summary_blocks(_whole(meeting), _wording(language)))


def steps_html(meeting: Meeting, *, language: str) -> str:
    """The next steps as a list; "" for none."""
    return _html(step_blocks(meeting, _wording(language)))


def notes_html(meeting: Meeting) -> str:
    """The manual notes; "" for none."""
    return _html(notes_blocks(meeting))


def summary_markdown(meeting: Meeting, *, language: str) -> str:
    """The summary without its next steps, to edit; "" where there is none."""
    summary = meeting.summary
    if summary is None or summary.origin == "none":
        return ""
    bare = replace(meeting, action_items=(), summary=replace(summary, action_items=()))
    return markdown_of(bare, language=language)


def template_markdown(template: Template, *, language: str) -> str:
    """The headings of a template, to write below them."""
    return "".join(f"#### {label(slot, language)}\n\n\n" for slot in template.slots)


def notes_markdown(notes: Text | None) -> str:
    """The manual notes as they are edited."""
    return "" if notes is None else notes.text


def flagged(summary: Summary | None) -> tuple[str, ...]:
    """What the note does not show until somebody approves it."""
    if summary is None or not summary.flagged:
        return ()
    bullets = [bullet for section in summary.sections for bullet in section.bullets]
    return tuple(bullets[at].text for at in summary.flagged if at < len(bullets))


def compared(meeting: Meeting, old: Summary, new: Summary, *, language: str) -> tuple[Line, ...]:
    """What a version of the summary says otherwise than an older one, line by line."""
    before, after = (_lines(meeting, one, language) for one in (old, new))
    return tuple(_changes(before, after))


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for change, old, old_end, new, new_end in matcher.get_opcodes():
        if change == "equal":
            yield from (Line("kept", text) for text in before[old:old_end])
            continue
        yield from (Line("gone", text) for text in before[old:old_end])
        yield from (Line("new", text) for text in after[new:new_end])


def _lines(meeting: Meeting, summary: Summary, language: str) -> list[str]:
    whole = _whole(replace(meeting, summary=summary))
    wording = _wording(language)
    blocks = (*summary_blocks(whole, wording), *step_blocks(whole, wording))
    return [block.text for block in blocks]


def _whole(meeting: Meeting) -> Meeting:
    summary = meeting.summary
    if summary is None or not summary.flagged:
        return meeting
    return replace(meeting, summary=replace(summary, flagged=()))


def _wording(language: str) -> Wording:
    return Wording(language=language_of(language), names={})


def _html(blocks: Sequence[Block]) -> str:
    written = html_of(blocks, page_url="")
    for tag, wanted in _HEADING:
        # What somebody wrote is escaped: only tags of ours look so.
        written = written.replace(tag, wanted)
    return written
