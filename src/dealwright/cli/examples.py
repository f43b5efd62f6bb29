"""Examples below the help of a command: a line each, with what it is for."""


def examples(*lines: str) -> str:
    """Make the end of a help text of command lines; what follows a # is said quietly."""
    return "\n".join(["[bold]Examples[/bold]", *(_line(line) for line in lines)])


def _line(line: str) -> str:
    command, mark, remark = line.partition("  #")
    quiet = f"   [dim]# {remark.strip()}[/dim]" if mark else ""
    return f"  {command.strip()}{quiet}"
