"""A group of commands of which `show` may be left out."""

from typing import Any

from typer.core import TyperGroup


class Showing(TyperGroup):
    """`budget acme` is short for `budget show acme`, and `budget` for `budget show`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in that was left out."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)
