"""Zoom's summary object: the new one in Markdown, the old one in parts, and what people edited.

Source: MEETINGS 1.3.2. The old parts are being retired: both are read, the new one goes first.
"""

import msgspec

from dealwright.meetings.meeting import ActionItem, Origin, Section, Summary, Text
from dealwright.meetings.moments import moment_of
from dealwright.meetings.recap import plain, recap_of, section
from dealwright.meetings.texts import block


class Detail(msgspec.Struct):
    """A topic of the old summary."""

    label: str | None = None
    summary: str | None = None


class Edited(msgspec.Struct):
    """The parts that somebody edited; each stands for the part of its name."""

    summary_overview: str | None = None
    summary_details: str | list[Detail] | None = None
    next_steps: list[str] | None = None


class SummaryObject(msgspec.Struct):
    """What events about summaries, and the summary API, say of one."""

    meeting_uuid: str | None = None
    meeting_id: int | str | None = None
    meeting_host_email: str | None = None
    meeting_topic: str | None = None
    meeting_start_time: str | None = None
    meeting_end_time: str | None = None
    summary_start_time: str | None = None
    summary_end_time: str | None = None
    summary_created_time: str | None = None
    summary_last_modified_time: str | None = None
    summary_overview: str | None = None
    summary_details: str | list[Detail] | None = None
    next_steps: list[str] | None = None
    summary_content: str | None = None
    edited_summary: Edited | None = None


def summary_of(told: SummaryObject) -> Summary | None:
    """The summary as Zoom wrote it; None where none of it is told."""
    made_at = moment_of(told.summary_last_modified_time) or moment_of(told.summary_created_time)
    old = _in_parts(told.summary_overview, told.summary_details, told.next_steps)
    content = block(told.summary_content)
    recap = recap_of(content) if content else None
    if recap is not None:
        found = Summary(
            origin=Origin.PROVIDER,
            overview=recap.overview,
            sections=recap.sections,
            action_items=recap.steps,
        )
    elif content and (old is None or told.edited_summary is None):
        found = Summary(origin=Origin.PROVIDER, body=Text(format="markdown", text=content))
    else:
        found = old
    return None if found is None else msgspec.structs.replace(found, generated_at=made_at)


def edits_of(told: SummaryObject) -> Summary | None:
    """The parts that were edited, None where none was."""
    edits = told.edited_summary
    if edits is None:
        return None
    found = _in_parts(edits.summary_overview, edits.summary_details, edits.next_steps)
    made_at = moment_of(told.summary_last_modified_time)
    return None if found is None else msgspec.structs.replace(found, generated_at=made_at)


def _in_parts(
    overview: str | None, details: str | list[Detail] | None, steps: list[str] | None
) -> Summary | None:
    found = Summary(
        origin=Origin.PROVIDER,
        overview=tuple(filter(None, [block(overview)])),
        sections=_sections(details),
        action_items=tuple(ActionItem(text=plain(step)) for step in steps or () if plain(step)),
    )
    return found if found.overview or found.sections or found.action_items else None


def _sections(details: str | list[Detail] | None) -> tuple[Section, ...]:
    if isinstance(details, list):
        found = [section(detail.label, detail.summary) for detail in details]
    else:
        recap = recap_of(details or "")
        found = list(recap.sections) if recap and recap.sections else [section("", details)]
    return tuple(one for one in found if one.bullets)
