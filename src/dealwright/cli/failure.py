"""How a command fails: one sentence with its code, never a traceback."""

import sys

import msgspec
from rich.markup import escape

from dealwright.cli.output import console_of
from dealwright.core.errors import DealwrightError
from dealwright.core.mappingkit.faults import MappingFaults


def told(error: DealwrightError) -> None:
    """Print the sentence and the code: to a person, or as a JSON line when `--json` was given.

    Of a mapping each fault is a line, with its path.
    """
    faults = error.faults if isinstance(error, MappingFaults) else ()
    if "--json" in sys.argv:
        listed = [{"path": fault.path, "message": fault.message} for fault in faults]
        facts = {"code": error.code, "message": str(error)} | ({"faults": listed} if listed else {})
        sys.stderr.write(msgspec.json.encode({"error": facts}).decode() + "\n")
        return
    sentences = [f"{fault.path}: {fault.message}" for fault in faults] or [str(error)]
    console = console_of(sys.stderr)
    for sentence in sentences:
        console.print(
            f"[red]✗[/red] {escape(sentence)} [dim]\\[{error.code}][/dim]", soft_wrap=True
        )
