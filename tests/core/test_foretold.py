"""What a dry run says: when the budget allows it, and a table that computes nothing."""

import csv
import io

import pytest

from dealwright.core.budget import DAY_MS, Budget
from dealwright.core.foretold import FieldChange, Foretold, Funds, Outcome, WouldBe, funds_for
from dealwright.core.foretoldcsv import csv_lines
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind

NOW, RESET = 1_000, 50_000


def funds(tokens: int, *, used: int = 0) -> Funds:
    # 10,000 a day without a reserve: a replay leaves 2,500.
    budget = Budget(planned=10_000, reserve_percent=0, resets_at_ms=RESET, used=used)
    return funds_for(budget, Priority.BACKFILL, tokens=tokens, now_ms=NOW)


def test_what_is_free_today_begins_and_ends_now() -> None:
    assert funds(7_500) == Funds(
        tokens=7_500, free=7_500, a_day=7_500, begins_at_ms=NOW, ends_at_ms=NOW
    )


def test_what_is_more_begins_now_and_ends_after_the_reset() -> None:
    found = funds(7_501)
    assert (found.begins_at_ms, found.ends_at_ms) == (NOW, RESET)


def test_a_day_that_is_spent_begins_at_the_reset() -> None:
    found = funds(5, used=9_000)
    assert (found.free, found.begins_at_ms, found.ends_at_ms) == (0, RESET, RESET)


@pytest.mark.parametrize(("tokens", "days"), [(15_000, 0), (15_001, 1), (22_501, 2)])
def test_several_days_are_counted_from_the_reset(tokens: int, days: int) -> None:
    assert funds(tokens).ends_at_ms == RESET + days * DAY_MS


def test_a_day_without_a_token_for_it_never_begins() -> None:
    none = Budget(planned=0, reserve_percent=0, resets_at_ms=RESET)
    found = funds_for(none, Priority.BACKFILL, tokens=5, now_ms=NOW)
    assert (found.begins_at_ms, found.ends_at_ms) == (None, None)


def read(*results: Foretold) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(results)))))


def test_the_table_has_a_line_for_each_field() -> None:
    fields = (FieldChange(field="Name", key="name", before="Ada", after="Eve", lost=True),)
    change = WouldBe(act="update", kind=RecordKind.PERSON, record="person 1", fields=fields * 2)
    one = Foretold(
        number=1,
        events=(4, 5),
        outcome=Outcome.UPDATE,
        code="updated",
        message="",
        changes=(change,),
    )
    first, second = read(one)

    assert first == second
    assert (first["events"], first["before"], first["after"], first["lost"]) == (
        "4 5",
        "Ada",
        "Eve",
        "yes",
    )


def test_what_changes_nothing_has_a_line_too() -> None:
    (line,) = read(
        Foretold(
            number=1,
            events=(4,),
            outcome=Outcome.HOLD,
            code="needs_choice",
            message="2 fit",
            candidates=(2, 3),
        )
    )
    assert (line["candidates"], line["message"]) == ("2 3", "2 fit")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula(start: str) -> None:
    (line,) = read(
        Foretold(
            number=1, events=(4,), outcome=Outcome.FAIL, code="defect", message=f"{start}cmd|' /C"
        )
    )
    assert line["message"].startswith("'")
