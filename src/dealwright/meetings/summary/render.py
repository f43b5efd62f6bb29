"""A Meeting's summary and next steps for its own page, and as Markdown for editing and export."""

import re
from itertools import groupby
from typing import Final

import msgspec

from dealwright.meetings.meeting import Meeting, Summary
from dealwright.meetings.noteparts import Wording, step_blocks, summary_blocks
from dealwright.meetings.summary.labels import label, language_of
from dealwright.meetings.summary.rich import Block, Kind, Run, heading, html_of

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~&!])")
_OPENING: Final = re.compile(r"^(\s*\d*)([-+=.)])", re.MULTILINE)


def page_html(meeting: Meeting, *, page_url: str, language: str) -> str:
    """Summary and next steps as HTML of the note's few tags; flagged bullets are there too."""
    return html_of(_blocks(_unflagged(meeting), language), page_url=page_url)


def markdown_of(meeting: Meeting, *, language: str) -> str:
    """The same as Markdown: read back by `markdown.blocks_of` it gives the same words."""
    parts: list[str] = []
    for is_list, group in groupby(
        _blocks(_unflagged(meeting), language), key=lambda block: block.kind is Kind.ITEM
    ):
        lines = [_line(block) for block in group]
        parts.append(("\n" if is_list else "\n\n").join(lines))
    return "\n\n".join(parts) + "\n" if parts else ""


def _blocks(meeting: Meeting, language: str) -> tuple[Block, ...]:
    wording = Wording(language=language_of(language), names={})
    steps = step_blocks(meeting, wording)
    headed = (heading(label("next_steps", language)), *steps) if steps else ()
    return (*summary_blocks(meeting, wording), *headed)


def _unflagged(meeting: Meeting) -> Meeting:
    # On the hub's own page nothing is hidden: whoever approves has to see it.
    summary = meeting.summary
    if summary is None or not summary.flagged:
        return meeting
    shown: Summary = msgspec.structs.replace(summary, flagged=())
    return msgspec.structs.replace(meeting, summary=shown)


def _line(block: Block) -> str:
    # What would begin a list is a word where somebody wrote it.
    words = _OPENING.sub(r"\1\\\2", "".join(_styled(run) for run in block.runs))
    if block.kind is Kind.HEADING:
        return f"#### {words.replace(chr(10), ' ')}"
    if block.kind is Kind.ITEM:
        sign = "1." if block.ordered else "-"
        return f"{'   ' * block.depth}{sign} {words.replace(chr(10), ' ')}"
    return words.replace("\n", "  \n")


def _styled(run: Run) -> str:
    text = _SPECIAL.sub(r"\\\1", run.text)
    core = text.strip()
    if not core:
        return text
    made = core
    if run.bold or run.italic:
        sign = "***" if run.bold and run.italic else "**" if run.bold else "*"
        made = f"{sign}{core}{sign}"
    if run.at is not None:
        # The moment is read back as it is from a link to a recording.
        made = f"[{made}](?t={int(run.at)})"
    return text.replace(core, made, 1)
