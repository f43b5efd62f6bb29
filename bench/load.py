"""Load: wrk against a server of ours on this machine, and what the server's process used."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Load:
    """One run of the generator: requests that were answered with 200, and others."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float


def wrk(
    url: str, script: Path, *, connections: int, seconds: float, seed: int, **variables: str
) -> Load:
    """Send as fast as the answers come, for so long; the script's `done` prints JSON."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is not on this machine: install it (Debian: apt-get install wrk).")
    command = [program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout=30s"]
    run = subprocess.run(
        [*command, "-s", str(script), url],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"BENCH_SEED": str(seed)} | variables,
    )
    found = re.search(r"^\{.*\}$", run.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"wrk said nothing of use:\n{run.stdout}\n{run.stderr}")
    return Load(**json.loads(found[0]))


def cpu_s(pid: int) -> float:
    """Processor time of a process so far, all its threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """Memory of a process in megabytes, at its peak so far."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1000 if found else 0.0
