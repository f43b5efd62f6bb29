"""`dealwright audit`: who changed what."""

from typing import Annotated

import msgspec
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, figures, names, prose
from dealwright.store.audit import Entry, entries

COLUMNS = (
    figures("id", "Id"),
    column("at", "When"),
    names("who", "Who"),
    column("action", "What"),
    column("target", "Of"),
    prose("change", "Before → after"),
)

EXAMPLES = examples(
    "dealwright audit",
    "dealwright audit --action user  # everything about users",
    "dealwright audit --target mapping:3 --limit 200",
)


def audit(
    *,
    action: Annotated[
        str | None, typer.Option(help="Only this action, or all that begin so, as user.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Only of this, as user:2.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what was changed, by whom, newest first.

    Nothing in it can be altered or taken out.
    """
    found = with_hub(
        lambda hub: hub.read(lambda db: entries(db, limit=limit, action=action, target=target))
    )
    Output(json=json).table(
        [_row(one, json=json) for one in found], COLUMNS, empty="Nothing was changed yet."
    )


def _row(entry: Entry, *, json: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "id": entry.id,
        "at": moment(entry.at_ms),
        "who": entry.principal_name,
        "action": entry.action,
        "target": entry.target,
    }
    if json:
        kind = entry.principal_kind.value
        return row | {"kind": kind, "before": entry.before, "after": entry.after}
    return row | {"change": _change(entry)}


def _change(entry: Entry) -> str:
    before, after = _parts(entry.before), _parts(entry.after)
    if before is not None and after is not None:
        # Of two wholes only what is different.
        keys = [key for key in after if before.get(key) != after[key]]
        old, new = ({key: one.get(key) for key in keys} for one in (before, after))
        return f"{_text(old)} → {_text(new)}"
    if entry.before is None and entry.after is None:
        return ""
    return f"{_text(entry.before)} → {_text(entry.after)}"


def _parts(value: object) -> dict[str, object] | None:
    return msgspec.convert(value, dict[str, object]) if isinstance(value, dict) else None


def _text(value: object) -> str:
    return "–" if value is None else msgspec.json.encode(value).decode()
