"""The reference pages that are made from the code: `python -m tests.docs.reference [--check]`."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import typer.main
from tests.docs.actions_reference import action_page, index_page

from dealwright.actionbook import actions
from dealwright.cli.knobs import knobs
from dealwright.cli.main import app
from dealwright.core.explanation import Explanation
from dealwright.core.explanations import CODES, STATES

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
MADE = "<!-- Made by `make reference`; change the code, not this page. -->"


def settings_page() -> str:
    """Every setting: its variable, type, default and what it decides."""
    rows = "\n".join(
        f"| `{knob.variable}` | {knob.type.replace('|', 'or')} | {_default(knob.default)} "
        f"| {knob.description}{_file(knob.file_variable)} |"
        for knob in knobs()
    )
    return f"""# Settings

{MADE}

Settings are environment variables, read once at start. All faults are listed at once, and nothing
starts before they are mended. What a user decides (Connections, Mappings, …) is no setting: it
stands in the database.

| variable | takes | default | decides |
|---|---|---|---|
{rows}
"""


def _default(text: str) -> str:
    return f"`{text}`" if text else "–"


def _file(variable: str) -> str:
    return f" May stand in a file: `{variable}`." if variable else ""


def cli_page() -> str:
    """Every command with its arguments, options and examples."""
    root: Any = typer.main.get_command(app)
    sections = "\n\n".join(_commands("dealwright", root))
    return f"""# Commands

{MADE}

Every command that answers takes `--json`: one JSON line for each thing. A failure is one sentence
with its [code](errors.md) and exit status 1; wrong use is 2. At a terminal logs are text, else JSON
lines, on the standard error output.

{sections}
"""


def _commands(path: str, command: Any) -> Iterator[str]:
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        if hasattr(inner, "commands"):
            yield from _commands(f"{path} {name}", inner)
        else:
            yield _section(f"{path} {name}", inner)


def _section(path: str, command: Any) -> str:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    rows = "\n".join(f"| `{_names(p)}` | {_meaning(p)} |" for p in shown)
    table = f"\n\n| takes | which is |\n|---|---|\n{rows}" if rows else ""
    return f"## {path}\n\n{command.help}{table}{_examples(command.epilog or '')}"


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return parameter.name.upper()
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _meaning(parameter: Any) -> str:
    default = parameter.default
    plain = default is None or default is False or default == [] or callable(default)
    told = "" if plain or parameter.secondary_opts else f" Default: `{default}`."
    return f"{parameter.help or ''}{told}"


def _examples(epilog: str) -> str:
    lines = re.sub(r"\[/?(?:dim|bold)\]", "", epilog).splitlines()[1:]
    return (
        "\n\n```console\n" + "\n".join(f"$ {line.strip()}" for line in lines) + "\n```"
        if lines
        else ""
    )


def outcomes_page() -> str:
    """Every state and code of a Delivery: what it means, what to do, who must act."""
    states = "\n".join(_outcome(str(state), one) for state, one in STATES.items())
    codes = "\n".join(_outcome(code, one) for code, one in CODES.items())
    return f"""# What became of a Delivery

{MADE}

Every Delivery has a state, and a code that says why. These are the texts that `dealwright explain`
and the API give; ID is the number of the Delivery, NAME that of its Connection. Codes of everything
else are in [error codes](errors.md).

## States

| state | means | what to do | who must act |
|---|---|---|---|
{states}

## Codes

| code | means | what to do | who must act |
|---|---|---|---|
{codes}
"""


def _outcome(name: str, one: Explanation) -> str:
    return f"| `{name}` | {one.means} | {one.do or '–'} | {one.who.value} |"


def _action_pages() -> Iterator[tuple[str, Callable[[], str]]]:
    known = actions()
    yield "actions/index.md", partial(index_page, list(known.values()), made=MADE)
    for key, action in known.items():
        yield f"actions/{key}.md", partial(action_page, action, made=MADE)


REFERENCE: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "cli.md": cli_page,
    "outcomes.md": outcomes_page,
    **dict(_action_pages()),
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check say which are not as the code has it."""
    old = [name for name, make in REFERENCE.items() if _read(name) != make()]
    if "--check" in arguments:
        for name in old:
            sys.stderr.write(f"docs/reference/{name} is not as the code has it: make reference\n")
        return 1 if old else 0
    for name in old:
        (PAGES / name).parent.mkdir(exist_ok=True)
        (PAGES / name).write_text(REFERENCE[name](), encoding="utf-8")
    return 0


def _read(name: str) -> str:
    path = PAGES / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
