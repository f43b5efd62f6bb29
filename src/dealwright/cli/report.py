"""`dealwright report`: what the hub has brought: tokens, writes and duplicates spared, by week."""

import csv
import sys
from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.moments import words
from dealwright.cli.output import Json, Output, bold, column, counted, figures, names
from dealwright.core.errors import ConfigError
from dealwright.pipeline.report import Report, ReportRow, value_report

EXAMPLES = examples(
    "dealwright report",
    "dealwright report --weeks 12 --mapping 3",
    "dealwright report --csv > report.csv",
)

COLUMNS = (
    column("week", "Week of"),
    names("name", "Mapping"),
    figures("deliveries", "Deliveries"),
    figures("stuck", "Stuck"),
    figures("tokens", "Tokens"),
    figures("tokens_saved", "Saved"),
    figures("writes_avoided", "Writes avoided"),
    figures("duplicates_prevented", "Duplicates"),
    column("took", "p50 / p95"),
)


def report(
    *,
    weeks: Annotated[
        int, typer.Option(min=1, max=60, help="So many weeks, this one included.")
    ] = 4,
    mapping: Annotated[
        int | None, typer.Option(min=1, help="Only this Mapping, by its number.")
    ] = None,
    connection: Annotated[str | None, typer.Option(help="Only this Connection.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, all columns.")] = False,
    json: Json = False,
) -> None:
    """Tell what the hub has done, week by week and Mapping by Mapping, and what it has spared.

    Only of the time for which Deliveries are kept. With --json also how each figure is reckoned.
    """
    if as_csv and json:
        raise ConfigError("Choose one of --csv and --json.")

    def look(db: sa.Connection, now_ms: int) -> Report:
        return value_report(
            db, weeks=weeks, now_ms=now_ms, connection=connection, mapping_id=mapping
        )

    found = with_hub(lambda hub: hub.read(lambda db: look(db, hub.now_ms())))
    out = Output(json=json)
    if as_csv:
        _print_csv(found)
    elif json:
        out.line(msgspec.to_builtins(found))
    else:
        _tell(out, found)


def _tell(out: Output, found: Report) -> None:
    rows = [_shown(row) for row in found.rows]
    out.table(rows, COLUMNS, empty="Nothing was delivered in these weeks.")
    if not rows:
        return
    out.say(
        f"In {counted(found.weeks, 'week')}: {bold(f'{found.tokens:,}')} tokens spent, of which "
        f"{found.house_tokens:,} for the mirror and lists. The same events would have cost at "
        f"least {found.tokens_elsewhere:,} in Segment's design."
    )
    out.say(
        f"{_saved(found.tokens_saved)} {counted(found.writes_avoided, 'write')} avoided, "
        f"{counted(found.duplicates_prevented, 'duplicate')} prevented."
    )
    if found.known_since is not None:
        out.hint(f"Deliveries are kept since {words(found.known_since)}.")
    for sentence in found.reckoning:
        out.hint(f"  {sentence}")


def _saved(tokens: int) -> str:
    if tokens < 0:
        return f"{-tokens:,} tokens more than that were spent."
    return f"[green]{tokens:,} tokens saved.[/green]"


def _shown(row: ReportRow) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(row),
        "week": f"{row.week:%Y-%m-%d}",
        "took": "" if row.p50_s is None else f"{_time(row.p50_s)} / {_time(row.p95_s)}",
    }


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"


def _print_csv(found: Report) -> None:
    writer = csv.DictWriter(sys.stdout, fieldnames=list(ReportRow.__struct_fields__))
    writer.writeheader()
    writer.writerows(msgspec.structs.asdict(row) for row in found.rows)
