"""An undo as people read it before it is done: what is put back, what stays, and the price."""

from collections.abc import Iterator
from typing import Final

from dealwright.cli.output import Output, column, counted, prose
from dealwright.pipeline.undoplan import RecordUndo, UndoPlan

CHANGES: Final = (
    column("record", "Record"),
    column("field", "Field"),
    prose("now", "Now"),
    prose("then", "Then"),
)
LEFT: Final = (
    column("record", "Record"),
    column("code", "Code"),
    prose("sentence", "Why it stays"),
)

#: Lines of a plan that people are shown; --json has all.
SHOWN: Final = 50


def told(out: Output, plan: UndoPlan) -> None:
    """Print what would be put back, what stays and why, and the price."""
    changes = [row for one in plan.records for row in _changes(one)]
    left = [row for one in plan.records for row in _left(one)]
    left += [{"record": "", **one._asdict()} for one in plan.refused]
    if out.json:
        for row in (*changes, *left):
            out.line(row)
    else:
        out.table(changes[:SHOWN], CHANGES, empty="There is nothing to put back.")
        if left:
            out.table(left[:SHOWN], LEFT, empty="")
    more = max(0, len(changes) - SHOWN)
    stays = "stays" if len(left) == 1 else "stay"
    text = f"{counted(len(plan.to_do), 'record')} would be put back; {counted(len(left), 'thing')} "
    text += f"{stays}; at most {counted(plan.tokens, 'API token')}."
    out.say(text, records=len(plan.to_do), left=len(left), tokens=plan.tokens)
    if more:
        out.hint(f"{more:,} more changes: --json shows all.")
    if any(not one.seen for one in plan.to_do):
        out.hint("Not in the mirror: these are compared with Pipedrive only when it is done.")


def _changes(one: RecordUndo) -> Iterator[dict[str, object]]:
    for turned in one.reversal.turned:
        yield {"record": _title(one), **turned._asdict()}


def _left(one: RecordUndo) -> Iterator[dict[str, object]]:
    for refused in one.reversal.refused:
        yield {"record": _title(one), **refused._asdict()}


def _title(one: RecordUndo) -> str:
    return f"{one.kind}:{one.record_id}"
