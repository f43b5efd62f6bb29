"""Explanations as people read them at a terminal."""

import msgspec
from rich.markup import escape

from dealwright.cli.moments import words
from dealwright.cli.output import COLOURS, Output, bold
from dealwright.meetings.why import ASKED
from dealwright.pipeline.meetingpage import MeetingPage
from dealwright.pipeline.stories import (
    Cause,
    DeliveryStory,
    EventStory,
    Hint,
    MappingStory,
    RecordStory,
    ValueStory,
    WriteStory,
)

_MARKS = {
    "stands": "[green]✓[/green]",
    "changed": "[yellow]≠[/yellow]",
    "cleared": "[yellow]≠[/yellow]",
}


def tell_record(out: Output, story: RecordStory) -> None:
    """A record: what it is, each value, and what else was done."""
    named = f" “{escape(story.title)}”" if story.title else ""
    out.say(f"{bold(f'{story.kind.capitalize()} {story.id}')}{named} in {escape(story.connection)}")
    out.hint(f"  {story.url}" if story.url else "")
    out.say(f"  {escape(story.sentence)}")
    if story.merged_into is not None:
        out.say(f"  It was merged into {story.kind} {story.merged_into}: ask for that one.")
    for one in story.absorbed:
        out.say(
            f"  {story.kind.capitalize()} {one} was merged into it; what the hub wrote there: "
            f"dealwright explain {story.kind} {one}"
        )
    if story.seen_at is not None:
        out.hint(f"  As the mirror saw it at {words(story.seen_at)}.")
    causes = {one.delivery: one for one in story.causes}
    for value in story.values:
        out.say("")
        _tell_value(out, value, causes)
    _tell_rest(out, story)


def _tell_value(out: Output, value: ValueStory, causes: dict[int, Cause]) -> None:
    out.say(f"{_MARKS.get(value.standing, '·')} {escape(value.sentence)}")
    for write in reversed(value.writes):
        out.say(f"    {escape(write.sentence)}")
        if write.field:
            out.hint(f"      from the Mapping's field {escape(_directive(write))}")
        cause = causes.get(write.delivery)
        if cause is not None and cause.merged and write.event is not None:
            out.hint(f"      given by event {write.event}, of several that were one write")
        for line in cause.chose if cause is not None else ():
            out.hint(f"      {escape(line)}")


def _directive(write: WriteStory) -> str:
    note = f" ({write.note})" if write.note else ""
    return f"{write.field}: {msgspec.json.encode(write.directive).decode()}{note}"


def _tell_rest(out: Output, story: RecordStory) -> None:
    if story.happenings:
        out.say("\nWhat else was done:")
    for one in story.happenings:
        out.say(f"  {words(one.at)}  {escape(one.sentence)}")
    left = [(one, text) for one in story.decisions for text in one.left]
    if left:
        out.say("\nWhat was left as it was:")
    for one, text in left:
        out.say(f"  {words(one.at)}  Delivery {one.delivery}: {escape(text)}")


def tell_delivery(out: Output, story: DeliveryStory) -> None:
    """A Delivery: why, what it did, what to do."""
    colour = COLOURS.get(story.state, "")
    state = f"[{colour}]{story.state}[/{colour}]" if colour else story.state
    out.say(f"{bold(f'Delivery {story.id}')} is {state}" + _code(story.code))
    if story.message:
        out.say(f"  {escape(story.message)}")
    _tell_hint(out, story.hint)
    out.say(f"  It is of {escape(story.cause.sentence.partition(': ')[2])}.")
    for change in story.changes:
        out.say(f"  It {escape(change)}.")
    if story.others:
        numbers = ", ".join(map(str, story.others))
        out.say(f"  The same write was that of the Deliveries {numbers}.")
    for line in story.steps:
        out.hint(f"    {escape(line)}")
    out.hint(f"  {story.url}" if story.url else "")


def _code(code: str) -> str:
    return f" [dim]({escape(code)})[/dim]" if code else ""


def _tell_hint(out: Output, hint: Hint) -> None:
    out.say(f"  {escape(hint.means)}")
    if hint.do:
        out.say(f"  [bold]What to do:[/bold] {escape(hint.do)}")
    out.hint(f"  Who must act: {hint.who}.")


def tell_event(out: Output, story: EventStory) -> None:
    """An event: what became of it, for each Mapping."""
    if story.event is not None:
        one = story.event
        name = f" “{escape(one.name)}”" if one.name else ""
        head = bold(f"Event {one.number}")
        out.say(f"{head}: {one.type}{name} from {escape(one.source)}, {words(one.at)}")
        out.hint(f"  {one.message_id}")
    out.say(f"  {escape(story.sentence)}" + _code(story.code))
    for sentence in story.connections:
        out.say(f"  {escape(sentence)}")
    for one in story.mappings:
        out.say("")
        _tell_mapping(out, one)


def _tell_mapping(out: Output, story: MappingStory) -> None:
    named = f"{story.mapping.name} (version {story.mapping.version})"
    out.say(f"{bold(named)} in {escape(story.connection)}" + _code(story.code))
    if not story.deliveries:
        out.say(f"  {escape(story.sentence)}")
    for clause in story.clauses:
        mark = "[green]✓[/green]" if clause.holds else "[red]✗[/red]"
        out.hint(f"    {mark} {escape(clause.text)}")
    for one in story.deliveries:
        tell_delivery(out, one)


def tell_meeting(out: Output, page: MeetingPage) -> None:
    """A meeting: every question that it raises, answered."""
    out.say(f"{bold(page.view.title)}  {page.view.state}\n  {escape(page.view.url)}")
    if not page.answers:
        out.say("  It stands in Pipedrive as it should.")
    for one in page.answers:
        out.say(f"{bold(ASKED[one.question])}{_code(one.code)}\n  {escape(one.sentence)}")
