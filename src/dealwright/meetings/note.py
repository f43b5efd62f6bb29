"""The note of a Meeting and the private note of its activity, as HTML that Pipedrive keeps.

Source: MEETINGS 5.1 to 5.3 and 3.6. Nothing of a stranger is markup here; the only address is that
of the Meeting's own page.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from dealwright.core.zone import zone_of
from dealwright.meetings.meeting import Meeting, Origin
from dealwright.meetings.notefit import PEOPLE, Draft, fitted
from dealwright.meetings.noteparts import (
    Wording,
    long_date,
    notes_blocks,
    step_blocks,
    summary_blocks,
)
from dealwright.meetings.summary.clean import attribute, clean_line, escaped
from dealwright.meetings.summary.labels import label, language_of
from dealwright.meetings.summary.rich import Block, Kind, Run, heading, html_of, item, tidied

MAX_SUBJECT: Final = 255
_MAX_TITLE: Final = 500
_MAX_NAME: Final = 200


class Seat(StrEnum):
    """As what somebody took part."""

    HOST = "host"
    GUEST = "guest"
    INVITED = "invited"
    COLLEAGUE = "colleague"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as the note lists them; people without a person in Pipedrive are listed too."""

    name: str = ""
    email: str = ""
    phone: str = ""
    seat: Seat = Seat.GUEST
    matched: bool = True


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What a note says beside what its Source told.

    `page_url` is `<base_url>/s/<id>`, `meeting_id` that id: the visible text of the link, by which
    a note is found again. `zone` is the presenter's, `language` that of our own words. With
    `no_quotes` an extract gives its topics and next steps in our words, and nothing that was said.
    """

    title: str
    page_url: str
    meeting_id: str
    conversation_type: str = ""
    source: str = ""
    zone: str = "UTC"
    people: tuple[Shown, ...] = ()
    language: str = "en"
    no_quotes: bool = False


def note_html(meeting: Meeting, frame: Frame) -> str:
    """The note: at most 60,000 characters and 90 KB, with the tags `h4 p b i ul ol li a br`."""
    wording = _wording(frame)
    draft = Draft(
        people=tidied(_listed(who, frame) for who in _in_order(frame.people)),
        notes=notes_blocks(meeting),
        summary=summary_blocks(meeting, wording),
        steps=step_blocks(meeting, wording),
    )
    return fitted(draft, lambda shown: "".join(_note(shown, meeting, frame)))


def activity_note(meeting: Meeting, frame: Frame) -> str:
    """The private note of the activity: summary, next steps and the link."""
    wording = _wording(frame)
    draft = Draft(summary=summary_blocks(meeting, wording), steps=step_blocks(meeting, wording))
    return fitted(draft, lambda shown: "".join(_activity(shown, meeting, frame)))


def subject(title: str) -> str:
    """A title as the subject of an activity: one plain line of at most 255 characters."""
    return clean_line(title)[:MAX_SUBJECT].rstrip()


def _wording(frame: Frame) -> Wording:
    names = {who.email.lower(): who.name for who in frame.people if who.email and who.name}
    language = language_of(frame.language)
    return Wording(language=language, names=names, no_quotes=frame.no_quotes)


def _note(draft: Draft, meeting: Meeting, frame: Frame) -> Iterator[str]:
    title = clean_line(frame.title)[:_MAX_TITLE] or label("untitled", frame.language)
    yield f"<h4>{escaped(title)}</h4>"
    line = " · ".join(part for part in _facts(meeting, frame) if part)
    yield f"<p>{escaped(line)}</p>" if line else ""
    if draft.people:
        more = label("more_people", frame.language).format(count=draft.people_left_out)
        rest = (item(Run(more)),) if draft.people_left_out else ()
        yield _part("participants", (*draft.people, *rest), frame)
    yield _link(frame)
    yield _part("notes", draft.notes, frame)
    yield from _summed_up(draft, meeting, frame)


def _activity(draft: Draft, meeting: Meeting, frame: Frame) -> Iterator[str]:
    yield from _summed_up(draft, meeting, frame)
    yield _link(frame)


def _summed_up(draft: Draft, meeting: Meeting, frame: Frame) -> Iterator[str]:
    if draft.summary and draft.summary[0].kind is Kind.HEADING:
        yield html_of(draft.summary, page_url=frame.page_url)
    else:
        yield _part("summary", draft.summary, frame)
    yield _part("next_steps", draft.steps, frame)
    made = [part for part in (_how_made(meeting, frame), _shortened(draft, frame)) if part]
    yield f"<p><i>{escaped(' · '.join(made))}</i></p>" if made else ""


def _part(code: str, blocks: tuple[Block, ...], frame: Frame) -> str:
    if not blocks:
        return ""
    headed = (heading(label(code, frame.language)), *blocks)
    return html_of(headed, page_url=frame.page_url)


def _facts(meeting: Meeting, frame: Frame) -> Iterator[str]:
    yield _when(meeting.started_at, meeting.ended_at, frame)
    if meeting.started_at is not None and meeting.ended_at is not None:
        seconds = int((meeting.ended_at - meeting.started_at).total_seconds())
        yield label("minutes", frame.language).format(count=max(1, (seconds + 30) // 60))
    yield clean_line(frame.conversation_type)[:_MAX_NAME]
    yield clean_line(frame.source)[:_MAX_NAME]


def _when(start: datetime | None, end: datetime | None, frame: Frame) -> str:
    if start is None:
        return ""
    zone = zone_of(frame.zone)
    begun = start.astimezone(zone)
    # A zone that nobody knows is read as UTC, and must not be named then.
    name = getattr(zone, "key", "UTC")
    day = long_date(begun.date(), language_of(frame.language))
    return f"{day}, {begun:%H:%M}{_until(begun, end, frame)} {name}"


def _until(begun: datetime, end: datetime | None, frame: Frame) -> str:
    if end is None:
        return ""
    ended = end.astimezone(begun.tzinfo)
    if ended.date() == begun.date():
        return f"–{ended:%H:%M}"
    return f" – {long_date(ended.date(), language_of(frame.language))}, {ended:%H:%M}"


def _in_order(people: tuple[Shown, ...]) -> list[Shown]:
    # Who is beyond the fiftieth may have to go: rather one whom Pipedrive does not know.
    return sorted(people, key=lambda who: len(people) > PEOPLE and not who.matched)


def _listed(who: Shown, frame: Frame) -> Block:
    name, reached = clean_line(who.name)[:_MAX_NAME], clean_line(who.email or who.phone)
    known = f"{name} ({reached})" if name and reached else name or reached
    return item(Run(f"{known} – {label(who.seat, frame.language)}" if known else ""))


def _link(frame: Frame) -> str:
    text = f"{label('recording', frame.language)} ({frame.meeting_id})"
    return f'<p><a href="{attribute(frame.page_url)}">{escaped(text)}</a></p>'


def _how_made(meeting: Meeting, frame: Frame) -> str:
    summary = meeting.summary
    match summary.origin if summary is not None else Origin.NONE:
        case Origin.LOCAL:
            return label("automatic", frame.language)
        case Origin.LLM:
            name = clean_line(summary.model if summary is not None else "")[:_MAX_NAME]
            return label("model", frame.language).format(name=name)
        case Origin.MANUAL:
            return label("by_hand", frame.language)
        case Origin.PROVIDER:
            return clean_line(frame.source)[:_MAX_NAME]
        case Origin.NONE:
            return ""


def _shortened(draft: Draft, frame: Frame) -> str:
    return label("shortened", frame.language) if draft.shortened else ""
