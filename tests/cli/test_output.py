"""Tables for people, JSON lines for programs."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from dealwright.cli.output import Output, bold, cell, column, counted, figures, names, prose


@pytest.fixture
def narrow() -> Console:
    """A terminal of forty columns."""
    return Console(file=io.StringIO(), width=40, highlight=False)


def _shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_row_is_a_json_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).table([{"id": 1, "name": "Ada"}], ())

    assert capsys.readouterr().out == '{"id":1,"name":"Ada"}\n'


def test_a_moment_is_iso_8601_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).line({"at": datetime(2026, 11, 22, 9, tzinfo=UTC)})

    assert capsys.readouterr().out == '{"at":"2026-11-22T09:00:00Z"}\n'


def test_nothing_is_a_sentence_for_people(narrow: Console) -> None:
    Output(console=narrow).table([], (), empty="No Source yet.")

    assert _shown(narrow) == "No Source yet.\n"


def test_nothing_is_no_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).table([], (), empty="No Source yet.")

    assert capsys.readouterr().out == ""


def test_hints_are_not_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).hint("Next: …")

    assert capsys.readouterr().out == ""


def test_numbers_stay_whole_where_the_terminal_is_narrow(narrow: Console) -> None:
    row = {"id": 1234567, "name": "A name that is longer than the terminal is wide", "state": "ok"}
    columns = (figures("id", "Id"), names("name", "Name"), column("state", "State"))
    Output(console=narrow).table([row], columns)

    assert "1,234,567" in _shown(narrow)


def test_sentences_take_several_lines(narrow: Console) -> None:
    Output(console=narrow).table([{"why": "word " * 20}], (prose("why", "Why"),))

    assert _shown(narrow).count("word") == 20


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), ("", "–"), (12345, "12,345"), (True, "on"), (1.5, "1.5")]
)
def test_a_cell_shows_a_value_as_people_write_it(value: object, text: str) -> None:
    assert cell(value).plain == text


def test_a_number_has_its_noun() -> None:
    assert (counted(1, "event"), counted(2, "event")) == ("1 event", "2 events")


def test_a_name_is_never_markup() -> None:
    assert bold("[red]x") == r"[bold]\[red]x[/bold]"


def test_what_is_too_wide_for_a_table_is_shown_line_by_line(narrow: Console) -> None:
    row = {"event": "Activity Upserted", "who": "u-1001", "when": "11-22 05:46:59"}
    columns = (column("event", "Event"), column("who", "Who"), column("when", "When"))
    Output(console=narrow).table([row], columns)

    assert _shown(narrow).splitlines()[0] == "Event   Activity Upserted"
