"""Foretold as a table: one line a field that would change, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from dealwright.core.foretold import FieldChange, Foretold, WouldBe

HEADINGS: Final = (
    "number",
    "events",
    "outcome",
    "code",
    "record",
    "act",
    "of",
    "field",
    "before",
    "after",
    "lost",
    "candidates",
    "tokens",
    "message",
)

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet takes these for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_lines(results: Iterable[Foretold], *, headed: bool = True) -> Iterator[str]:
    """The lines of the table, each with its end; the headings first if wanted."""
    if headed:
        yield _line(HEADINGS)
    for one in results:
        yield from (_line(row) for row in _rows(one))


def safe(text: str) -> str:
    """A cell that no spreadsheet computes.

    >>> safe("=1+1"), safe("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(one: Foretold) -> Iterator[tuple[str, ...]]:
    if not one.changes:
        yield _row(one, None, None)
    for change in one.changes:
        if not change.fields:
            yield _row(one, change, None)
        for field in change.fields:
            yield _row(one, change, field)


def _row(one: Foretold, change: WouldBe | None, field: FieldChange | None) -> tuple[str, ...]:
    cells = (
        str(one.number),
        " ".join(map(str, one.events)),
        str(one.outcome),
        one.code,
        one.record,
        "" if change is None else change.act,
        "" if change is None else change.record,
        "" if field is None else field.field,
        "" if field is None else field.before,
        (change.sentence if change else "") if field is None else field.after,
        "yes" if field is not None and field.lost else "",
        " ".join(map(str, one.candidates)),
        str(one.tokens),
        one.message,
    )
    return tuple(map(safe, cells))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
