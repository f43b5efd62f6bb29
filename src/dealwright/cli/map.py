"""`dealwright map`: what a mapping makes of an event."""

from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.syntax import Syntax

from dealwright.actionbook import actions
from dealwright.cli.clauses import lines_of
from dealwright.cli.documents import document, event_of
from dealwright.cli.examples import examples
from dealwright.cli.output import Json, Output
from dealwright.core.action import Action
from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Trial, read_draft, trying
from dealwright.core.errors import ConfigError

EXAMPLES = examples(
    "dealwright map --mapping person.json --event identify.json",
    "dealwright map --mapping fields.json --action upsert_person --event identify.json",
    "dealwright events --json --limit 1 | jq .body | dealwright map --mapping p.toml --event -",
)


def map(
    *,
    mapping: Annotated[
        str, typer.Option(help="A mapping, JSON or TOML: its fields alone, or the whole.")
    ],
    event: Annotated[str, typer.Option(help="An event as JSON, or - for standard input.")],
    action: Annotated[
        str | None, typer.Option(help="Fit the fields to this action; else to the mapping's own.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the fields that a mapping makes of an event, or every fault with its path.

    Nothing is stored and nothing is sent. With an action, in the file or by --action, the fields
    are also shown as they go to it: fitted to its types.
    """
    out = Output(json=json)
    draft = read_draft(document(mapping))
    try:
        tried = trying(draft, _action(action or draft.action))
    except MappingFaults as faults:
        _tell_faults(out, faults)
        raise typer.Exit(1) from faults
    trial = tried(event_of(event))
    _tell(out, trial)
    if trial.error is not None:
        raise typer.Exit(1)


def _action(key: str) -> Action | None:
    known = actions()
    if key and key not in known:
        raise ConfigError(f"There is no action {key}. There are {', '.join(known)}.")
    return known.get(key)


def _tell_faults(out: Output, faults: MappingFaults) -> None:
    for fault in faults.faults:
        out.say(
            f"[red]✗[/red] {escape(fault.path)}: {escape(fault.message)}",
            path=fault.path,
            message=fault.message,
            code=faults.code,
        )


def _tell(out: Output, trial: Trial) -> None:
    if out.json:
        error = trial.error
        out.line(
            {
                "fires": trial.fires,
                "fields": trial.fields,
                "values": trial.values,
                "error": error and {"code": error.code, "path": error.path, "message": str(error)},
            }
        )
        return
    if not trial.fires:
        out.say("[yellow]![/yellow] The trigger does not fire for this event:")
        for line in lines_of(trial.clauses):
            out.say(f"  {line}")
    if trial.error is not None:
        out.say(f"[red]✗[/red] {escape(str(trial.error))} [dim]\\[{trial.error.code}][/dim]")
    if trial.fields is not None:
        _show(out, trial.fields)
    if trial.values is not None and msgspec.to_builtins(trial.values) != trial.fields:
        out.say("As it goes to the action:")
        _show(out, trial.values)


def _show(out: Output, value: object) -> None:
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    out.console.print(Syntax(text, "json", background_color="default", word_wrap=True))
