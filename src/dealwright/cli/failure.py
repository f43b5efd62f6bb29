"""How a command fails: one sentence with its code, never a traceback."""

import sys

import msgspec
from rich.markup import escape

from dealwright.cli.output import console_of
from dealwright.core.errors import DealwrightError


def told(error: DealwrightError) -> None:
    """Print the sentence and the code: to a person, or as a JSON line when `--json` was given."""
    if "--json" in sys.argv:
        line = msgspec.json.encode({"error": {"code": error.code, "message": str(error)}})
        sys.stderr.write(line.decode() + "\n")
        return
    console = console_of(sys.stderr)
    console.print(f"[red]✗[/red] {escape(str(error))} [dim]\\[{error.code}][/dim]", soft_wrap=True)
