"""A group of commands of which only the one that is asked for is imported.

Every command would otherwise pay for the imports of all: the HTTP client, both databases, the
mapping language.
"""

import importlib
import inspect
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_PLAIN: dict[str, Any] = {
    "rich_markup_mode": "rich",
    "add_completion": False,
    "pretty_exceptions_enable": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command as the list of all shows it, and where it is.

    `at` is `module:name` of a function (whose module may have EXAMPLES) or of a group; `help` is
    the first sentence of what stands there.
    """

    name: str
    panel: str
    at: str
    help: str


class LazyGroup(TyperGroup):
    """Shows its entries without importing them, and imports the one that is run."""

    #: A subclass says which.
    entries: Sequence[Entry] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Loaded(self.entries)

    # `Any`: the types of these are private to Typer, and were Click's in older versions.
    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """The outline of a command, which is enough for a list."""
        return next((_outline(one) for one in self.entries if one.name == cmd_name), None)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """The names, in the order of the entries."""
        return [one.name for one in self.entries]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, which is to be run."""
        name, outline, rest = super().resolve_command(ctx, args)
        return name, outline if name is None else self.commands[name], rest


class _Loaded(MutableMapping[str, Any]):
    """The commands by name, each imported when it is looked at."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._left = {one.name: one for one in entries}
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = _command(self._left[name])
        return self._found[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._found[name] = command

    def __delitem__(self, name: str) -> None:
        del self._left[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._left)

    def __len__(self) -> int:
        return len(self._left)


def _outline(entry: Entry) -> TyperCommand:
    return TyperCommand(entry.name, help=entry.help, rich_help_panel=entry.panel)


def _command(entry: Entry) -> Any:
    path, _, attribute = entry.at.partition(":")
    module = importlib.import_module(path)
    found = getattr(module, attribute)
    around = typer.Typer(**_PLAIN)
    if isinstance(found, typer.Typer):
        _fold(found)
        around.add_typer(found, name=entry.name)
        command = _made(around).commands[entry.name]
    else:
        around.command(entry.name, epilog=getattr(module, "EXAMPLES", None))(found)
        _fold(around)
        command = _made(around)
    command.rich_help_panel = entry.panel
    return command


def _made(group: typer.Typer) -> Any:
    return typer.main.get_command(group)


def _fold(group: typer.Typer) -> None:
    """Let help texts flow to the width of the terminal: the lines of a docstring are ours."""
    for command in group.registered_commands:
        paragraphs = inspect.cleandoc(command.callback.__doc__ or "").split("\n\n")
        command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
