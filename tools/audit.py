"""Ask the advisory services about every dependency, and say what they answered.

    python tools/audit.py requirements.lock [FOLDER WITH A package-lock.json …]

Leaves with 0 when everything was audited and is clean, with 1 for a known vulnerability, and with
2 where something was not audited. A service that was not reached is never taken for "clean".
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any


class Verdict(Enum):
    """What is known of one set of dependencies, and how the program leaves for it."""

    CLEAN = 0
    VULNERABLE = 1
    NOT_AUDITED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict and what it rests on."""

    verdict: Verdict
    lines: tuple[str, ...]


def of_pip_audit(said: str) -> Finding:
    """Read what `pip-audit --format json` printed; anything else is no audit."""
    told = _object(said)
    listed = told.get("dependencies")
    if not isinstance(listed, list) or not listed:
        return _not_audited("pip-audit gave no list of dependencies")
    skipped = [one for one in listed if "skip_reason" in one or "vulns" not in one]
    found = [
        f"{one['name']} {one['version']}: {vuln['id']}"
        for one in listed
        for vuln in one.get("vulns", ())
    ]
    if found:
        return Finding(verdict=Verdict.VULNERABLE, lines=tuple(found))
    if skipped:
        return _not_audited(*(f"{one.get('name')}: {one.get('skip_reason')}" for one in skipped))
    return Finding(verdict=Verdict.CLEAN, lines=(f"{len(listed)} packages",))


def of_npm_audit(said: str, *, packages: int) -> Finding:
    """Read what `npm audit --json` printed, for a lock file with so many packages.

    A registry without the service answers with nothing, which looks like no vulnerability.
    """
    told = _object(said)
    counted = told.get("metadata", {}).get("vulnerabilities", {}).get("total")
    audited = told.get("metadata", {}).get("dependencies", {}).get("total", 0)
    if "error" in told or not isinstance(counted, int) or "vulnerabilities" not in told:
        why = told.get("error", {}).get("summary") or told.get("message") or "no audit report"
        return _not_audited(str(why))
    if counted:
        found = (f"{name}: {one.get('severity')}" for name, one in told["vulnerabilities"].items())
        return Finding(verdict=Verdict.VULNERABLE, lines=tuple(found))
    if packages and not audited:
        return _not_audited(f"none of the {packages} packages was looked at")
    return Finding(verdict=Verdict.CLEAN, lines=(f"{packages} packages",))


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict of all: a vulnerability before what is not known, and nothing is no audit."""
    for one in (Verdict.VULNERABLE, Verdict.NOT_AUDITED):
        if one in verdicts:
            return one
    return Verdict.CLEAN if verdicts else Verdict.NOT_AUDITED


def packages_of(lock: str) -> int:
    """How many packages a package-lock.json has, without the project itself."""
    return sum(1 for path in _object(lock).get("packages", {}) if path)


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _not_audited(*why: str) -> Finding:
    return Finding(verdict=Verdict.NOT_AUDITED, lines=why)


def _said(command: Sequence[str], folder: Path) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - our own commands
            command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return json.dumps({"message": str(error), "error": {"summary": str(error)}})
    sys.stderr.write(ran.stderr)
    return ran.stdout


def _audited(where: str) -> Finding:
    path = Path(where)
    if path.is_dir():
        lock = (path / "package-lock.json").read_text(encoding="utf-8")
        said = _said(["npm", "audit", "--json"], path)
        return of_npm_audit(said, packages=packages_of(lock))
    command = ["pip-audit", "--format", "json", "--progress-spinner", "off", "--disable-pip"]
    return of_pip_audit(_said([*command, "--require-hashes", "-r", str(path)], Path()))


def main(places: Sequence[str]) -> int:
    """Audit every place, and say all that was found."""
    verdicts: list[Verdict] = []
    for where in places:
        found = _audited(where)
        verdicts.append(found.verdict)
        said = found.verdict.name.lower().replace("_", " ")
        sys.stdout.write(f"{where}: {said}: {'; '.join(found.lines)}\n")
    return worst(verdicts).value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
