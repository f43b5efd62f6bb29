"""`dealwright mappings add | change | test`: Mappings from files, and the cases beside them."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli.documents import document
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold, counted
from dealwright.core.cases import Case, Suite, complaints, read_suite
from dealwright.core.catalogue import Catalogue
from dealwright.core.directives import MappingFaults
from dealwright.core.doubts import doubts
from dealwright.core.draft import Draft, Try, draft_faults, read_draft, trying
from dealwright.core.errors import ConfigError, MappingError
from dealwright.core.mapping import Mapping
from dealwright.core.trigger import trigger_warnings
from dealwright.pipeline.accounts import AccountBook
from dealwright.store.connections import connection_by_name, list_connections
from dealwright.store.mappings import NewMapping, create_mapping, mapping, new_version

File = Annotated[
    str, typer.Argument(help="A mapping, JSON or TOML: name, action, trigger, fields.")
]

ADD = examples(
    "dealwright mappings add person.json  # it starts disabled",
    "dealwright mappings add deal.toml --connection acme --enable",
)
TEST = examples("dealwright mappings test mappings/*.test.toml")


def add(
    file: File,
    *,
    connection: Annotated[
        str | None, typer.Option(help="The Connection; not needed when there is only one.")
    ] = None,
    enable: Annotated[bool, typer.Option("--enable", help="Route events to it at once.")] = False,
    json: Json = False,
) -> None:
    """Make a Mapping of a file. It is disabled until you enable it."""
    draft = _checked(file)

    async def work(hub: Hub) -> tuple[Mapping, Catalogue]:
        made = await hub.write(lambda db: _made(db, hub, draft, connection, enable=enable))
        return made, await _catalogue(hub, made)

    made, catalogue = with_hub(work)
    out = Output(json=json)
    out.say(f"[green]✓[/green] Mapping {made.id}, {bold(made.name)}.", id=made.id, name=made.name)
    _warn(out, draft, catalogue)
    if not made.enabled:
        out.hint(f"To let it act: dealwright mappings enable {made.id}")


def change(
    id: Annotated[int, typer.Argument(help="The Mapping's number, as `mappings list` shows it.")],
    file: File,
    *,
    json: Json = False,
) -> None:
    """Give a Mapping the trigger and fields of a file, as its next version."""
    draft = _checked(file)

    async def work(hub: Hub) -> tuple[Mapping, Catalogue]:
        made = await hub.write(lambda db: changed(db, hub, id, draft))
        return made, await _catalogue(hub, made)

    made, catalogue = with_hub(work)
    out = Output(json=json)
    out.say(
        f"[green]✓[/green] {bold(made.name)} is at version {made.version}.",
        id=made.id,
        name=made.name,
        version=made.version,
    )
    _warn(out, draft, catalogue)


def run_cases(
    files: Annotated[list[Path], typer.Argument(help="TOML files with [[case]] tables.")],
    *,
    json: Json = False,
) -> None:
    """Run the cases beside your mappings; the exit status is 1 if one does not pass."""
    out = Output(json=json)
    counts: Counter[bool] = Counter()
    for file in files:
        counts += _run(out, file)
    passed, failed = counts[True], counts[False]
    if not json:
        out.say(f"{counted(passed + failed, 'case')}, {failed or 'none'} failed.")
    if failed:
        raise typer.Exit(1)


def _run(out: Output, file: Path) -> Counter[bool]:
    suite = read_suite(document(str(file)), lambda name: document(str(file.parent / name)))
    tried = _trying(suite)
    counts: Counter[bool] = Counter()
    for case in suite.cases:
        lacking = _complaints(case, tried)
        counts[not lacking] += 1
        mark = "[red]✗[/red]" if lacking else "[green]✓[/green]"
        told = "".join(f"\n    {escape(sentence)}" for sentence in lacking)
        out.say(
            f"{mark} {escape(case.name)}{told}",
            file=str(file),
            case=case.name,
            passed=not lacking,
            complaints=lacking,
        )
    return counts


def _trying(suite: Suite) -> Try:
    known = actions()
    action = suite.draft.action
    if action and action not in known:
        raise ConfigError(f"There is no action {action}. There are {', '.join(known)}.")
    return trying(suite.draft, known.get(action))


def _complaints(case: Case, tried: Try) -> tuple[str, ...]:
    event = case.given.event
    assert isinstance(event, dict), "read_suite loads what a case names"  # noqa: S101
    return complaints(case, tried(event))


def _checked(file: str) -> Draft:
    draft = read_draft(document(file))
    faults = draft_faults(draft, actions())
    if faults:
        raise MappingFaults(faults)
    if not draft.name:
        raise MappingError(f"{file} has no name for the mapping.", code="invalid_mapping_file")
    return draft


def _made(
    db: sa.Connection, hub: Hub, draft: Draft, connection: str | None, *, enable: bool
) -> Mapping:
    new = NewMapping(
        connection_id=_connection_id(db, connection),
        name=draft.name,
        action=draft.action,
        trigger=draft.trigger,
        fields=draft.fields,
        enabled=enable,
    )
    made = create_mapping(db, new, now_ms=hub.now_ms())
    hub.note(db, "mapping.create", f"mapping:{made.id}", after=told(made))
    return made


def changed(db: sa.Connection, hub: Hub, mapping_id: int, draft: Draft) -> Mapping:
    """Make a file's trigger and fields the next version of a Mapping, and note who did it."""
    found = mapping(db, mapping_id)
    if found.action != draft.action:
        raise ConfigError(
            f"Mapping {mapping_id} does {found.action}, the file {draft.action}: "
            "add it as a new one."
        )
    made = new_version(
        db, mapping_id, trigger=draft.trigger, fields=draft.fields, now_ms=hub.now_ms()
    )
    hub.note(db, "mapping.version", f"mapping:{mapping_id}", before=told(found), after=told(made))
    return made


def told(one: Mapping) -> dict[str, object]:
    """What the audit log says of a Mapping."""
    return {
        "name": one.name,
        "action": one.action,
        "version": one.version,
        "trigger": one.trigger,
        "fields": dict(one.fields),
        "enabled": one.enabled,
        "priority": one.priority.name.lower(),
    }


def _connection_id(db: sa.Connection, name: str | None) -> int:
    if name is not None:
        return connection_by_name(db, name).id
    known = list_connections(db)
    if len(known) != 1:
        names = ", ".join(one.name for one in known) or "none yet"
        raise ConfigError(f"Choose the Connection with --connection; there is: {names}.")
    return known[0].id


async def _catalogue(hub: Hub, made: Mapping) -> Catalogue:
    """The lists of the account as they are kept; to look costs nothing."""
    book = AccountBook(hub.store, connection_id=made.connection_id, clock=hub.clock)
    return await book.catalogue()


def _warn(out: Output, draft: Draft, catalogue: Catalogue) -> None:
    if out.json:
        return
    for warning in trigger_warnings(draft.trigger):
        out.say(f"[yellow]![/yellow] trigger: {escape(warning.message)}")
    for doubt in doubts(draft.fields, actions()[draft.action], catalogue):
        out.say(f"[yellow]![/yellow] {escape(doubt.path)}: {escape(doubt.message)}")
