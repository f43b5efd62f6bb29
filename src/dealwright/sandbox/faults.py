"""Bad days by rule: what goes wrong, where, how often."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from msgspec import Struct

from dealwright.sandbox.answers import Answer, encode


class FaultRule(Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong.

    `method` and `path` say where (`path`: part of the path, or a template such as
    `/api/v2/persons/{id}`, which must fit as a whole). The first `skip` calls are spared, then
    `times` are hit (None: for ever), each with `probability`. What happens: an answer with
    `status` and `body` (or `raw` text), `reset` of the connection, a wait of `delay_ms` before
    the answer, silence for `hang_ms`, a `truncate`d body, headers left out by prefix
    (`without_headers`). With `after_commit` the work is done before it goes wrong.
    """

    method: str | None = None
    path: str | None = None
    status: int | None = None
    body: Any = None
    raw: str | None = None
    content_type: str | None = None
    headers: dict[str, str] = {}
    without_headers: list[str] = []
    reset: bool = False
    delay_ms: int = 0
    hang_ms: int = 0
    truncate: bool = False
    after_commit: bool = False
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0

    def replaces_answer(self) -> bool:
        """Whether the caller gets something else than the sandbox's answer."""
        return self.status is not None or self.reset or self.hang_ms > 0

    def answer(self) -> Answer:
        """The answer that the rule prescribes."""
        status = self.status or 500
        if self.raw is not None:
            body, kind = self.raw.encode(), self.content_type or "text/html; charset=UTF-8"
        else:
            shown = self.body if self.body is not None else _usual_body(status)
            body, kind = encode(shown), self.content_type or "application/json; charset=utf-8"
        headers = tuple((k.lower().encode(), v.encode()) for k, v in self.headers.items())
        return Answer(status, body, headers=headers, content_type=kind.encode())


def _usual_body(status: int) -> Any:
    if status >= 500:
        return {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"}
    return {"success": False, "error": "Fault", "errorCode": status}


class _Armed:
    __slots__ = ("left", "pattern", "random", "rule", "to_skip")

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.left = rule.times
        self.to_skip = rule.skip
        self.random = Random(rule.seed)  # noqa: S311 -- repeatable faults, no secrets
        self.pattern = _pattern(rule.path)

    def hits(self, method: str, path: str) -> bool:
        rule = self.rule
        if self.left == 0 or (rule.method and rule.method.upper() != method):
            return False
        if self.pattern is not None and not self.pattern(path):
            return False
        if self.to_skip > 0:
            self.to_skip -= 1
            return False
        if rule.probability < 1 and self.random.random() >= rule.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


def _pattern(path: str | None) -> Callable[[str], object] | None:
    if path is None:
        return None
    if "{" not in path:
        part: str = path
        return lambda actual: part in actual
    parts = [
        "[^/]+" if part.startswith("{") else re.escape(part) for part in path.strip("/").split("/")
    ]
    compiled = re.compile("/" + "/".join(parts) + r"\Z")
    return compiled.match


class Faults:
    """The rules in force, oldest first; the first that fits a call is the one that strikes."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force."""
        self._armed.append(_Armed(rule))

    def remove(self, rule: FaultRule) -> None:
        """Lift a rule."""
        self._armed = [armed for armed in self._armed if armed.rule != rule]

    def clear(self) -> None:
        """Lift all rules."""
        self._armed.clear()

    def rules(self) -> list[FaultRule]:
        """The rules that can still strike."""
        return [armed.rule for armed in self._armed if armed.left != 0]

    def strike(self, method: str, path: str) -> FaultRule | None:
        """The rule that this call meets, if any."""
        for armed in self._armed:
            if armed.hits(method, path):
                return armed.rule
        return None
