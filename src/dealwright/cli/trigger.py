"""`dealwright trigger`: which events a trigger is for, and why it is not for the others."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, cast

import msgspec
import typer
from rich.markup import escape

from dealwright.cli.clauses import facts_of, lines_of
from dealwright.cli.examples import examples
from dealwright.cli.lines import opened
from dealwright.cli.output import Json, Output, counted
from dealwright.core.trigger import (
    Condition,
    compile_trigger,
    explain_trigger,
    print_trigger,
    trigger_warnings,
)
from dealwright.pipeline.lines import Lines

EXAMPLES = examples(
    'dealwright trigger \'type = "track" and properties.plan in ["pro", "team"]\'',
    "dealwright trigger 'type = \"identify\"' --events events.jsonl",
    "dealwright events --json | jq -c .body | dealwright trigger 'traits.seats > 5' --events -",
)


def trigger(
    text: Annotated[str, typer.Argument(help="The trigger.")],
    *,
    events: Annotated[
        str | None,
        typer.Option(help="JSON lines, one event each; also gzip, or - for standard input."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Show so many events at most; all are counted.")
    ] = 20,
    json: Json = False,
) -> None:
    """Check a trigger, and tell for each event of a file whether it fires, and why not.

    Without --events the text alone is checked, and shown in its canonical spelling.
    """
    out = Output(json=json)
    fires = compile_trigger(text)
    warnings = [str(warning.message) for warning in trigger_warnings(text)]
    if events is None or not json:
        out.say(
            f"[green]✓[/green] {escape(print_trigger(text))}",
            trigger=print_trigger(text),
            warnings=warnings,
        )
    for warning in warnings if not json else ():
        out.say(f"[yellow]![/yellow] {escape(warning)}")
    if events is None:
        return
    others: list[bytes] = []
    with opened(events) as lines:
        matched, total = _run(out, text, fires, _events(lines, others.append), limit=limit)
    if not json:
        left = f" {counted(len(others), 'line')} could not be read as an event." if others else ""
        out.say(f"It fires for {matched:,} of {counted(total, 'event')}.{left}")


def _run(
    out: Output, text: str, fires: Condition, events: Iterator[dict[str, Any]], *, limit: int
) -> tuple[int, int]:
    matched = total = 0
    for number, event in enumerate(events, 1):
        total, fired = number, fires(event)
        matched += fired
        if out.json:
            clauses = [facts_of(clause) for clause in explain_trigger(text, event)]
            out.line({"line": number, "fires": fired, **_named(event), "clauses": clauses})
        elif number <= limit:
            _show(out, number, event, text if not fired else "")
    if total > limit and not out.json:
        out.hint(f"… {total - limit:,} more. To see them too: --limit {total}")
    return matched, total


def _show(out: Output, number: int, event: dict[str, Any], text: str) -> None:
    mark = "[red]✗[/red]" if text else "[green]✓[/green]"
    named = " ".join(str(value) for value in _named(event).values() if value)
    out.say(f"{mark} {number:>4} {escape(named)}")
    for line in lines_of(explain_trigger(text, event)) if text else ():
        out.say(f"         {line}")


def _named(event: dict[str, Any]) -> dict[str, object]:
    who = event.get("userId") or event.get("anonymousId")
    return {"type": event.get("type"), "event": event.get("event"), "user": who}


def _events(lines: Lines, other: Callable[[bytes], None]) -> Iterator[dict[str, Any]]:
    """The lines that are events; the others could not have come in, and go to `other`."""
    for line in lines.stripped():
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            found = None
        if isinstance(found, dict):
            yield cast("dict[str, Any]", found)
        else:
            other(line)
