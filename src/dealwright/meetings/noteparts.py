"""What stands in each part of a note, as Blocks: who took part, summary, next steps, notes."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
from babel.dates import format_date

from dealwright.meetings.meeting import ActionItem, Bullet, Meeting, Origin, Section, Summary
from dealwright.meetings.summary.actions import in_our_words
from dealwright.meetings.summary.clean import clean, clean_line
from dealwright.meetings.summary.labels import label, titled
from dealwright.meetings.summary.markdown import blocks_of
from dealwright.meetings.summary.rich import Block, Run, heading, item, paragraph, tidied
from dealwright.meetings.summary.spoken import Spoken

MAX_STEP: Final = 1_000
# The day before the month is read rightly everywhere.
_LOCALES: Final = {"en": "en_GB"}


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """How parts are told: in which language, who has which e-mail, and whether words are quoted."""

    language: str
    names: dict[str, str]
    no_quotes: bool = False


def summary_blocks(meeting: Meeting, wording: Wording) -> tuple[Block, ...]:
    """The sections of the summary, or that there is none and why."""
    summary = meeting.summary
    if summary is None:
        return (_no_summary("nothing_recorded", wording),)
    if summary.origin is Origin.NONE:
        return (_no_summary(summary.why_none or "nothing_recorded", wording),)
    made = tidied(_told(summary, wording))
    if summary.origin in {Origin.PROVIDER, Origin.LLM}:
        made = Spoken(meeting.transcript).left_out(made)
    return made or (_no_summary("not_shown" if wording.no_quotes else "nothing_said", wording),)


def step_blocks(meeting: Meeting, wording: Wording) -> tuple[Block, ...]:
    """An item for every next step: who, what, when."""
    items = steps_of(meeting)
    summary = meeting.summary
    is_local = summary is not None and summary.origin is Origin.LOCAL and not meeting.action_items
    spoken = Spoken(() if is_local else meeting.transcript)
    made = [_step(each, wording, spoken, is_local=is_local) for each in items]
    return tidied(each for each in made if each.runs)


def steps_of(meeting: Meeting) -> tuple[ActionItem, ...]:
    """The next steps: those of a summary written by hand, else the Source's, else the summary's."""
    summary = meeting.summary
    if summary is not None and summary.origin is Origin.MANUAL:
        return summary.action_items
    return meeting.action_items or (summary.action_items if summary is not None else ())


def notes_blocks(meeting: Meeting) -> tuple[Block, ...]:
    """The notes that people made themselves."""
    return () if meeting.manual_notes is None else blocks_of(meeting.manual_notes)


def day_of(written: str, language: str) -> str:
    """A day as people of the language write it; what is no ISO date stays as it was told."""
    try:
        return long_date(date.fromisoformat(written[:10]), language)
    except ValueError:
        return clean_line(written)


def long_date(day: date, language: str) -> str:
    """A day in words: 20 November 2026."""
    return format_date(day, "long", locale=_LOCALES.get(language, language))


def clock_of(seconds: float) -> str:
    """A moment of a recording: 0:38, 12:05, 1:02:03."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _no_summary(why: str, wording: Wording) -> Block:
    words = f"{label('no_summary', wording.language)}: {titled(why, wording.language)}"
    return paragraph(Run(clean(words)))


def _told(summary: Summary, wording: Wording) -> Iterator[Block]:
    for line in summary.overview:
        yield paragraph(Run(line))
    taken = tuple(_taken(summary, wording))
    number = 0
    for section in summary.sections:
        bullets: list[Block] = []
        for bullet in section.bullets:
            if number not in summary.flagged:
                bullets.extend(_bullet(_named(section, bullet, wording), wording, taken))
            number += 1
        if bullets:
            yield from _headed(section, bullets, wording)
    if summary.body is not None:
        yield from blocks_of(summary.body)


def _named(section: Section, bullet: Bullet, wording: Wording) -> Bullet:
    # The slots that nobody spoke about are listed by their codes.
    if section.title != "unknown":
        return bullet
    return msgspec.structs.replace(bullet, text=titled(bullet.text, wording.language))


def _headed(section: Section, bullets: list[Block], wording: Wording) -> Iterator[Block]:
    if section.title:
        yield heading(titled(section.title, wording.language))
    yield from bullets


class _Taken(msgspec.Struct, frozen=True):
    speaker: str
    at: float | None
    text: str


def _taken(summary: Summary, wording: Wording) -> Iterator[_Taken]:
    # A line of an extract that is told as a next step is not told twice.
    if summary.origin is Origin.LOCAL and not wording.no_quotes:
        for each in summary.action_items:
            yield _Taken(each.owner, each.at, each.text)


def _bullet(bullet: Bullet, wording: Wording, taken: tuple[_Taken, ...]) -> Iterator[Block]:
    if bullet.quote and wording.no_quotes:
        return
    text = bullet.text
    for step in taken:
        if (step.speaker, step.at) == (bullet.speaker, bullet.at):
            text = text.replace(step.text, "").replace("  ", " ").strip()
    if bullet.quote and text != bullet.text and len(text.split()) < 4:
        return
    yield item(*_by_whom(bullet), Run(f"“{text}”" if bullet.quote else text))


def _by_whom(bullet: Bullet) -> Iterator[Run]:
    if bullet.speaker:
        yield Run(clean_line(bullet.speaker), bold=True)
    if bullet.at is not None:
        yield from (Run(" (" if bullet.speaker else "("), Run(clock_of(bullet.at), at=bullet.at))
        yield Run("): " if bullet.speaker else ") ")
    elif bullet.speaker:
        yield Run(": ")


def _step(each: ActionItem, wording: Wording, spoken: Spoken, *, is_local: bool) -> Block:
    text = clean(each.text[: 2 * MAX_STEP]).replace("\n", " ").strip()[:MAX_STEP]
    due = day_of(each.due, wording.language) if each.due else ""
    if is_local and wording.no_quotes:
        text = label(in_our_words(each.text), wording.language)
    else:
        text = spoken.shortened(text)
    if not text:
        return item()
    runs = [Run(text)]
    owner = clean_line(wording.names.get(each.owner.strip().lower(), each.owner))
    if owner:
        runs = [Run(owner, bold=True), Run(": "), *runs]
    extra = [label("due", wording.language).format(day=due)] if due and due not in text else []
    extra += [label("done", wording.language)] if each.done else []
    return item(*runs, *([Run(f" ({', '.join(extra)})")] if extra else []))
