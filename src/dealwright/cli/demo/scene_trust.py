"""The third scene: a change is seen before it is made, explained afterwards, and taken back."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.markup import escape

from dealwright.cli import dryrun_view, explaintext, undo_view
from dealwright.cli.demo import trust
from dealwright.cli.demo.stand import Hint, Stand, judge, title
from dealwright.cli.demo.trustcheck import Told, faults
from dealwright.cli.output import Output, counted
from dealwright.core.draft import Draft
from dealwright.core.foretold import Outcome

#: Lines of the dry run that are shown; the rest is counted.
SHOWN: Final = 4


async def trusted(stand: Stand) -> Sequence[Hint]:
    """Try a change of a Mapping, make it, ask why a name is as it is, and take it back."""
    out, people = Output(console=stand.console), trust.signing_in()
    mapping = await trust.persons_mapping(stand)
    draft = trust.numbered(mapping)
    changed = _file(stand, "numbered.json", draft)
    before = _file(stand, "names.json", trust.as_it_was(mapping))

    title(stand, "Somebody wants the webshop's number behind every name: a dry run first")
    _typed(stand, "mappings", "dry-run", changed.name, "--of", str(mapping.id))
    seen = await trust.foreseen(stand, draft, mapping)
    _print_foresight(out, seen)

    title(stand, "It is done, for whoever signs in next")
    _typed(stand, "mappings", "change", str(mapping.id), changed.name)
    version = await trust.change(stand, mapping.id, draft)
    await trust.signed_in(stand, people)
    written = await stand.pipedrive.state()
    await trust.edited(stand, people[1])
    stand.console.print(
        f"[green]✓[/green] {trust.EDITOR} meets {people[1].numbered} in Pipedrive, and writes "
        f"“{trust.EDITED}”"
    )

    title(stand, f"Why is {people[0].name} called that?")
    _typed(stand, "explain", people[0].email, "name")
    story = await trust.explained(stand, people[0], "name")
    explaintext.tell_record(out, story)

    title(stand, "Nobody likes it: taken back")
    _typed(stand, "mappings", "change", str(mapping.id), before.name)
    await trust.change(stand, mapping.id, trust.as_it_was(mapping))
    _typed(stand, "undo", "--mapping", f"{mapping.id}@{version.version}")
    plan = await trust.planned(stand, version)
    undo_view.told(out, plan)
    number = await trust.undone(stand, plan)
    ended = await stand.pipedrive.state()
    judge(faults(Told(people, seen, written, story, plan, ended)))
    stand.console.print(
        f"[green]✓[/green] {people[0].name} and {people[2].name} are called what they were called "
        f"before;\n  what {trust.EDITOR} wrote stays."
    )
    return (
        Hint(f"dealwright explain {people[1].email}", "what was written, and who changed it"),
        Hint(f"dealwright undo show {number}", "what was taken back"),
        Hint(f"dealwright undo --undo {number} --dry-run", "an undo can be undone"),
        Hint(f"dealwright mappings dry-run {shlex.quote(str(changed))} --of {mapping.id}"),
    )


def _file(stand: Stand, name: str, draft: Draft) -> Path:
    path = stand.folder / name
    path.write_bytes(msgspec.json.format(msgspec.json.encode(draft)))
    return path


def _typed(stand: Stand, *arguments: str) -> None:
    command = escape(shlex.join(("dealwright", *arguments)))
    stand.console.print(f"[dim]$[/dim] [bold]{command}[/bold]")


def _print_foresight(out: Output, seen: trust.Foresight) -> None:
    rows = [dryrun_view.row_of(one) for one in seen.results if one.outcome is Outcome.UPDATE]
    out.table(rows[:SHOWN], dryrun_view.COLUMNS)
    dryrun_view.told(out, seen.number, seen.summary, left=len(seen.results) - SHOWN)
    spent = counted(seen.summary.spent, "API token")
    out.say(f"[green]✓[/green] To know this has cost {spent}; Pipedrive is as it was")
