"""Where a trigger's text is at fault, and the sentence that says so."""

import re
from dataclasses import dataclass

from dealwright.core.errors import MappingError

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a text: `offset` in code points from 0, `line` and `column` from 1."""

    offset: int
    line: int
    column: int


def locate(text: str, offset: int) -> Position:
    """Find line and column of an offset; LF, CR and CRLF each end one line."""
    ends = [end.end() for end in _LINE_END.finditer(text) if end.end() <= offset]
    start = ends[-1] if ends else 0
    return Position(offset=offset, line=len(ends) + 1, column=offset - start + 1)


class TriggerError(MappingError):
    """A trigger's text that does not compile; its `code` is `invalid_trigger`.

    `position` is where, `found` what stands there, `expected` what would fit, `hint` advice or "".
    """

    position: Position
    found: str
    expected: str
    hint: str

    def __init__(
        self, text: str, offset: int, *, found: str, expected: str, hint: str = ""
    ) -> None:
        position = locate(text, offset)
        sentence = (
            f"Trigger, line {position.line}, column {position.column}: "
            f"found {found}, expected {expected}."
        )
        super().__init__(f"{sentence} {hint}".rstrip(), code="invalid_trigger")
        self.position = position
        self.found = found
        self.expected = expected
        self.hint = hint

    @property
    def line(self) -> int:
        """The line of the fault, from 1."""
        return self.position.line

    @property
    def column(self) -> int:
        """The column of the fault in code points, from 1."""
        return self.position.column
