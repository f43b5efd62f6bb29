"""Run every benchmark, or the one that is named."""

import argparse
import dataclasses
import importlib
import os
from pathlib import Path

from bench.result import show


def main() -> None:
    """Measure, print a table and one JSON line for each; goals missed are no failure."""
    names = sorted(path.parent.name for path in Path(__file__).parent.glob("*/run.py"))
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names, help="only this one")
    parser.add_argument("--quick", action="store_true", help="short rounds: a look, no proof")
    chosen = parser.parse_args()
    for name in [chosen.name] if chosen.name else names:
        busy = f"Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
        result = importlib.import_module(f"bench.{name}.run").run(quick=chosen.quick)
        show(dataclasses.replace(result, notes=(*result.notes, busy)))


main()
