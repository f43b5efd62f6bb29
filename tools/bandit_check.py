"""Run bandit over the sources; every finding is explained in tools/bandit.toml, or this fails.

An explanation that fits nothing any more fails as well, so that the list stays true.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "dealwright"

Found = tuple[str, str]
"""A test of bandit, and the file that it found something in, below the sources."""


def unexplained(found: Iterable[Found], explained: Iterable[Found]) -> set[Found]:
    """What nobody has explained. An explanation of a folder (`store/*`) is for all in it."""
    known = set(explained)
    return {
        (test, file)
        for test, file in found
        if (test, file) not in known and (test, f"{Path(file).parts[0]}/*") not in known
    }


def outlived(found: Iterable[Found], explained: Iterable[Found]) -> set[Found]:
    """Explanations of what is not found any more."""
    there = set(found)
    there |= {(test, f"{Path(file).parts[0]}/*") for test, file in there}
    return set(explained) - there


def explanations(text: str) -> set[Found]:
    """What tools/bandit.toml explains; a reason that says nothing explains nothing."""
    return {
        (one["test"], file)
        for one in tomllib.loads(text)["explained"]
        for file in one["files"]
        if len(one["why"].split()) >= 5
    }


def findings(report: Mapping[str, Any]) -> dict[Found, list[int]]:
    """What bandit found, and in which lines."""
    found: dict[Found, list[int]] = {}
    for one in report["results"]:
        file = Path(one["filename"]).resolve().relative_to(SOURCE).as_posix()
        found.setdefault((one["test_id"], file), []).append(one["line_number"])
    return found


def main() -> int:
    """Say what is not explained, and what is explained in vain."""
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bandit", "-q", "-r", str(SOURCE), "-f", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(ran.stdout)
    found = findings(report)
    explained = explanations((HERE / "bandit.toml").read_text(encoding="utf-8"))
    faults = [
        f"{file}: {test} in line {found[test, file]}: mend it, or explain it in tools/bandit.toml"
        for test, file in sorted(unexplained(found, explained))
    ]
    faults += [
        f"tools/bandit.toml: {test} in {file} is found no more: take it out"
        for test, file in sorted(outlived(found, explained))
    ]
    faults += [f"{one['filename']}: not read: {one['reason']}" for one in report["errors"]]
    sys.stdout.write("\n".join(faults or [f"bandit: {len(found)} findings, each explained"]) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
