"""A program in another language or environment, asked by lines of JSON."""

import json
import os
import select
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 60
FAREWELL_S = 10


class Refused(AssertionError):
    """What the stranger's library threw."""

    def __init__(self, thrown: Any) -> None:
        super().__init__(json.dumps(thrown))
        self.thrown = thrown


class Stranger:
    """Asks one thing at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: Mapping[str, Any]) -> Any:
        """What the program answers. Raises Refused for what its library throws."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        ready, _, _ = select.select([stdout], [], [], PATIENCE_S)
        assert ready, f"no answer within {PATIENCE_S} s to {question}"
        line = stdout.readline()
        assert line, f"the program ended at {question}"
        answer = json.loads(line)
        if "thrown" in answer:
            raise Refused(answer["thrown"])
        return answer["value"]


@contextmanager
def running(*command: str, **environment: str) -> Generator[Stranger]:
    """Run a program that answers each line of its input by one of its output."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], **environment},
    )
    with process:
        try:
            yield Stranger(process)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    # One that still waits for an answer does not look at its input: it would never end.
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(FAREWELL_S)
    except subprocess.TimeoutExpired:
        process.kill()
