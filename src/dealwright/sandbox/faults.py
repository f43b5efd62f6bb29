"""Bad days by rule: what goes wrong, where, how often."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import field

from dealwright.sandbox.answers import Answer, encode
from dealwright.sandbox.rulebook import Rule


class FaultRule(Rule, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong.

    `method` and `path` say where (`path`: part of the path, or a template such as
    `/api/v2/persons/{id}`, which must fit as a whole). What happens: an answer with
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
    headers: dict[str, str] = field(default_factory=dict[str, str])
    without_headers: list[str] = field(default_factory=list[str])
    reset: bool = False
    delay_ms: int = 0
    hang_ms: int = 0
    truncate: bool = False
    after_commit: bool = False

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


@lru_cache(maxsize=256)
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


def fits_call(rule: FaultRule, method: str, path: str) -> bool:
    """Whether a rule is for this call."""
    if rule.method and rule.method.upper() != method:
        return False
    pattern = _pattern(rule.path)
    return pattern is None or bool(pattern(path))
