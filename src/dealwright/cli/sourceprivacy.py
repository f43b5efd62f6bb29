"""`dealwright sources privacy`: what is kept of the events of a Source."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import typer

from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold, column, names
from dealwright.core.errors import ConfigError
from dealwright.core.privacyrules import Rules
from dealwright.pipeline.privacysources import previewed, rules_from, set_rules, told
from dealwright.store.privacy import rules_of
from dealwright.store.sources import source_by_name

ROWS = (names("path", "Path"), column("rule", "Rule"))


def privacy(
    name: Annotated[str, typer.Argument(help="The Source, as `sources list` names it.")],
    *,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Keep this of traits, properties and context; once for each path."),
    ] = None,
    hashed: Annotated[
        list[str] | None,
        typer.Option("--hash", help="PATH=sha256 (as ad platforms do), or PATH=keyed (our key)."),
    ] = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="Leave no more than tells values apart.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Keep everything again.")] = False,
    preview: Annotated[
        Path | None, typer.Option(help="Show what is left of the event in this file; - is stdin.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what is kept of the events of a Source, change it, or try it on an event.

    Rules are applied before an event is stored, in this order: the allow-list, hashing, masking.
    Rules that are given take the place of all that there were; with --preview they are only tried.
    """
    given = None
    if allow is not None or hashed or mask or clear:
        given = _rules(allow, hashed or (), mask or ())
    out = Output(json=json)
    if preview is not None:
        event = _event(preview)
        left = with_hub(lambda hub: hub.read(lambda db: _tried(db, hub, name, given, event)))
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(left), indent=2) + b"\n")
        return
    _tell(out, name, with_hub(lambda hub: _changed(hub, name, given)))


def _rules(allow: list[str] | None, hashed: list[str] | tuple[str, ...], mask: Any) -> Rules:
    methods: dict[str, str] = {}
    for text in hashed:
        path, _, method = text.partition("=")
        methods[path] = method or "sha256"
    return rules_from({"allow": allow, "hash": methods, "mask": list(mask)})


async def _changed(hub: Hub, name: str, given: Rules | None) -> Rules:
    if given is None:
        return await hub.read(lambda db: rules_of(db, source_by_name(db, name).id))

    def change(db: sa.Connection) -> Rules:
        found = source_by_name(db, name)
        before = rules_of(db, found.id)
        set_rules(db, found.id, given, vault=hub.vault, now_ms=hub.now_ms())
        hub.note(db, "source.privacy", f"source:{found.id}", before=told(before), after=told(given))
        return given

    return await hub.write(change)


def _tried(
    db: sa.Connection, hub: Hub, name: str, given: Rules | None, event: dict[str, Any]
) -> dict[str, Any]:
    rules = given or rules_of(db, source_by_name(db, name).id)
    return previewed(db, rules, event, vault=hub.vault)


def _event(file: Path) -> dict[str, Any]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(raw, type=dict[str, Any])
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror}).", code="file_unreadable"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no event: {error}.", code="file_unreadable") from error


def _tell(out: Output, name: str, rules: Rules) -> None:
    if out.json:
        out.say("", name=name, **told(rules))
        return
    rows = [{"path": path, "rule": "kept"} for path in rules.allow or ()]
    rows += [{"path": path, "rule": f"hashed, {how.value}"} for path, how in rules.hash.items()]
    rows += [{"path": path, "rule": "masked"} for path in rules.mask]
    out.table(rows, ROWS, empty=f"Everything is kept of the events of {name}.")
    if rules.allow is not None:
        out.say(f"Nothing else of traits, properties and context of {bold(name)} is kept.")


def register(app: typer.Typer) -> None:
    """Add the command to `dealwright sources`."""
    app.command(
        epilog=examples(
            "dealwright sources privacy website",
            "dealwright sources privacy website --hash traits.email=sha256 --mask context.ip",
            "dealwright sources privacy website --allow traits.plan --preview event.json",
        )
    )(privacy)
