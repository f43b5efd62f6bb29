"""What the demo prints of the conversations: what stands in Pipedrive, why, and the pages."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from dealwright.cli.demo.meetings import Told, names_of
from dealwright.cli.output import counted
from dealwright.meetings.deciding import SENTENCES, Becomes
from dealwright.pipeline.meetingview import MeetingView

_ORIGINS = {
    "provider": "The summary is Fathom's.",
    "local": "Nobody had summarised it: the hub did, from the transcript, without any model.",
}


def print_talks(console: Console, told: Told) -> None:
    """Print a paragraph for each, and where its page is."""
    for view, lines in (
        (told.fathom, _written(told.fathom, told)),
        (told.call, _asked(told)),
        (told.file, _written(told.file, told)),
    ):
        console.print(f"\n  [bold]{escape(view.title)}[/bold]  [dim]{view.state}[/dim]")
        for line in lines:
            console.print(Padding(escape(line), (0, 0, 0, 4)), highlight=False)
        console.print(f"    [underline]{view.url}[/underline]", soft_wrap=True)


def _written(view: MeetingView, told: Told) -> Iterator[str]:
    names = {one.id: one.name for one in told.pipedrive.persons}
    deals = {one.id: one.title for one in told.pipedrive.deals}
    for note in view.notes:
        deal = deals.get(note.deal_id or 0)
        on = f" and the deal “{deal}”" if deal else ", who has no deal"
        yield f"Note {note.record_id} stands on {names.get(note.person_id or 0, '–')}{on}."
    if view.activity.record is not None:
        minutes = counted((view.duration_seconds or 0) // 60, "minute")
        kind = f"of the type “{view.conversation_type}”, {minutes}, done"
        yield f"Activity {view.activity.record.record_id} is {kind}."
    yield _ORIGINS.get(view.summary_origin, view.summary_origin)
    for item in () if view.summary is None else view.summary.action_items[:2]:
        yield f"– {item.owner}: {item.text}" if item.owner else f"– {item.text}"


def _asked(told: Told) -> Iterator[str]:
    yield SENTENCES[Becomes(told.call.state)]
    yield f"It may have been {' or '.join(names_of(told))}."
