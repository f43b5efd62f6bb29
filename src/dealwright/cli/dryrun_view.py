"""A dry run as people read it: a line a write, and the figures."""

from typing import Any, Final

import msgspec
from rich.markup import escape

from dealwright.cli.moments import words
from dealwright.cli.output import Output, column, counted, figures, prose
from dealwright.core.clock import from_ms
from dealwright.core.foretold import FieldChange, Foretold, Funds, Summary

#: Lines of the table; all others are in the answer to `--json` and `--csv`, and in the API.
MOST_ROWS: Final = 50

COLUMNS: Final = (
    figures("number", "No"),
    column("events", "Events"),
    column("outcome", "Would be"),
    column("record", "Record"),
    prose("what", "What"),
    figures("tokens", "Tokens"),
)

_IN_WORDS: Final = (
    ("create", "created"),
    ("update", "updated"),
    ("delete", "deleted"),
    ("skip", "left as they are"),
    ("hold", "held for a choice"),
    ("fail", "failed"),
    ("unknown", "not known without a look"),
)


def row_of(one: Foretold) -> dict[str, Any]:
    """One result as a row."""
    first, *others = one.events
    return {
        "number": one.number,
        "events": f"{first} +{len(others)}" if others else str(first),
        "outcome": str(one.outcome),
        "record": one.record,
        "what": what(one),
        "tokens": one.tokens,
    }


def what(one: Foretold) -> str:
    """What would change, or why nothing does."""
    lines = [_field(field, act=change.act) for change in one.changes for field in change.fields]
    lines += [change.sentence for change in one.changes if change.sentence]
    lines += [f"{kept.field} stays: {kept.before}" for kept in one.kept]
    if not one.changes:
        lines.insert(0, one.message)
    return "\n".join(lines)


def told(out: Output, number: int, summary: Summary, *, left: int) -> None:
    """Print the figures."""
    if out.json:
        out.line({"dry_run": number, "summary": msgspec.to_builtins(summary)})
        return
    if left > 0:
        out.hint(f"{counted(left, 'more line')}: --csv or --json prints all.")
    counts = [
        f"{summary.outcomes[key]:,} {text}" for key, text in _IN_WORDS if summary.outcomes.get(key)
    ]
    out.say(
        f"{counted(summary.events, 'event')}, {counted(summary.results, 'outcome')}: "
        f"{', '.join(counts) or 'nothing to do'}."
    )
    if summary.lost:
        values = "values that people wrote" if summary.lost > 1 else "value that people wrote"
        out.say(f"[yellow]![/yellow] {summary.lost:,} {values} would be overwritten.")
    for sentence in summary.cannot_know:
        out.say(f"[yellow]![/yellow] {escape(sentence)}")
    if summary.funds is not None:
        out.say(_when(summary.funds))
    spent = (
        f"It has cost {counted(summary.spent, 'token')}; nothing" if summary.spent else "Nothing"
    )
    out.hint(f"{spent} was written in Pipedrive. It is kept as dry run {number}.")


def _field(field: FieldChange, *, act: str) -> str:
    if act == "create":
        return f"{field.field}: {field.after}"
    lost = " (a person wrote what is there)" if field.lost else ""
    return f"{field.field}: {field.before or '–'} → {field.after or '–'}{lost}"


def _when(funds: Funds) -> str:
    text = f"It would take {counted(funds.tokens, 'API token')}; "
    if funds.begins_at_ms is None or funds.ends_at_ms is None:
        return f"{text}the day's budget has none for it: see dealwright budget."
    if funds.tokens <= funds.free:
        return f"{text}the budget has {funds.free:,} for it today, so it may begin now."
    begins = "now" if funds.free else f"at {words(from_ms(funds.begins_at_ms))}"
    ends = words(from_ms(funds.ends_at_ms))
    return f"{text}{funds.free:,} today and {funds.a_day:,} a day: from {begins} to after {ends}."
